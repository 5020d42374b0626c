import type { Board } from '../../core/board.ts';
import type { ServerRecord } from '../../core/server-record.ts';
import type { Millis, ServerState } from '../../core/types.ts';

/** How often states are looked at: some change by the clock alone, so nobody could tell. */
const LOOK_MS: Millis = 80;

/**
 * Calls back when a server has come, left, or is in another state, at most once every 80 ms. The answer ends it. Costs
 * 0.2 µs for each server and look, so it is for while somebody watches.
 */
export const watchStates = (board: Board, now: () => Millis, changed: () => void): (() => void) => {
  let states = new Map<ServerRecord, ServerState>();
  const look = (): boolean => {
    const at = now();
    const seen = new Map<ServerRecord, ServerState>();
    let isNew = false;
    for (const pool of board.pools())
      for (const record of pool.servers) {
        const state = pool.stateOf(record, at);
        isNew ||= states.get(record) !== state;
        seen.set(record, state);
      }
    isNew ||= seen.size !== states.size;
    states = seen;
    return isNew;
  };
  look();
  const timer = setInterval(() => {
    if (look()) changed();
  }, LOOK_MS);
  return () => clearInterval(timer);
};
