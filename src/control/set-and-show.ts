import type { HandFault, HandOrder, Hands } from './hands.ts';
import type { ServerView } from './views/views.ts';

/** Carries an order out and shows the server as it is then. */
export const setAndShow = async (
  hands: Pick<Hands, 'set'>,
  servers: () => readonly ServerView[],
  order: HandOrder,
): Promise<ServerView | HandFault> => {
  const done = await hands.set(order);
  if ('code' in done) return done;
  const view = servers().find(({ pool, id }) => pool === done.pool && id === done.server);
  return view ?? { code: 'unknown', message: `server "${done.server}" has left pool "${done.pool}"` };
};
