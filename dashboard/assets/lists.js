import { sinceAnswer, sinceEpoch } from './clock.js';
import { addHead, byId, keyed, make, setText, showNone } from './dom.js';
import { age, count, millis, plural } from './format.js';

/** @import { ConfigStatus, EventView, NodeView, RefusalView } from '../../src/control/views.ts' */

/**
 * A table of text cells, one row for each item.
 * @template Item
 * @param {string} id
 * @param {(item: Item) => string} keyOf
 * @param {readonly { label: string, left?: boolean, text: (item: Item) => string }[]} columns
 * @returns {(items: readonly Item[]) => void}
 */
const textTable = (id, keyOf, columns) => {
  const table = byId(id);
  const body = make('tbody');
  addHead(table, columns);
  table.append(body);
  const row = () => {
    const cells = columns.map(({ label, left, text }, i) => {
      const node = make(i === 0 ? 'th' : 'td', left ? 'left' : '');
      if (node instanceof HTMLTableCellElement && i === 0) node.scope = 'row';
      node.dataset['label'] = label;
      return { node, text };
    });
    return {
      node: make('tr', '', ...cells.map(({ node }) => node)),
      /** @param {Item} item */
      update(item) {
        for (const { node, text } of cells) setText(node, text(item));
      },
    };
  };
  const show = keyed(body, keyOf, row);
  return (items) => {
    show(items);
    showNone(id, items.length);
  };
};

/** How far a clock is ahead, or behind. @param {number | null} ms */
const clockText = (ms) => {
  if (ms === null) return millis(ms);
  const size = Math.abs(ms);
  return `${ms < 0 ? '−' : '+'}${size < 1000 ? millis(size) : age(size)}`;
};

/** @param {string} url */
const placeOf = (url) => url.replace(/^http:\/\//, '');

/** @type {(nodes: readonly NodeView[]) => void} */
export const showNodes = textTable('nodes', ({ name }) => name, [
  { label: 'Node', left: true, text: ({ name }) => name },
  { label: 'Heard', text: ({ ageMs }) => age(ageMs + sinceAnswer()) },
  { label: 'Every', text: ({ everyMs }) => millis(everyMs) },
  { label: 'Reports', text: ({ reports }) => count(reports) },
  { label: 'Refused', text: ({ refused }) => count(refused) },
  { label: 'Clock', text: ({ clockOffsetMs }) => clockText(clockOffsetMs) },
  {
    label: 'From',
    left: true,
    text: ({ transport, address, token }) => `${transport} ${address || (token ?? '')}`,
  },
  { label: 'Servers', left: true, text: ({ servers }) => servers.map(placeOf).join(', ') || 'none' },
]);

/** @type {(refusals: readonly RefusalView[]) => void} */
export const showRefusals = textTable('refusals', ({ code }) => code, [
  { label: 'Reason', left: true, text: ({ code }) => code.replaceAll('_', ' ') },
  { label: 'Count', text: ({ count: number }) => count(number) },
  { label: 'Last', text: ({ lastAt }) => age(sinceEpoch(lastAt)) },
  { label: 'Source', left: true, text: ({ lastSource }) => lastSource },
  { label: 'Message', left: true, text: ({ lastMessage }) => lastMessage },
]);

const eventItem = () => {
  const when = make('span', 'when dim');
  const message = make('span', 'message');
  return {
    node: make('li', '', when, message),
    /** @param {EventView} event */
    update(event) {
      setText(when, age(sinceEpoch(event.at)));
      setText(message, event.message);
      message.title = event.kind;
    },
  };
};

/** Events have no id; two of the same moment and text are told apart by their number. @param {readonly EventView[]} events */
const withKeys = (events) => {
  /** @type {Map<string, number>} */
  const seen = new Map();
  return events.map((event) => {
    const text = `${event.at} ${event.kind} ${event.message}`;
    const number = (seen.get(text) ?? 0) + 1;
    seen.set(text, number);
    return { ...event, key: `${text} ${number}` };
  });
};

const showEventItems = keyed(
  byId('events'),
  (/** @type {EventView & { key: string }} */ { key }) => key,
  eventItem,
);

/** @param {readonly EventView[]} events */
export const showEvents = (events) => {
  showEventItems(withKeys(events));
  showNone('events', events.length);
};

/** @param {ConfigStatus} status */
export const showConfig = ({ file, loadedAt, lastResult, lastError, warnings, reloads }) => {
  byId('config-fault').hidden = lastResult === 'ok';
  setText(byId('config-error'), lastError ?? '');
  const parts = [
    `configuration ${file ?? 'from memory'}`,
    `loaded ${age(sinceEpoch(loadedAt))} ago`,
    ...(reloads.ok + reloads.failed > 0
      ? [`${plural(reloads.ok, 'reload')}, ${reloads.failed} refused`]
      : []),
    ...(warnings.length > 0 ? [plural(warnings.length, 'warning')] : []),
  ];
  setText(byId('config-line'), parts.join(' · '));
};
