import { MAX_NODES } from '../../core/nodes.ts';
import type { Millis } from '../../core/types.ts';
import { ask, type Connection } from './connection.ts';

/** Keys that one SCAN looks at. */
const SCAN_COUNT = 1000;
/** A database of a million keys; what lies beyond is not looked for. */
const MOST_SCANS = 1000;
/** Keys that are read in one go. */
const AT_ONCE = 250;

export interface KeptMessage {
  /** What follows the prefix in the key. */
  readonly name: string;
  readonly bytes: Buffer;
  /** How long ago it was put there. */
  readonly age: Millis;
}

export interface KeptMessages {
  readonly prefix: string;
  /** The expiry that the keys were given. */
  readonly kept: Millis;
  /** Of a longer value no more than one byte beyond is read. */
  readonly maxBytes: number;
}

const keysOf = async (connection: Connection, prefix: string): Promise<readonly string[]> => {
  const keys = new Set<string>();
  let cursor = '0';
  let scans = 0;
  do {
    const [next, found] = await connection.client.scan(cursor, 'MATCH', `${prefix}*`, 'COUNT', SCAN_COUNT);
    for (const key of found) if (keys.size < MAX_NODES) keys.add(key);
    cursor = next;
    scans += 1;
  } while (cursor !== '0' && scans < MOST_SCANS && keys.size < MAX_NODES);
  return [...keys];
};

/**
 * Reads all keys under a prefix and calls back with each message. GETRANGE and not MGET: somebody may have put
 * gigabytes there. What is no string, or has gone meanwhile, is left out. A key that never expires is as old as can be.
 */
export const readKept = async (
  connection: Connection,
  { prefix, kept, maxBytes }: KeptMessages,
  take: (message: KeptMessage) => void,
): Promise<void> => {
  const keys = await keysOf(connection, prefix);
  for (let i = 0; i < keys.length; i += AT_ONCE) {
    const some = keys.slice(i, i + AT_ONCE);
    const answers = await ask(
      connection,
      some.flatMap((key) => [
        ['getrangeBuffer', key, 0, maxBytes],
        ['pttl', key],
      ]),
    );
    some.forEach((key, at) => {
      const [bytes, left] = [answers[2 * at], Number(answers[2 * at + 1])];
      if (!(bytes instanceof Buffer) || bytes.length === 0 || left === -2) return;
      const age = left < 0 ? kept : Math.min(kept, Math.max(0, kept - left));
      take({ name: key.slice(prefix.length), bytes, age });
    });
  }
};
