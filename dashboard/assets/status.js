import { showChains } from './chains.js';
import { answered, sinceAnswer } from './clock.js';
import { showDecisions } from './decisions.js';
import { byId, setText } from './dom.js';
import { startExplain } from './explain.js';
import { age } from './format.js';
import { showConfig, showEvents, showNodes, showRefusals } from './lists.js';
import { showServers, startFilter, tickServers } from './servers.js';

const POLL_MS = 1000;
const TICK_MS = 200;
/** An answer that takes longer counts as none. */
const TIME_LIMIT_MS = 3000;
/** Numbers older than this are dimmed: two polls have failed. */
const LOST_AFTER_MS = 3000;

let trouble = '';

/** @param {string} path */
const read = async (path) => {
  const response = await fetch(`/api/v1/${path}`, { signal: AbortSignal.timeout(TIME_LIMIT_MS) });
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return response.json();
};

const poll = async () => {
  const [about, servers, chains, decisions, events, nodes, refusals, config] = await Promise.all([
    read('about'),
    read('servers'),
    read('chain'),
    read('decisions?n=20'),
    read('events?n=30'),
    read('nodes'),
    read('refusals'),
    read('config/status'),
  ]);
  answered(about.now);
  showServers(servers);
  showChains(chains);
  showDecisions(decisions);
  showEvents(events);
  showNodes(nodes);
  showRefusals(refusals);
  showConfig(config);
  byId('freshness').title = `forehand ${about.version}, up for ${age(about.now - about.startedAt)}`;
};

/** How old everything on the page is. It is asked of the clock, so it also grows while no answer comes. */
const showFreshness = () => {
  const since = sinceAnswer();
  if (Number.isNaN(since)) {
    if (trouble) setText(byId('as-of'), `no answer: ${trouble}`);
    return;
  }
  const lost = since > LOST_AFTER_MS;
  if (lost !== document.body.classList.contains('lost')) {
    document.body.classList.toggle('lost', lost);
    setText(byId('announce'), lost ? 'the proxy does not answer' : 'the proxy answers again');
  }
  setText(byId('as-of'), lost ? `no answer for ${age(since)}` : `as of ${age(since)} ago`);
};

/** One poll after the other, never two at once; none while nobody looks. */
const pollForEver = async () => {
  for (;;) {
    if (!document.hidden) {
      try {
        await poll();
        trouble = '';
      } catch (thrown) {
        trouble = thrown instanceof Error ? thrown.message : String(thrown);
      }
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
};

startFilter();
startExplain();
setInterval(() => {
  tickServers();
  showFreshness();
}, TICK_MS);
void pollForEver();
