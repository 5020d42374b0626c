import type { DecisionView } from '../views/views.ts';

/** Which decisions control has been told of, so that each is told twice at most: when it was made and how it ended. */
export class ToldDecisions {
  #newest = 0;
  /** Told while their requests were under way. */
  #open = new Set<string>();

  /** Those of these that are news; they count as told then. `newest`: all that are kept, newest first. */
  news(newest: readonly DecisionView[]): readonly DecisionView[] {
    const news = newest.filter(
      ({ id, outcome }) => Number(id) > this.#newest || (outcome !== null && this.#open.has(id)),
    );
    this.#newest = Number(newest[0]?.id ?? this.#newest);
    this.#open = new Set(newest.filter(({ outcome }) => outcome === null).map(({ id }) => id));
    return news;
  }
}
