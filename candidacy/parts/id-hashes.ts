import type { Server } from '../../src/core/types.ts';
import { hashText, scramble } from './murmur-hash.ts';

/** The ids of servers as `joinHashes` takes them, each hashed once. */
export class IdHashes {
  readonly #ids: string[] = [];
  readonly #hashes: number[] = [];

  of({ slot, id }: Server): number {
    if (this.#ids[slot] === id) return this.#hashes[slot] ?? 0;
    const hash = scramble(hashText(id));
    this.#ids[slot] = id;
    this.#hashes[slot] = hash;
    return hash;
  }
}
