import { sinceEpoch } from './clock.js';
import { byId, keyed, make, setText, showNone } from './dom.js';
import { age, millis, plural } from './format.js';
import { deliveryText, funnelText, stepList } from './steps.js';

/** @import { DecisionView } from '../../src/control/views.ts' */

/** @param {DecisionView} decision */
const outcomeText = ({ outcome }) => {
  if (!outcome) return 'under way';
  const { termination, durationMs, attempts } = outcome;
  const ended = termination === 'ok' ? '' : `, ${termination.replaceAll('_', ' ')}`;
  return `${millis(durationMs)}${ended}${attempts > 1 ? `, ${plural(attempts, 'attempt')}` : ''}`;
};

/** @param {DecisionView} decision */
const statusClass = ({ outcome }) => {
  if (!outcome) return '';
  return outcome.status >= 500 || outcome.status === 0 ? 'bad' : '';
};

/** @param {DecisionView} first */
const decisionItem = (first) => {
  const { request, pool, route } = first;
  const when = make('span', 'when dim');
  const status = make('span', 'status');
  const outcome = make('span', 'dim outcome');
  const asked = make('span', 'asked', make('b', '', request.method), ` ${request.host}${request.path}`);
  const chosen = make('span', 'chosen', `→ ${deliveryText(first)}`);
  const funnel = make('span', 'dim funnel-text', funnelText(first));
  const summary = make('summary', '', when, status, asked, chosen, outcome, funnel);
  const details = make('details', '', summary);
  // A decision does not change once made, so its steps are built when somebody first looks.
  const build = () => {
    const origin = `pool ${pool} · route ${route} · client ${request.clientIp}`;
    details.append(make('p', 'dim small', origin), make('p', 'why', first.why), stepList(first));
  };
  details.addEventListener('toggle', build, { once: true });
  return {
    node: make('li', '', details),
    /** @param {DecisionView} decision */
    update(decision) {
      setText(when, age(sinceEpoch(decision.at)));
      setText(status, decision.outcome ? String(decision.outcome.status || '–') : '···');
      status.className = `status ${statusClass(decision)}`;
      setText(outcome, outcomeText(decision));
    },
  };
};

const show = keyed(byId('decisions'), (/** @type {DecisionView} */ { id }) => id, decisionItem);

/** @param {readonly DecisionView[]} decisions */
export const showDecisions = (decisions) => {
  show(decisions);
  showNone('decisions', decisions.length);
};
