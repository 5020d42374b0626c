import { bar, byId, keyed, make, setText, setTitle, showNone } from './dom.js';
import { count, decimal, mean, percent, plural } from './format.js';

/** @import { ChainView, LinkView } from '../../src/control/views.ts' */
/** @typedef {{ calls: number, serversIn: number, serversOut: number, emptied: number }} Totals */
/** @typedef {{ at: number, totals: readonly Totals[] }} Sample */

const WINDOW_MS = 10_000;

/** @param {readonly LinkView[]} links @returns {readonly Totals[]} */
const totalsOf = (links) =>
  links.map(({ calls, serversIn, serversOut, emptied }) => ({ calls, serversIn, serversOut, emptied }));

/** @param {Totals} now @param {Totals | undefined} before @returns {Totals} */
const difference = (now, before) =>
  before
    ? {
        calls: now.calls - before.calls,
        serversIn: now.serversIn - before.serversIn,
        serversOut: now.serversOut - before.serversOut,
        emptied: now.emptied - before.emptied,
      }
    : now;

/** What a chain did in the last ten seconds, from totals that only grow. */
const recentTotals = () => {
  /** @type {Sample[]} */
  let samples = [];
  return {
    /**
     * @param {readonly LinkView[]} links
     * @returns {{ seconds: number, totals: readonly Totals[] }}
     */
    next(links) {
      const now = { at: performance.now(), totals: totalsOf(links) };
      const last = samples.at(-1);
      const shrunk = last?.totals.some(({ calls }, i) => calls > (now.totals[i]?.calls ?? 0));
      if (shrunk || last?.totals.length !== links.length) samples = [];
      samples.push(now);
      while (samples[1] && now.at - samples[1].at >= WINDOW_MS) samples.shift();
      const first = samples[0] ?? now;
      if (first === now) return { seconds: 0, totals: now.totals };
      return {
        seconds: (now.at - first.at) / 1000,
        totals: now.totals.map((total, i) => difference(total, first.totals[i])),
      };
    },
  };
};

/** @param {LinkView} link */
const faultText = ({ faults, lastFault }) => {
  const named = Object.entries(faults).filter(([, number]) => number > 0);
  if (named.length === 0) return '';
  const counts = named.map(([kind, number]) => `${count(number)} ${kind.replace('_', ' ')}`).join(', ');
  return `${plural(
    named.reduce((sum, [, number]) => sum + number, 0),
    'fault',
  )} (${counts})${lastFault ? `: ${lastFault}` : ''}`;
};

/** @typedef {{ link: LinkView, recent: Totals, most: number }} LinkItem */

const linkItem = () => {
  const name = make('span', 'name');
  const kind = make('span', 'kind');
  const bypassed = make('span', 'badge bad', 'bypassed');
  const numbers = make('span', 'numbers');
  const [before, after] = [bar(), bar()];
  const funnel = make('span', 'funnel', before.node, after.node);
  const faults = make('span', 'faults');
  const emptied = make('span', 'emptied');
  const head = make('span', 'link-name', name, kind, bypassed, emptied);
  const node = make('li', 'link', head, funnel, numbers, faults);
  setTitle(bypassed, 'This function failed too often and is passed over; the list goes by unchanged');
  return {
    node,
    /** @param {LinkItem} item */
    update({ link, recent, most }) {
      const { calls, serversIn, serversOut } = recent;
      node.setAttribute('aria-label', link.name);
      setText(name, link.name);
      setText(kind, link.kind);
      bypassed.hidden = !link.bypassed;
      setText(numbers, calls > 0 ? `${mean(serversIn / calls)} → ${mean(serversOut / calls)}` : 'idle');
      before.set(calls > 0 ? serversIn / calls / most : 0);
      after.set(calls > 0 ? serversOut / calls / most : 0);
      setText(emptied, recent.emptied > 0 ? `empties ${percent(recent.emptied / calls)}` : '');
      setText(faults, faultText(link));
    },
  };
};

const chainCard = () => {
  const title = make('h3');
  const about = make('p', 'dim small');
  const list = make('ol', 'chain');
  const node = make('div', 'chain-card', make('div', 'head', title, about), list);
  const recent = recentTotals();
  const show = keyed(list, (/** @type {LinkItem & { key: string }} */ { key }) => key, linkItem);
  return {
    node,
    /** @param {ChainView} chain */
    update({ name, pool, whenEmpty, links }) {
      const { seconds, totals } = recent.next(links);
      const most = Math.max(1, ...totals.map(({ calls, serversIn }) => (calls > 0 ? serversIn / calls : 0)));
      const calls = Math.max(0, ...totals.map((total) => total.calls));
      list.setAttribute('aria-label', `Chain of ${pool}`);
      setText(title, name === pool ? pool : `${pool}: ${name}`);
      setText(
        about,
        `${seconds > 0 ? `${decimal(calls / seconds)} decisions/s · ` : ''}when empty: ${whenEmpty}`,
      );
      show(
        links.map((link, i) => ({
          key: `${i} ${link.name}`,
          link,
          recent: totals[i] ?? { calls: 0, serversIn: 0, serversOut: 0, emptied: 0 },
          most,
        })),
      );
    },
  };
};

const show = keyed(byId('chains'), (/** @type {ChainView} */ { pool, name }) => `${pool} ${name}`, chainCard);

/** @param {readonly ChainView[]} chains */
export const showChains = (chains) => {
  show(chains);
  showNone('chains', chains.length);
};
