import type { Millis, ServerState, Stats } from './types.ts';

/** Numbers that a server said itself, with an answer or asked by a probe. */
export interface InBand {
  readonly stats: Stats;
  readonly heardAt: Millis;
  readonly by: 'answer' | 'probe';
}

/** What other processes of this proxy have seen of a server. */
export interface Observation {
  /** `unknown` if none of them has tried. */
  readonly state: ServerState;
  readonly forwarded: number;
  readonly failures: number;
  readonly latency: Millis;
  readonly responseTime: Millis;
}
