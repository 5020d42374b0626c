import type { AdminParts, Readiness, TrafficView } from '../views/views.ts';
import { type Answer, errorAnswer, jsonAnswer, textAnswer } from './admin-answer.ts';
import { decisionsAnswer, decisionsQuery } from './admin-decisions.ts';
import { explainAnswer, questionBody } from './admin-explain.ts';
import { reloadAnswer, reloadBody } from './admin-reload.ts';
import { ask, at, change, get, type RouteDoc, type RoutesAt } from './admin-route.ts';
import { setTrace, traceAnswer } from './admin-trace.ts';
import { fresh } from './fresh.ts';
import {
  aboutShape,
  accessLogShape,
  configShape,
  configStatusShape,
  reloadShape,
  traceBody,
  traceShape,
  trafficShape,
} from './shapes/control-shapes.ts';
import { chainsShape, decisionsShape, explainAnswerShape, shadowsShape } from './shapes/decision-shapes.ts';

/** Plain text in the manner of Kubernetes. Checks that failed are always named: an answer of 503 says why. */
const readiness = (query: URLSearchParams, { ready, checks }: Readiness): Answer => {
  const verbose = query.get('verbose');
  if (verbose !== null && !['', '1', 'true'].includes(verbose))
    return errorAnswer(400, 'bad_query', 'verbose: takes no value');
  const shown = verbose === null ? checks.filter(({ ok }) => !ok) : checks;
  const lines = shown.map(({ name, ok, detail }) => `[${ok ? '+' : '-'}] ${name}: ${detail}\n`);
  return textAnswer(`${lines.join('')}${ready ? 'ready' : 'not ready'}\n`, ready ? 200 : 503);
};

const about = ({ version, startedAt }: AdminParts): Answer =>
  jsonAnswer({ version, startedAt, now: Date.now() });

/** What is said where nobody counts by the second. */
export const noTraffic = (): TrafficView => ({
  at: Date.now(),
  seconds: [],
  latencyBoundsMs: [],
  inFlight: 0,
  tunnels: 0,
  openConnections: 0,
});

const DOCS = {
  livez: { summary: 'Whether the process answers at all', answer: 'text/plain' },
  readyz: {
    summary: 'Whether the proxy is ready for requests',
    query: { verbose: { description: 'shows the checks that passed, too; takes no value' } },
    answer: 'text/plain',
    also: [503],
  },
  metrics: { summary: 'Metrics in the Prometheus text format', answer: 'text/plain' },
  about: { summary: 'Which version runs since when', answer: aboutShape },
  chain: { summary: 'The chains with what each function did', answer: chainsShape },
  shadow: { summary: 'Chains that run beside those in use', answer: shadowsShape },
  decisions: { summary: 'Decisions, newest first', query: decisionsQuery, answer: decisionsShape },
  explain: {
    summary: 'What a chain would answer to a request that is not sent',
    body: questionBody,
    answer: explainAnswerShape,
    errors: [404],
  },
  traffic: { summary: 'What went through in the last minute, second by second', answer: trafficShape },
  accessLog: { summary: 'How the access log fares; null where none is kept', answer: accessLogShape },
  trace: { summary: 'What is followed step by step in the log', answer: traceShape },
  setTrace: { summary: 'Follows these classes and no others', body: traceBody, answer: traceShape },
  config: { summary: 'The configuration in use, without secrets', answer: configShape },
  status: { summary: 'How the last load of the configuration went', answer: configStatusShape },
  reload: {
    summary: 'Loads the configuration again, or says what that would do',
    body: reloadBody,
    bodyIsOptional: true,
    answer: reloadShape,
    also: [409],
  },
} satisfies Readonly<Record<string, RouteDoc>>;

/** Whether it lives, whether it is ready, how much there is of it. */
export const healthRoutes = (parts: AdminParts): readonly RoutesAt[] => [
  at(
    '/livez',
    get(DOCS.livez, () => textAnswer('alive\n')),
  ),
  at(
    '/readyz',
    get(DOCS.readyz, ({ query }) => readiness(query, parts.readiness())),
  ),
  at(
    '/metrics',
    get(
      DOCS.metrics,
      fresh(parts, async () => ({ status: 200, ...(await parts.metrics()) })),
    ),
  ),
  at(
    '/api/v1/about',
    get(DOCS.about, () => about(parts)),
  ),
];

/** What was decided, what would be, and what went through. */
export const trafficRoutes = (parts: AdminParts): readonly RoutesAt[] => [
  at(
    '/api/v1/chain',
    get(
      DOCS.chain,
      fresh(parts, () => jsonAnswer(parts.chains())),
    ),
  ),
  at(
    '/api/v1/shadow',
    get(
      DOCS.shadow,
      fresh(parts, () => jsonAnswer(parts.shadows())),
    ),
  ),
  at(
    '/api/v1/decisions',
    get(
      DOCS.decisions,
      fresh(parts, ({ query }) => decisionsAnswer(parts, query)),
    ),
  ),
  at(
    '/api/v1/explain',
    ask(DOCS.explain, ({ body }) => explainAnswer(parts, body)),
  ),
  at(
    '/api/v1/traffic',
    get(
      DOCS.traffic,
      fresh(parts, () => jsonAnswer(parts.traffic?.() ?? noTraffic())),
    ),
  ),
];

/** What is written down of traffic. */
export const logRoutes = (parts: AdminParts): readonly RoutesAt[] => [
  at(
    '/api/v1/access-log',
    get(
      DOCS.accessLog,
      fresh(parts, () => jsonAnswer(parts.accessLog() ?? null)),
    ),
  ),
  at(
    '/api/v1/trace',
    get(DOCS.trace, () => traceAnswer(parts)),
    change('PUT', DOCS.setTrace, ({ body }) => setTrace(parts, body)),
  ),
];

/** The configuration, and how to take another. */
export const configRoutes = (parts: AdminParts): readonly RoutesAt[] => [
  at(
    '/api/v1/config',
    get(DOCS.config, () => jsonAnswer(parts.config())),
  ),
  at(
    '/api/v1/config/status',
    get(DOCS.status, () => jsonAnswer(parts.configStatus())),
  ),
  at(
    '/api/v1/reload',
    change('POST', DOCS.reload, ({ body }) => reloadAnswer(parts, body)),
  ),
];
