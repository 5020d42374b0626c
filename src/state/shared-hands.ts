import type { HandState } from '../core/server-spec.ts';

/** A state that somebody set by hand, and on which server. */
export interface SharedHand {
  readonly pool: string;
  /** Id of the server. */
  readonly server: string;
  readonly hand: HandState;
}

/** States set by hand, kept where every proxy of a fleet sees them and where they survive the proxies. */
export interface SharedHands {
  /** Sets a state or, with undefined, lifts it. Rejects where the store cannot be reached: then nothing has changed. */
  set(pool: string, server: string, hand: HandState | undefined): Promise<void>;
  /** Calls back with all that is set: once that is known, after each change, and after each time out of reach. */
  follow(heard: (all: readonly SharedHand[]) => void): void;
}
