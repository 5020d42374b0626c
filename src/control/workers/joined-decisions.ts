import type { DecisionView } from '../views/views.ts';

const KEPT = 200;

/** The sampled decisions of all workers. */
export class JoinedDecisions {
  readonly #kept = new Map<string, DecisionView>();

  /** Takes decisions of a worker, newest first; one that was taken before is replaced. */
  take(worker: number, decisions: readonly DecisionView[]): void {
    for (const decision of decisions.toReversed()) {
      const id = `${worker}-${decision.id}`;
      this.#kept.set(id, { ...decision, id });
    }
    for (const id of this.#kept.keys()) {
      if (this.#kept.size <= KEPT) return;
      this.#kept.delete(id);
    }
  }

  newest(count: number): readonly DecisionView[] {
    return [...this.#kept.values()].sort((a, b) => b.at - a.at).slice(0, count);
  }
}
