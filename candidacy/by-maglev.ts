import { defineCandidacy } from '../src/core/candidacy.ts';
import { explained } from '../src/core/making.ts';
import { z } from '../src/core/options.ts';
import type { Server } from '../src/core/types.ts';
import { weighedBy, weightBy } from './parts/affinity-weight.ts';
import { isPrime, type MaglevTable } from './parts/maglev-table.ts';
import { MaglevTables } from './parts/maglev-tables.ts';
import { joinHashes, scramble } from './parts/murmur-hash.ts';
import { keyless, RequestKey, requestKey } from './parts/request-key.ts';

/** Envoy's limit; a table of that size takes 10 MB. */
const MOST_SLOTS = 5_000_011;

const options = z.strictObject({
  key: requestKey().default('path'),
  by: weighedBy(),
  keyless: keyless(),
  /** How many servers a key has: the first of them, and those that are tried, or looked at, after it. */
  most: z.int().min(1).max(4096).default(16),
  /** Slots of the table; left out, 16381 for up to 160 servers and 65537 for more. */
  size: z
    .int()
    .min(4099, 'expected a prime from 4099 to 5000011')
    .max(MOST_SLOTS, 'expected a prime from 4099 to 5000011')
    .refine(isPrime, {
      error: ({ input }) => `expected a prime, such as 16381, 65537 or 655373, got ${input}`,
    })
    .optional(),
});

/** What makes the stride through the table another hash of the key than the slot where it begins. */
const STRIDE = scramble(0x13198a2e);
/** Slots that are looked at for each server that is wanted, at most: some may have hardly any. */
const LOOKS = 8;

/** Goes through the table, and notes each server that it meets once. */
class Walk {
  #met = new Int32Array(64);
  #mark = 0;

  /** The servers of a key: those of its slot and of others, then, where the table has too few, the next in the list. */
  from(hash: number, table: MaglevTable, servers: readonly Server[], most: number): Server[] {
    const wanted = Math.min(most, servers.length);
    const size = table.length;
    const stride = (joinHashes(hash, STRIDE) % (size - 1)) + 1;
    const found: Server[] = [];
    this.#begin(servers.length);
    for (let at = hash % size, i = 0; found.length < wanted && i < LOOKS * wanted; i++) {
      this.#meet(table[at] ?? 0, servers, found);
      at = (at + stride) % size;
    }
    for (let i = hash % servers.length; found.length < wanted; i++)
      this.#meet(i % servers.length, servers, found);
    return found;
  }

  #begin(places: number): void {
    if (places > this.#met.length) this.#met = new Int32Array(2 * places);
    // Far below the highest that fits; then it begins anew.
    if (this.#mark >= 2 ** 30) this.#met.fill(0);
    this.#mark = this.#mark >= 2 ** 30 ? 1 : this.#mark + 1;
  }

  #meet(place: number, servers: readonly Server[], found: Server[]): void {
    if (this.#met[place] === this.#mark) return;
    this.#met[place] = this.#mark;
    found.push(servers[place] as Server);
  }
}

/**
 * The same server for the same key, from a table that says at once which one it is: what byRendezvous does, for large
 * pools. It keeps `most` servers for a key, the one of its slot first and the others in an order of that key's own; the
 * rest of the list is tried after these.
 *
 * - Formula: server = table[hash(key) mod size]; the next ones stand a second hash of the key further on, again and
 *   again. In the table servers take turns by weight, each claiming the next free slot of `(offset + j x skip) mod size`,
 *   offset and skip from its id. Weights and keys are as in byRendezvous.
 * - Example: `- byMaglev: path` or `- byMaglev: { key: "header:x-tenant", most: 4 }`; then `- boundedLoad`.
 * - Missing stats: as in byRendezvous. A request without the key gets a slot drawn at random.
 * - Cost: O(most), and O(n) once for each list that comes from the board (for every decision with `by: arriba` and
 *   `by: capacity`). O(size log size) when ids or weights have changed: half a millisecond, or three above 160 servers.
 *   A link that gives another list each time, such as sample, must not stand before it.
 * - Source: Maglev (NSDI '16), 3.4; Envoy's maglev for weights and the size of 65537.
 */
export const byMaglev = defineCandidacy({
  name: 'byMaglev',
  summary: 'the same servers for the same key, looked up in a table; for large pools',
  kind: 'cut',
  options,
  shorthand: 'key',
  create: ({ key, by, keyless, most, size }) => {
    const keys = new RequestKey(key);
    const tables = new MaglevTables(weightBy(by), size, by !== 'weight');
    const walk = new Walk();
    return explained(
      (servers, { request, random }) => {
        if (servers.length < 2) return servers;
        const keyed = keys.hash(request);
        if (keyed === undefined && keyless === 'keep') return servers;
        const hash = keyed ?? Math.floor(random() * 2 ** 32);
        return walk.from(hash, tables.of(servers), servers, most);
      },
      { reason: () => `is not among the first ${most} of this key` },
    );
  },
});
