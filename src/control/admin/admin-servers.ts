import { didYouMean } from '../../config/reading/suggest.ts';
import type { AdminParts, ServerView } from '../views/views.ts';
import { type Answer, errorAnswer, jsonAnswer } from './admin-answer.ts';

/** What is said of something that is not there, with the name that was most likely meant. */
export const unknownAnswer = (what: string, name: string, known: readonly string[]): Answer => {
  const meant = didYouMean(name, known);
  const message = `there is no ${what} ${JSON.stringify(name)}${meant === undefined ? '' : `; ${meant}`}`;
  return errorAnswer(404, 'unknown', message);
};

/** One server. Where several pools have one of this id, `?pool=` says which is meant. */
export const serverAnswer = (
  servers: readonly ServerView[],
  id: string,
  pool: string | undefined,
): Answer => {
  const ofPool = servers.filter((server) => pool === undefined || server.pool === pool);
  if (pool !== undefined && ofPool.length === 0)
    return unknownAnswer(
      'pool',
      pool,
      servers.map((server) => server.pool),
    );
  const found = ofPool.filter((server) => server.id === id);
  const [first] = found;
  if (!first)
    return unknownAnswer(
      'server',
      id,
      ofPool.map((server) => server.id),
    );
  if (found.length === 1) return jsonAnswer(first);
  const pools = found.map((server) => server.pool).join(', ');
  return errorAnswer(409, 'ambiguous', `the pools ${pools} each have a server "${id}"; say ?pool= which`);
};

/** One pool by its name. */
export const poolAnswer = (parts: Pick<AdminParts, 'pools'>, name: string): Answer => {
  const pools = parts.pools();
  const found = pools.find((pool) => pool.name === name);
  if (found) return jsonAnswer(found);
  return unknownAnswer(
    'pool',
    name,
    pools.map((pool) => pool.name),
  );
};
