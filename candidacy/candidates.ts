import { defineCandidacy, type Signal } from '../src/core/candidacy.ts';
import { explained, pickAtRandom } from '../src/core/making.ts';
import { duration, z } from '../src/core/options.ts';
import type { Millis, Server } from '../src/core/types.ts';
import { NEVER } from './parts/never.ts';
import { Places } from './parts/places.ts';
import { takeOut } from './parts/take-out.ts';

const options = z
  .strictObject({
    /** Most servers that are compared, and that are remembered as probed. */
    most: z.int().min(1).max(256).default(16),
    /** Of these, so many may be drawn at random; a quarter unless said otherwise. */
    random: z.int().min(0).max(256).optional(),
    /** A probe is of use for so long. */
    maxAge: duration().prefault('1s'),
    /** A probe is of use for so many requests. */
    uses: z.int().min(1).max(1000).default(2),
    /** One drawn at random counts if it was heard in this time. */
    fresh: duration().prefault('10ms'),
  })
  .refine(({ most, random = 0 }) => random <= most, {
    error: 'expected no more drawn at random than `most`',
    path: ['random'],
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

/** One that has been silent for so many times `maxAge` is not probed, or does not answer: it is met at random. */
const SILENT = 30;
const NOBODY: readonly Probed[] = [];

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
    takeOut(probed, one);
    probed.push(one);
    if (probed.length > most) probed.shift();
    return false;
  },
  onGone: (one) => takeOut(one.pool.probed, one),
});

/**
 * Keeps the servers that something is known of at first hand: those that were probed lately, and of some at random
 * those that have just answered. So proxies compare few servers, by fresh numbers, and not all the same ones. Where
 * nothing is probed it keeps as many at random: to go by what came with answers alone starves those that got none.
 *
 * - Formula: probed within `maxAge` and sent fewer than `uses` requests since, newest first; of `random` others those
 *   that were heard within `fresh`, and the first of them if it has been silent for `30 x maxAge`; `most` in all. With
 *   fewer than two probed, `most` at random. A list of `most` or fewer is kept whole, in random order.
 * - Example: `- candidates` or `- candidates: { most: 8, random: 2 }`, on a route with `probe`.
 * - Missing stats: a server that says nothing itself is met at random, once in as many requests as there are servers.
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
  create: ({ most, random = Math.floor(most / 4), maxAge, uses, fresh }, memoryOf) => {
    const places = new Places();

    const probedAmong = (servers: readonly Server[], now: Millis): Server[] => {
      const [first] = servers;
      const probed = (first && memoryOf(first)?.pool.probed) ?? NOBODY;
      const found: Server[] = [];
      for (let i = probed.length - 1; i >= 0 && found.length < most - random; i--) {
        const one = probed[i];
        // A clock that was set back does not keep a probe of use.
        if (!one || one.sent >= uses || Math.abs(now - one.heardAt) > maxAge) continue;
        const server = places.find(servers, one.slot);
        if (server) found.push(server);
      }
      return found;
    };

    return explained(
      (servers, { now, random: draw }) => {
        if (servers.length <= most) return pickAtRandom(servers, servers.length, draw);
        const kept = probedAmong(servers, now);
        if (kept.length < 2) return pickAtRandom(servers, most, draw);
        pickAtRandom(servers, random, draw).forEach((server, i) => {
          const silence = now - (memoryOf(server)?.heardAt ?? NEVER);
          const isMet = silence <= fresh || (i === 0 && silence > SILENT * maxAge);
          if (isMet && !kept.includes(server)) kept.push(server);
        });
        return kept;
      },
      { reason: () => 'neither probed lately nor drawn' },
    );
  },
});
