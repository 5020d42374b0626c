import { type Connection, openConnection } from './connection.ts';
import type { RedisAddress } from './redis-address.ts';

/** Takes what comes on a channel. */
export type Heard = (channel: string, message: Buffer) => void;

/** For `CLIENT LIST`. */
const NAME = 'forehand-proxy';

/** Opens so many connections. Rejects with the first fault, and leaves none of them open then. */
const openAll = async (address: RedisAddress, count: number): Promise<readonly Connection[]> => {
  const opening = Array.from({ length: count }, () => openConnection(address, NAME));
  try {
    return await Promise.all(opening);
  } catch (thrown) {
    for (const one of await Promise.allSettled(opening))
      if (one.status === 'fulfilled') one.value.drop('the other connection could not be opened');
    throw thrown;
  }
};

/**
 * The two connections of a proxy: one for commands, which is what comes back, and one that listens to the channels.
 * If one ends, both do. Rejects, with nothing left open, if one cannot be opened or the channels not be listened to.
 */
export const openPair = async (
  address: RedisAddress,
  channels: readonly string[],
  heard: Heard,
): Promise<Connection> => {
  const all = await openAll(address, 2);
  const [talking, listening] = all;
  if (!talking || !listening) throw new TypeError('two connections were asked for');
  const drop = (reason: string): void => {
    for (const one of all) one.drop(reason);
  };
  listening.client.on('messageBuffer', (channel: Buffer, message: Buffer) =>
    heard(channel.toString(), message),
  );
  try {
    await listening.client.subscribe(...channels);
  } catch (thrown) {
    drop('the channels cannot be listened to');
    throw thrown;
  }
  const ended = Promise.race([talking.ended, listening.ended]);
  void ended.then(drop);
  return { client: talking.client, ended, drop };
};
