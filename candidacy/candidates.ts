import { defineCandidacy, type Signal } from '../src/core/candidacy.ts';
import { explained, pickAtRandom } from '../src/core/making.ts';
import { duration, z } from '../src/core/options.ts';
import type { Millis, Server } from '../src/core/types.ts';

const options = z.strictObject({
  /** Most servers that are compared, and that are remembered as probed. */
  most: z.int().min(1).max(256).default(16),
  /** Of these, so many may be drawn at random. */
  random: z.int().min(0).max(256).default(4),
  /** A probe is of use for so long. */
  maxAge: duration().prefault('1s'),
  /** A probe is of use for so many requests. */
  uses: z.int().min(1).max(1000).default(2),
  /** One drawn at random counts if it was heard in this time. */
  fresh: duration().prefault('50ms'),
});

type Options = z.output<typeof options>;

/** What is remembered of a server. */
interface Probed {
  readonly slot: number;
  readonly pool: ProbePool;
  /** When it was last heard at first hand, by a probe or an answer. */
  heardAt: Millis;
  /** Requests that were sent there since. */
  sent: number;
}

/** What is shared: those that were probed lately, oldest first, each once. */
interface ProbePool {
  readonly probed: Probed[];
}

const NEVER: Millis = Number.NEGATIVE_INFINITY;

const forget = ({ probed }: ProbePool, one: Probed): void => {
  const at = probed.indexOf(one);
  if (at !== -1) probed.splice(at, 1);
};

const probes = ({ most }: Options): Signal<Probed, ProbePool> => ({
  shared: () => ({ probed: [] }),
  init: (pool, { slot }) => ({ slot, pool, heardAt: NEVER, sent: 0 }),
  onBegin: (one) => {
    one.sent += 1;
  },
  onReport: (one, { by }, now) => {
    if (by === 'agent') return false;
    one.heardAt = now;
    one.sent = 0;
    if (by === 'answer') return false;
    const { probed } = one.pool;
    forget(one.pool, one);
    probed.push(one);
    if (probed.length > most) probed.shift();
    return false;
  },
  onGone: (one) => forget(one.pool, one),
});

/** Finds servers of one list by slot; the list is read once, for as long as it is the same. */
class Places {
  #list: readonly Server[] | undefined;
  #places = new Int32Array(0);

  find(list: readonly Server[], slot: number): Server | undefined {
    if (list !== this.#list) this.#read(list);
    const place = this.#places[slot] ?? 0;
    return place === 0 ? undefined : list[place - 1];
  }

  #read(list: readonly Server[]): void {
    let highest = 0;
    for (const { slot } of list) highest = Math.max(highest, slot);
    if (this.#places.length <= highest) this.#places = new Int32Array(2 * highest + 2);
    else this.#places.fill(0);
    for (let i = 0; i < list.length; i++) this.#places[(list[i] as Server).slot] = i + 1;
    this.#list = list;
  }
}

/**
 * Keeps the servers that something is known of at first hand: those that were probed lately, and of some at random
 * those that have just answered. Without either, as many at random. So proxies compare few servers, by fresh numbers,
 * and not all the same ones.
 *
 * - Formula: probed within `maxAge` and sent fewer than `uses` requests since, newest first, with `random` others that
 *   were heard within `fresh`; `most` in all. With fewer than two of these, `most` at random. A list of `most` or fewer
 *   is kept whole.
 * - Example: `- candidates` or `- candidates: { most: 8, random: 2 }`, on a route with `probe`.
 * - Missing stats: a server that never said anything itself is only met at random.
 * - Cost: O(most); O(n) once for each list that comes from the board.
 * - Source: the probe pool of Prequal (NSDI '24) and the reports that come with answers, in one.
 */
export const candidates = defineCandidacy({
  name: 'candidates',
  summary: 'keeps the servers that were probed lately, and some at random',
  kind: 'cut',
  options,
  shorthand: 'most',
  signal: probes,
  create: ({ most, random, maxAge, uses, fresh }, memoryOf) => {
    const places = new Places();
    const isUsable = ({ heardAt, sent }: Probed, now: Millis): boolean =>
      now - heardAt <= maxAge && sent < uses;
    return explained(
      (servers, moment) => {
        if (servers.length <= most) return pickAtRandom(servers, servers.length, moment.random);
        const { now } = moment;
        const kept = new Set<Server>();
        const { probed } = memoryOf(servers[0] as Server)?.pool ?? { probed: [] };
        for (let i = probed.length - 1; i >= 0 && kept.size < most - random; i--) {
          const one = probed[i] as Probed;
          const server = isUsable(one, now) ? places.find(servers, one.slot) : undefined;
          if (server) kept.add(server);
        }
        for (const server of pickAtRandom(servers, random, moment.random))
          if (now - (memoryOf(server)?.heardAt ?? NEVER) <= fresh) kept.add(server);
        return kept.size < 2 ? pickAtRandom(servers, most, moment.random) : [...kept];
      },
      { reason: () => 'neither probed lately nor drawn' },
    );
  },
});
