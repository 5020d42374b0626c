import { statusOf } from '../control/decisions/decision-filter.ts';
import type { AnyDecision } from './decisions.ts';

/** Ids begin again with a new process, and so with another moment. */
const keyOf = ({ id, at, seed }: AnyDecision): string => `${id} ${at} ${seed}`;

/**
 * Tells new decisions in the lists of the API from those that were there before. One whose request is under way is held
 * back until it has ended, for at most `patience` lists. What it keeps is bounded by one list.
 */
export class NewDecisions {
  readonly #patience: number;
  /** Lists that it has been held back in; Infinity once it was given out. */
  #known: ReadonlyMap<string, number> | undefined;

  constructor(patience: number) {
    this.#patience = patience;
  }

  /**
   * The new ones of a list that has the newest first, the oldest first; of the first list none. `hasGap` if the list shares
   * nothing with the last one, so that some were never seen.
   */
  take(list: readonly AnyDecision[]): {
    readonly decisions: readonly AnyDecision[];
    readonly hasGap: boolean;
  } {
    const before = this.#known;
    if (!before) {
      this.#known = new Map(list.map((decision) => [keyOf(decision), Number.POSITIVE_INFINITY]));
      return { decisions: [], hasGap: false };
    }
    const known = new Map<string, number>();
    const decisions = list.toReversed().filter((decision) => {
      const key = keyOf(decision);
      const held = before.get(key) ?? 0;
      const isDue = held !== Number.POSITIVE_INFINITY && this.#isDue(decision, held);
      known.set(key, isDue ? Number.POSITIVE_INFINITY : held + 1);
      return isDue;
    });
    this.#known = known;
    return { decisions, hasGap: before.size > 0 && list.every((decision) => !before.has(keyOf(decision))) };
  }

  #isDue(decision: AnyDecision, held: number): boolean {
    return statusOf(decision) !== undefined || held >= this.#patience;
  }
}
