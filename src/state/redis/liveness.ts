import type { Millis } from '../../core/types.ts';
import type { Line } from './dial.ts';

/** A redis in the same network answers within a millisecond; one that needs a second is as good as away. */
export const COMMAND_TIMEOUT: Millis = 1000;
/** Most time for a connection to be made, down to TLS. */
export const CONNECT_TIMEOUT: Millis = 1000;
/** How often it is looked whether anything was heard. */
const LOOK_EVERY: Millis = 500;
/** After so many looks without a byte we ask, with a PING. */
const ASK_AFTER = 2;
/** After so many the connection is given up: 2.5 s. Packets may be dropped without a word. */
const GIVE_UP_AFTER = 5;

/** What a redis says for a while, or after a failover, when another connection may find a better one. */
export const ELSEWHERE = /^(READONLY|LOADING|MASTERDOWN)/;

/**
 * Ends a connection on which nothing is heard. Counts looks and not time: a process that stood still hears late. Clear
 * the interval when the connection is over.
 */
export const watch = (line: Line, ping: () => void, drop: (reason: string) => void): NodeJS.Timeout => {
  let heard = line.heard;
  let quiet = 0;
  return setInterval(() => {
    quiet = line.heard === heard ? quiet + 1 : 0;
    heard = line.heard;
    if (quiet >= GIVE_UP_AFTER) drop(`nothing heard for ${(GIVE_UP_AFTER * LOOK_EVERY) / 1000} s`);
    else if (quiet >= ASK_AFTER) ping();
  }, LOOK_EVERY).unref();
};
