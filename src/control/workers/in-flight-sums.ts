/** Counts by number of server: number, count, number, count and so on; who is not named has 0. */
export type CountPairs = Int32Array;

const add = (counts: Map<number, number>, number: number, amount: number): void => {
  const sum = (counts.get(number) ?? 0) + amount;
  if (sum === 0) counts.delete(number);
  else counts.set(number, sum);
};

const addAll = (counts: Map<number, number>, pairs: CountPairs, sign: 1 | -1): void => {
  for (let i = 0; i + 1 < pairs.length; i += 2) add(counts, pairs[i] ?? 0, sign * (pairs[i + 1] ?? 0));
};

const NOTHING: CountPairs = new Int32Array();

/** What each worker has under way at each server, as it said last, and the sums. */
export class InFlightSums {
  readonly #byWorker = new Map<number, CountPairs>();
  readonly #totals = new Map<number, number>();

  /** Takes what a worker has under way now, in place of what it said before. */
  take(worker: number, counts: CountPairs): void {
    addAll(this.#totals, this.#byWorker.get(worker) ?? NOTHING, -1);
    addAll(this.#totals, counts, 1);
    this.#byWorker.set(worker, counts);
  }

  /** A worker has ended, and everything that it had under way with it. */
  gone(worker: number): void {
    this.take(worker, NOTHING);
    this.#byWorker.delete(worker);
  }

  /** What all workers have under way. */
  total(): CountPairs {
    return Int32Array.from([...this.#totals].flat());
  }

  /** What all workers but this one have under way. */
  elsewhere(worker: number): CountPairs {
    const counts = new Map(this.#totals);
    addAll(counts, this.#byWorker.get(worker) ?? NOTHING, -1);
    return Int32Array.from([...counts].flat());
  }
}
