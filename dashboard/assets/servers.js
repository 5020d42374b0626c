import { addHead, byId, keyed, make, setText, showNone } from './dom.js';
import { plural } from './format.js';
import { HEAD } from './server-columns.js';
import { serverRow } from './server-row.js';

/** @import { ServerView } from '../../src/control/views.ts' */
/** @typedef {{ pool: string, servers: readonly ServerView[] }} Group */

/** @type {WeakMap<Element, ReturnType<typeof serverRow>>} */
const rows = new WeakMap();
/** Rows that are on the screen: of hundreds, only these move between polls. @type {Set<Element>} */
const onScreen = new Set();
const observer = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (isIntersecting) onScreen.add(target);
    else onScreen.delete(target);
  }
});
let filter = '';

/** `5 servers, 3 ready, 1 down` @param {readonly ServerView[]} servers */
const stateCounts = (servers) => {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const { state } of servers) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [plural(servers.length, 'server'), ...[...counts].map(([state, count]) => `${count} ${state}`)].join(
    ', ',
  );
};

/** @param {ServerView} server */
const addRow = (server) => {
  const row = serverRow(server);
  rows.set(row.node, row);
  observer.observe(row.node);
  return row;
};

/** @returns {import('./dom.js').Shown<Group>} */
const poolGroup = () => {
  const name = make('span', 'pool');
  const states = make('span', 'dim');
  const title = make('th', 'left', name, states);
  title.colSpan = HEAD.length;
  title.scope = 'rowgroup';
  const titleRow = make('tr', 'group', title);
  const node = make('tbody', '', titleRow);
  const show = keyed(node, (/** @type {ServerView} */ { id }) => id, addRow, titleRow);
  return {
    node,
    update({ pool, servers }) {
      setText(name, pool);
      setText(states, stateCounts(servers));
      show(servers);
    },
  };
};

/** @param {readonly ServerView[]} servers */
const grouped = (servers) => {
  /** @type {Map<string, ServerView[]>} */
  const pools = new Map();
  for (const server of servers) {
    const group = pools.get(server.pool) ?? [];
    group.push(server);
    pools.set(server.pool, group);
  }
  return [...pools].map(([pool, group]) => ({ pool, servers: group }));
};

const table = byId('servers');
const showGroups = keyed(table, (/** @type {Group} */ { pool }) => pool, poolGroup, addHead(table, HEAD));

const applyFilter = () => {
  for (const node of table.querySelectorAll('tbody tr')) rows.get(node)?.show(filter);
};

/** Moves the ages on. */
export const tickServers = () => {
  for (const node of onScreen) rows.get(node)?.tick();
};

/** @type {Map<string, string>} */
let states = new Map();

/** Says changes of state to those who do not see the table. @param {readonly ServerView[]} servers */
const announce = (servers) => {
  const now = new Map(servers.map(({ pool, id, state }) => [`${pool} ${id}`, state]));
  const changes = [...now].filter(([key, state]) => states.has(key) && states.get(key) !== state);
  states = now;
  if (changes.length > 0)
    setText(byId('announce'), changes.map(([key, state]) => `${key} is ${state}`).join(', '));
};

/** @param {readonly ServerView[]} servers */
export const showServers = (servers) => {
  showGroups(grouped(servers));
  applyFilter();
  announce(servers);
  setText(byId('summary'), stateCounts(servers));
  showNone('servers', servers.length);
};

/** The filter box; `/` goes there from anywhere but a field. */
export const startFilter = () => {
  const box = byId('filter');
  if (!(box instanceof HTMLInputElement)) return;
  box.addEventListener('input', () => {
    filter = box.value.trim().toLowerCase();
    applyFilter();
  });
  document.addEventListener('keydown', (event) => {
    const typing = event.target instanceof HTMLElement && event.target.matches('input, textarea');
    if (event.key !== '/' || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    box.focus();
  });
};
