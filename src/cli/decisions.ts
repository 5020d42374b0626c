import type { AnyDecision } from '../control/decisions/decision-filter.ts';
import type { AdminChoice } from './admin-address.ts';
import { askApi } from './ask-api.ts';
import { plainJson } from './plain-json.ts';
import { table } from './table.ts';

/** A decision as the API shows it, whatever was asked for. */
export type { AnyDecision };

interface DecisionOptions extends AdminChoice {
  readonly kind: 'sampled' | 'recent' | 'slow' | 'failed';
  readonly limit: string;
  readonly json?: boolean;
}

/** The columns of a decision. */
export const DECISION_HEAD = ['when', 'pool', 'route', 'request', 'chosen', 'status', 'ms', 'why'];

const whyText = (decision: AnyDecision): string => {
  if ('why' in decision) return decision.why;
  if (!('steps' in decision)) return '';
  return decision.steps.map(({ name, before, after }) => `${name} ${before}>${after}`).join(', ');
};

const requestText = (decision: AnyDecision): string =>
  'request' in decision ? `${decision.request.method} ${decision.request.path}` : '-';

const endOf = (decision: AnyDecision): readonly [status: string, ms: string] => {
  const end = 'status' in decision ? decision : decision.outcome;
  return end ? [String(end.status), end.durationMs.toFixed(1)] : ['-', '-'];
};

/** What stands in the columns of a decision; `-` for what is not known. */
export const decisionCells = (decision: AnyDecision): readonly string[] => [
  new Date(decision.at).toISOString(),
  decision.pool,
  decision.route,
  requestText(decision),
  decision.chosen ?? '-',
  ...endOf(decision),
  whyText(decision),
];

/** `forehand decisions`: asks the running proxy; as a table, or the very JSON of the API. */
export const listDecisions = async (options: DecisionOptions): Promise<void> => {
  const { kind, limit, json } = options;
  const path = `/api/v1/decisions?${new URLSearchParams({ kind, limit })}`;
  const decisions = (await askApi(options, { verb: 'decisions', path })) as readonly AnyDecision[];
  process.stdout.write(
    json ? `${plainJson(decisions, 2)}\n` : table([DECISION_HEAD, ...decisions.map(decisionCells)]),
  );
};
