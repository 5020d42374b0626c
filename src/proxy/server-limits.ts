import type { Millis, Outcome } from '../core/types.ts';

/** A connection is given up this long before its server ends it, so that no request meets its end. */
const BEFORE_END_MS = 4000;
const SHORTEST_REST_MS = 500;

/** How long an unused connection is kept. @param said seconds that its server says, or -1. */
export const restLimit = (own: Millis, said: number): Millis =>
  said < 0 ? own : Math.min(own, Math.max(SHORTEST_REST_MS, said * 1000 - BEFORE_END_MS));

/** The server has ended the connection in the middle of a body. */
export const BODY_CUT: Outcome = { kind: 'failed', side: 'server', reason: 'body_cut', unsent: false };
/** The server has stopped sending in the middle of a body. */
export const BODY_STOPPED: Outcome = {
  kind: 'failed',
  side: 'server',
  reason: 'idle_timeout',
  unsent: false,
};
