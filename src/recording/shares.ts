/** FNV-1a, 32 bits (draft-eastlake-fnv): offset and prime. */
const OFFSET = 0x811c9dc5;
const PRIME = 0x01000193;

const hashOf = (text: string, from = OFFSET): number => {
  let hash = from;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), PRIME);
  return hash;
};

interface Count {
  readonly pool: string;
  readonly id: string;
  readonly hash: number;
  before: number;
  after: number;
}

/** Counts how often each server was chosen, then and now. */
export class Shares {
  readonly #pools = new Map<string, Map<string, Count>>();
  #decisions = 0;
  #sum = OFFSET;

  /** One decision: the ids of the server that was chosen then and of the one that is now; undefined for none. */
  count(pool: string, before: string | undefined, after: string | undefined): void {
    this.#decisions += 1;
    if (before !== undefined) this.#of(pool, before).before += 1;
    const now = after === undefined ? undefined : this.#of(pool, after);
    if (now) now.after += 1;
    this.#sum = Math.imul(this.#sum ^ (now?.hash ?? 0), PRIME);
  }

  /** Of the choices made now, in their order. */
  get checksum(): string {
    return (this.#sum >>> 0).toString(16).padStart(8, '0');
  }

  /** By id; where there are several pools, by `pool/id`. Sorted. */
  view(): Readonly<Record<string, readonly [before: number, after: number]>> {
    const all = [...this.#pools.values()].flatMap((counts) => [...counts.values()]);
    const isOne = this.#pools.size < 2;
    const part = (count: number): number => count / Math.max(1, this.#decisions);
    return Object.fromEntries(
      all
        .map(({ pool, id, before, after }) => [isOne ? id : `${pool}/${id}`, before, after] as const)
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, before, after]) => [name, [part(before), part(after)] as const]),
    );
  }

  #of(pool: string, id: string): Count {
    const counts = this.#pools.get(pool) ?? new Map<string, Count>();
    this.#pools.set(pool, counts);
    const known = counts.get(id);
    if (known) return known;
    const count: Count = { pool, id, hash: hashOf(`${pool}\0${id}`), before: 0, after: 0 };
    counts.set(id, count);
    return count;
  }
}
