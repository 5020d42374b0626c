import { joinFacts, type ServerFacts, unpackFacts } from './server-facts.ts';
import type { ServerNumbers } from './server-numbers.ts';

/** What all workers have seen of servers, written into the records of control's board. */
export class JoinedFacts {
  readonly #numbers: ServerNumbers;
  readonly #byWorker = new Map<number, ReadonlyMap<number, ServerFacts>>();
  /** Requests that workers have sent which are gone. */
  readonly #forwardedBefore = new Map<number, number>();

  constructor(numbers: ServerNumbers) {
    this.#numbers = numbers;
  }

  /** Takes what a worker has seen, in place of what it said before. */
  take(worker: number, rows: Float64Array): void {
    const facts = new Map(unpackFacts(rows));
    this.#byWorker.set(worker, facts);
    for (const number of facts.keys()) this.#write(number);
  }

  /** A worker has ended: what it has sent counts on, what it knew does not. */
  gone(worker: number): void {
    const facts = this.#byWorker.get(worker) ?? new Map<number, ServerFacts>();
    this.#byWorker.delete(worker);
    for (const [number, { forwarded }] of facts) {
      this.#forwardedBefore.set(number, (this.#forwardedBefore.get(number) ?? 0) + forwarded);
      this.#write(number);
    }
  }

  /** Forgets the servers that have left. */
  keep(): void {
    for (const number of this.#forwardedBefore.keys())
      if (!this.#numbers.record(number)) this.#forwardedBefore.delete(number);
  }

  connectionsOf(number: number | undefined): ServerFacts['connections'] | undefined {
    const facts = number === undefined ? [] : this.#of(number);
    return facts.length === 0 ? undefined : joinFacts(facts).connections;
  }

  #of(number: number): readonly ServerFacts[] {
    return [...this.#byWorker.values()].flatMap((facts) => facts.get(number) ?? []);
  }

  #write(number: number): void {
    const joined = joinFacts(this.#of(number));
    const forwarded = joined.forwarded + (this.#forwardedBefore.get(number) ?? 0);
    this.#numbers.record(number)?.observe({ ...joined, forwarded });
  }
}
