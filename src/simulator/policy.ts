import type { LinkSpec, WhenEmpty } from '../core/chain.ts';
import type { Millis } from '../core/types.ts';

/** Which servers a proxy asks for fresh numbers. */
export interface ProbePlan {
  /** Asked beside each request, for the next ones; may be a fraction. */
  readonly perRequest: number;
  /** Asked before each request, which waits for them; 0 for none. */
  readonly servers: number;
  /** How long it waits at most. */
  readonly wait: Millis;
}

/** What is tried in a scenario: a chain, and the messages that it goes by. */
export interface Policy {
  readonly name: string;
  readonly links: readonly LinkSpec[];
  readonly whenEmpty: WhenEmpty;
  /** Answers carry numbers of the server that gave them. */
  readonly answers: boolean;
  readonly probe: ProbePlan;
}
