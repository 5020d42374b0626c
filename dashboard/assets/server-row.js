import { sinceAnswer, sinceEpoch } from './clock.js';
import { bar, make, setText, setTitle } from './dom.js';
import { age, count, decimal, MISSING, percent } from './format.js';
import { NUMBERS } from './server-columns.js';

/** @import { ServerView } from '../../src/control/views.ts' */

/** Silence after which the proxy takes a server for unknown; the age bar is full there. */
const SILENCE_MS = 20_000;

/**
 * @param {string} label
 * @param {string} [className]
 */
const cell = (label, className = '') => {
  const main = make('span', 'main');
  const sub = make('span', 'sub');
  const node = make('td', className, main, sub);
  node.dataset['label'] = label;
  return { node, main, sub };
};

/** Where it is and who reports for it. @param {ServerView} server */
const placeText = ({ id, url, node }) => {
  const place = url.replace(/^http:\/\/|\/$/g, '');
  return [...(place === id ? [] : [place]), node ?? 'no agent'].join(' · ');
};

/** Tags, and the application's own numbers. @param {ServerView} server */
const ownText = ({ tags, custom = {} }) =>
  [...tags, ...Object.entries(custom).map(([name, value]) => `${name} ${decimal(value)}`)].join(' · ');

const nameCell = () => {
  const id = make('span', 'id');
  const self = make('span', 'badge', 'this machine');
  const sub = make('span', 'sub');
  const own = make('span', 'sub own');
  const node = make('th', 'left name', make('span', 'main', id, self), sub, own);
  node.scope = 'row';
  return {
    node,
    /** @param {ServerView} server */
    update(server) {
      setText(id, server.id);
      self.hidden = !server.self;
      setText(sub, placeText(server));
      setTitle(sub, server.source ? `reported by ${server.source}` : '');
      setText(own, ownText(server));
      setTitle(own, ownText(server));
    },
  };
};

/** Why it is in its state, what share of requests it is to get, and how long by hand. @param {ServerView} server */
const stateText = ({ reason, weight, hand }) =>
  [
    ...(reason ? [reason] : []),
    ...(weight === 1 ? [] : [`weight ${decimal(weight)}`]),
    ...(hand?.until === undefined ? [] : [`for ${age(-sinceEpoch(hand.until))}`]),
  ].join(' · ');

/**
 * @param {string} who
 * @param {{ state: string, weight?: number, reason: string } | null} what
 */
const settingText = (who, what) => {
  if (!what) return [];
  const { state, weight = 1, reason } = what;
  return [
    `${who}: ${[state, ...(weight === 1 ? [] : [`weight ${decimal(weight)}`]), ...(reason ? [reason] : [])].join(', ')}`,
  ];
};

/** What was set, and by whom; else why it is in its state. @param {ServerView} server */
const stateTitle = ({ reason, hand, told }) =>
  [...settingText('by hand', hand), ...settingText('by its agent-check', told)].join('\n') || (reason ?? '');

const stateCell = () => {
  const { node, main, sub } = cell('State', 'left state');
  const icon = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  icon.append(use);
  icon.setAttribute('class', 'icon');
  icon.setAttribute('aria-hidden', 'true');
  const word = make('span', 'word');
  main.append(icon, word);
  return {
    node,
    /** @param {ServerView} server */
    update(server) {
      const { state } = server;
      if (word.textContent !== state) {
        use.setAttribute('href', `#icon-${state}`);
        word.textContent = state;
        node.dataset['state'] = state;
      }
      setText(sub, stateText(server));
      setTitle(sub, stateTitle(server));
    },
  };
};

const ageCell = () => {
  const { node, main, sub } = cell('Report', 'left age');
  const text = make('span', 'value');
  const filled = bar();
  main.append(text, filled.node);
  return {
    node,
    /**
     * @param {number | null} ms
     * @param {number} refused
     */
    update(ms, refused) {
      const stale = ms !== null && ms > SILENCE_MS;
      setText(text, ms === null ? 'never' : age(ms));
      setText(
        sub,
        [...(stale ? ['stale'] : []), ...(refused > 0 ? [`${count(refused)} refused`] : [])].join(' · '),
      );
      filled.set(ms === null ? 0 : ms / SILENCE_MS);
    },
  };
};

const shareCell = () => {
  const { node, main, sub } = cell('Share', 'left share');
  const text = make('span', 'value');
  const filled = bar();
  main.append(text, filled.node);
  return {
    node,
    /** @param {ServerView} server */
    update({ share, forwarded }) {
      setText(text, percent(share));
      setText(sub, `${count(forwarded)} sent`);
      filled.set(share);
    },
  };
};

/** @param {ServerView} server */
const searchText = ({ id, url, pool, node, state, tags }) =>
  [id, url, pool, node ?? '', state, ...tags].join(' ').toLowerCase();

/** The cells with plain numbers, one for each column. */
const numberCells = () => {
  const cells = NUMBERS.map((column) => ({
    column,
    ...cell(column.label, column.className),
  }));
  return {
    nodes: cells.map(({ node }) => node),
    /** @param {ServerView} server */
    update(server) {
      for (const { column, node, main, sub } of cells) {
        const text = column.main(server);
        setText(main, text);
        setText(sub, column.sub(server));
        node.classList.toggle('empty', text === MISSING);
      }
    },
  };
};

const failuresCell = () => {
  const { node, main, sub } = cell('Failures');
  return {
    node,
    /** @param {ServerView} server */
    update({ failures }) {
      setText(main, count(failures));
      setText(sub, failures > 0 ? 'in a row' : '');
      node.classList.toggle('bad', failures > 0);
      node.classList.toggle('empty', failures === 0);
    },
  };
};

/**
 * One server. `tick` moves the age on between polls.
 * @param {ServerView} first
 */
export const serverRow = (first) => {
  let server = first;
  const [name, state, report] = [nameCell(), stateCell(), ageCell()];
  const [numbers, share, failures] = [numberCells(), shareCell(), failuresCell()];
  const node = make(
    'tr',
    '',
    name.node,
    state.node,
    report.node,
    ...numbers.nodes,
    share.node,
    failures.node,
  );
  const tick = () => {
    const ms = server.ageMs === null ? null : server.ageMs + sinceAnswer();
    report.update(ms, server.refused);
    node.classList.toggle('stale', ms !== null && ms > SILENCE_MS);
  };
  return {
    node,
    tick,
    /** @param {string} filter Lower case. */
    show(filter) {
      node.hidden = !searchText(server).includes(filter);
    },
    /** @param {ServerView} now */
    update(now) {
      server = now;
      for (const part of [name, state, numbers, share, failures]) part.update(server);
      tick();
    },
  };
};
