import { type DecisionFilter, isWanted, readStatuses } from '../decisions/decision-filter.ts';
import { MOST_NOTABLE } from '../decisions/notable-decisions.ts';
import { MOST_RECENT } from '../decisions/recent-decisions.ts';
import type { AdminParts, KeptKind } from '../views/views.ts';
import { type Answer, errorAnswer, jsonAnswer } from './admin-answer.ts';
import type { RouteDoc } from './admin-route.ts';

/** Entries that are listed where nobody says how many, and at most of those that are explained and of events. */
const DEFAULT_NEWEST = 50;
export const MOST_NEWEST = 200;

type Kind = KeptKind | 'sampled';

const MOST: Readonly<Record<Kind, number>> = {
  sampled: MOST_NEWEST,
  recent: MOST_RECENT,
  slow: MOST_NOTABLE,
  failed: MOST_NOTABLE,
};

const newestSchema = { type: 'integer', minimum: 1, maximum: MOST_RECENT };

/** What the query may say. */
export const decisionsQuery: NonNullable<RouteDoc['query']> = {
  kind: { description: 'which are meant; sampled if left out', schema: { enum: Object.keys(MOST) } },
  limit: { description: 'how many at most; 50 if left out', schema: newestSchema },
  n: { description: 'the same as limit', schema: newestSchema },
  pool: { description: 'those of this pool' },
  route: { description: 'those of this route' },
  server: { description: 'those that chose this server' },
  status: { description: 'those answered so: 503, 5xx, or several with commas' },
};

const isKind = (text: string): text is Kind => Object.hasOwn(MOST, text);

/** The number that a query asks for, from 1 to `most`, or what is wrong with it. */
export const readCount = (query: URLSearchParams, name: string, most: number): number | Answer => {
  const text = query.get(name) ?? String(DEFAULT_NEWEST);
  const count = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= most) return count;
  return errorAnswer(400, 'bad_query', `${name}: expected a whole number from 1 to ${most}`);
};

const textOf = (query: URLSearchParams, name: string): string | undefined => query.get(name) ?? undefined;

const readFilter = (query: URLSearchParams): DecisionFilter | Answer => {
  const said = textOf(query, 'status');
  const read = said === undefined ? { test: undefined } : readStatuses(said);
  if ('wrong' in read) {
    const got = JSON.stringify(read.wrong.slice(0, 80));
    return errorAnswer(400, 'bad_query', `status: expected a status such as 503 or 5xx, got ${got}`);
  }
  const [pool, route, server] = ['pool', 'route', 'server'].map((name) => textOf(query, name));
  return { pool, route, server, status: read.test };
};

const FILTERS = ['pool', 'route', 'server', 'status'];

/**
 * Decisions of one kind, newest first: `?kind=recent&limit=100`. Without a kind the sampled ones; `n` is `limit`. Those
 * of a pool, route, server or status, among all that are kept, where the query says so.
 */
export const decisionsAnswer = async (parts: AdminParts, query: URLSearchParams): Promise<Answer> => {
  const kind = query.get('kind') ?? 'sampled';
  if (!isKind(kind)) return errorAnswer(400, 'bad_query', `kind: expected ${Object.keys(MOST).join(', ')}`);
  if (query.has('n') && query.has('limit'))
    return errorAnswer(400, 'bad_query', 'limit: `n` is said already');
  const count = readCount(query, query.has('n') ? 'n' : 'limit', MOST[kind]);
  if (typeof count !== 'number') return count;
  const filter = readFilter(query);
  if ('contentType' in filter) return filter;
  const isFiltered = FILTERS.some((name) => query.has(name));
  const among = isFiltered ? MOST[kind] : count;
  const kept = kind === 'sampled' ? parts.decisions(among) : await parts.keptDecisions(kind, among);
  return jsonAnswer(isFiltered ? kept.filter((one) => isWanted(one, filter)).slice(0, count) : kept);
};
