import type { InBand } from './observed.ts';
import type { ServerRecord } from './server-record.ts';
import type { HandState, HealthState, ServerSpec, ToldState } from './server-spec.ts';
import type { Millis, Outcome, Stats } from './types.ts';

/** What a report says of one server, the stats of its node and its own joined. */
export interface News {
  readonly node: string;
  readonly stats: Stats;
  /** The report comes from a new start of its agent. */
  readonly restarted: boolean;
  /** When it was made, on our clock. */
  readonly heardAt: Millis;
}

/**
 * Hears everything that changes a pool and that a decision can depend on, each time once, when the change is made and
 * before anything else happens. What it is handed it may keep, but not change.
 */
export interface PoolTap {
  begun(record: ServerRecord, now: Millis): void;
  ended(record: ServerRecord, outcome: Outcome, now: Millis): void;
  heard(record: ServerRecord, news: News, now: Millis): void;
  /** `isSame`: the stats are the very object that the server said last in this way. */
  heardInBand(record: ServerRecord, said: InBand, isSame: boolean, now: Millis): void;
  lapsed(now: Millis): void;
  /** Other processes of this proxy have so many requests under way there. */
  elsewhere(record: ServerRecord, count: number): void;
  set(record: ServerRecord, hand: HandState | undefined, told: ToldState | undefined): void;
  /** What checks have found is another thing now. */
  checked(record: ServerRecord, health: HealthState | undefined, now: Millis): void;
  retagged(record: ServerRecord, tags: readonly string[]): void;
  announced(url: URL, tags: readonly string[], now: Millis): void;
  discovered(specs: readonly ServerSpec[], now: Millis): void;
  /** The announced ones that were silent for so long, with nothing in flight, have left. */
  forgot(now: Millis, silence: Millis): void;
}
