import type { AdminParts, Readiness, ReloadResult } from '../views.ts';
import { type Answer, errorAnswer, jsonAnswer, textAnswer } from './admin-answer.ts';
import { decisionsAnswer, MOST_NEWEST, readCount } from './admin-decisions.ts';
import { explainAnswer } from './admin-explain.ts';
import { setServer } from './admin-set-server.ts';
import { setTrace, traceAnswer } from './admin-trace.ts';

/** What a path does for one method. GET routes answer HEAD too. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** It changes something: looking at things is not enough to be allowed to. */
  readonly changes: boolean;
  /** Query parameters it knows. Any other is refused: a misspelt one must not look as if it worked. */
  readonly query: readonly string[];
  /** `body` is empty for GET. */
  readonly answer: (query: URLSearchParams, body: string) => Answer | Promise<Answer>;
}

const newest = (query: URLSearchParams, list: (count: number) => readonly unknown[]): Answer => {
  const count = readCount(query, 'n', MOST_NEWEST);
  return typeof count === 'number' ? jsonAnswer(list(count)) : count;
};

/** Plain text in the manner of Kubernetes. Checks that failed are always named: an answer of 503 says why. */
const readiness = (query: URLSearchParams, { ready, checks }: Readiness): Answer => {
  const verbose = query.get('verbose');
  if (verbose !== null && verbose !== '') return errorAnswer(400, 'bad_query', 'verbose: takes no value');
  const shown = verbose === null ? checks.filter(({ ok }) => !ok) : checks;
  const lines = shown.map(({ name, ok, detail }) => `[${ok ? '+' : '-'}] ${name}: ${detail}\n`);
  return textAnswer(`${lines.join('')}${ready ? 'ready' : 'not ready'}\n`, ready ? 200 : 503);
};

const get = (answer: Route['answer'], query: readonly string[] = []): readonly Route[] => [
  { method: 'GET', changes: false, query, answer },
];

const change = (
  method: 'POST' | 'PUT',
  answer: (body: string) => Answer | Promise<Answer>,
): readonly Route[] => [{ method, changes: true, query: [], answer: (_query, body) => answer(body) }];

/** A question that is too long for a query. */
const ask = (answer: (body: string) => Answer | Promise<Answer>): readonly Route[] => [
  { method: 'POST', changes: false, query: [], answer: (_query, body) => answer(body) },
];

const about = ({ version, startedAt }: AdminParts): Answer =>
  jsonAnswer({ version, startedAt, now: Date.now() });

const reloadAnswer = (result: ReloadResult): Answer => jsonAnswer(result, result.ok ? 200 : 409);

/** The answer as of now, where workers have to be asked what they have counted. */
const fresh =
  ({ look }: AdminParts, answer: Route['answer']): Route['answer'] =>
  async (query, body) => {
    await look?.();
    return answer(query, body);
  };

/** Every path of the admin listener but those of the status page, with a route for each method. */
export const adminRoutes = (parts: AdminParts): ReadonlyMap<string, readonly Route[]> =>
  new Map<string, readonly Route[]>([
    ['/livez', get(() => textAnswer('alive\n'))],
    ['/readyz', get((query) => readiness(query, parts.readiness()), ['verbose'])],
    ['/metrics', get(fresh(parts, async () => ({ status: 200, ...(await parts.metrics()) })))],
    ['/api/v1/about', get(() => about(parts))],
    ['/api/v1/servers', get(fresh(parts, () => jsonAnswer(parts.servers())))],
    ['/api/v1/servers/set', change('POST', (body) => setServer(parts, body))],
    ['/api/v1/nodes', get(() => jsonAnswer(parts.nodes()))],
    ['/api/v1/discovery', get(() => jsonAnswer(parts.discovered()))],
    ['/api/v1/refusals', get(() => jsonAnswer(parts.refusals()))],
    ['/api/v1/senders', get(() => jsonAnswer(parts.senders()))],
    ['/api/v1/chain', get(fresh(parts, () => jsonAnswer(parts.chains())))],
    ['/api/v1/shadow', get(fresh(parts, () => jsonAnswer(parts.shadows())))],
    [
      '/api/v1/decisions',
      get(
        fresh(parts, (query) => decisionsAnswer(parts, query)),
        ['kind', 'limit', 'n'],
      ),
    ],
    ['/api/v1/events', get((query) => newest(query, (count) => parts.events(count)), ['n'])],
    ['/api/v1/config/status', get(() => jsonAnswer(parts.configStatus()))],
    ['/api/v1/access-log', get(fresh(parts, () => jsonAnswer(parts.accessLog() ?? null)))],
    ['/api/v1/trace', [...get(() => traceAnswer(parts)), ...change('PUT', (body) => setTrace(parts, body))]],
    ['/api/v1/explain', ask((body) => explainAnswer(parts, body))],
    ['/api/v1/reload', change('POST', async () => reloadAnswer(await parts.reload()))],
  ]);
