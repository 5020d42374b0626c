import { MOST_NOTABLE } from '../decisions/notable-decisions.ts';
import { MOST_RECENT } from '../decisions/recent-decisions.ts';
import type { AdminParts, KeptKind } from '../views.ts';
import { type Answer, errorAnswer, jsonAnswer } from './admin-answer.ts';

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

const isKind = (text: string): text is Kind => Object.hasOwn(MOST, text);

/** The number that a query asks for, from 1 to `most`, or what is wrong with it. */
export const readCount = (query: URLSearchParams, name: string, most: number): number | Answer => {
  const text = query.get(name) ?? String(DEFAULT_NEWEST);
  const count = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= most) return count;
  return errorAnswer(400, 'bad_query', `${name}: expected a whole number from 1 to ${most}`);
};

/** Decisions of one kind, newest first: `?kind=recent&limit=100`. Without a kind the sampled ones; `n` is `limit`. */
export const decisionsAnswer = async (parts: AdminParts, query: URLSearchParams): Promise<Answer> => {
  const kind = query.get('kind') ?? 'sampled';
  if (!isKind(kind)) return errorAnswer(400, 'bad_query', `kind: expected ${Object.keys(MOST).join(', ')}`);
  if (query.has('n') && query.has('limit'))
    return errorAnswer(400, 'bad_query', 'limit: `n` is said already');
  const count = readCount(query, query.has('n') ? 'n' : 'limit', MOST[kind]);
  if (typeof count !== 'number') return count;
  return jsonAnswer(kind === 'sampled' ? parts.decisions(count) : await parts.keptDecisions(kind, count));
};
