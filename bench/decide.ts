import { DEFAULT_CHAIN, FULL_CHAIN } from '../src/config/schema/named-chains.ts';
import type { ChainEntry } from '../src/config/schema/schema-pools.ts';
import { Board } from '../src/core/board.ts';
import { type Chain, compileChain, NO_REQUEST } from '../src/core/chain.ts';
import { decide } from '../src/core/decide.ts';
import { type Random, seededRandom } from '../src/core/random.ts';
import type { ReportSource } from '../src/core/report-source.ts';
import type { Done, Millis, Outcome, Server, Stats } from '../src/core/types.ts';
import { builtInLink } from './parts/built-in-link.ts';
import { median } from './parts/median.ts';

/**
 * What one decision costs, by chain and by size of the pool, with everything on that a proxy has on: steps are read,
 * the virtual clock goes on (so that the kept head of a chain runs out every 20 ms), every server reports once a
 * second, requests begin and end on the board, and for the chain `full` each brings numbers with its answer and one
 * probe. The reports and the counting are part of the figure. `default_uncounted`: agents report no requests in flight.
 * CPU time of the process, so that neighbours on the machine do not enter; the runs of all cases alternate.
 */

const RUNS = 5;
const WARM_UP = 20_000;
const DECISIONS = 100_000;
const SIZES = [10, 100, 1000, 2000];
/** A proxy with 100 000 decisions a second. */
const MILLIS_PER_DECISION: Millis = 0.01;
const REPORT_EVERY: Millis = 1000;
/** One decision in so many is counted as a request, which ends so many requests later. */
const BEGIN_EVERY = 8;
const UNDER_WAY = 64;

/** A chain, and what the servers say that it decides on. */
interface Setting {
  readonly chain: readonly ChainEntry[];
  /** Agents report the requests in flight. */
  readonly counts: boolean;
  /** Numbers come with each answer, and one server is probed beside each request. */
  readonly fresh: boolean;
}

const TEXTBOOK: readonly ChainEntry[] = [{ byAge: '5s' }, 'notEjected', 'byRandom', 'byLogWindow', 'byLoad'];

const SETTINGS: Readonly<Record<string, Setting>> = {
  textbook: { chain: TEXTBOOK, counts: true, fresh: false },
  default: { chain: DEFAULT_CHAIN, counts: true, fresh: false },
  default_uncounted: { chain: DEFAULT_CHAIN, counts: false, fresh: false },
  full: { chain: FULL_CHAIN, counts: true, fresh: true },
};

const compile = (name: string, entries: readonly ChainEntry[], board: Board): Chain => {
  const pool = board.pool('web');
  if (!pool) throw new TypeError('the board has no pool "web"');
  return compileChain(name, entries.map(builtInLink), pool, 'undo');
};

const SOURCE: ReportSource = { address: '127.0.0.1', transport: 'memory' };
/** What servers say with answers and to probes; not always the same object, as no two answers are. */
const FRESH: readonly Stats[] = Array.from({ length: 64 }, (_, i) =>
  Object.freeze({ inFlight: i % 8, arriba: 900 + i, cpus: 4, serviceTime: 3 }),
);
const ANSWERED: Outcome = { kind: 'answered', status: 200, firstByte: 3, total: 4 };

/** A pool of this size that lives: each call of `live` moves the clock by one decision. */
class Farm {
  readonly board = new Board();
  readonly random: Random = seededRandom(42);
  now: Millis = 0;
  readonly #size: number;
  readonly #setting: Setting;
  readonly #ends: Done[] = [];
  #decisions = 0;
  #reports = 0;
  #reportDue: Millis = 0;

  constructor(size: number, setting: Setting) {
    this.#size = size;
    this.#setting = setting;
    const servers = Array.from({ length: size }, (_, i) => ({
      id: `s${i}`,
      url: new URL(`http://10.0.${i >> 8}.${i & 255}:80`),
      tags: [],
    }));
    this.board.configure([{ name: 'web', servers, accept: [] }]);
    for (let i = 0; i < size; i++) this.#report();
  }

  #report(): void {
    const i = this.#reports % this.#size;
    const load = this.random.next() * 8;
    const refusal = this.board.hear(
      {
        v: 1,
        node: `n${i}`,
        boot: 'b',
        seq: this.#reports,
        stats: {
          load1: load,
          loadHighWater: 8,
          cpuIdle: 0.5,
          cpus: 4,
          arriba: 900 + 200 * this.random.next(),
        },
        servers: [
          {
            url: `http://10.0.${i >> 8}.${i & 255}:80`,
            stats: this.#setting.counts ? { inFlight: Math.floor(load) } : {},
          },
        ],
      },
      SOURCE,
      this.now,
    );
    if (refusal) throw new TypeError(refusal.message);
    this.#reports += 1;
  }

  live(chosen: Server): void {
    this.#decisions += 1;
    this.now += MILLIS_PER_DECISION;
    for (; this.now >= this.#reportDue; this.#reportDue += REPORT_EVERY / this.#size) this.#report();
    if (this.#decisions % BEGIN_EVERY !== 0) return;
    this.#ends.push(this.board.begin(chosen, this.now));
    if (this.#ends.length > UNDER_WAY) this.#ends.shift()?.(ANSWERED, this.now);
    if (!this.#setting.fresh) return;
    this.#sayFresh(chosen, 'answer');
    this.#sayFresh(this.#anyServer(), 'probe');
  }

  #anyServer(): Server {
    const servers = this.board.pool('web')?.servers ?? [];
    const server = servers[Math.floor(this.random.next() * servers.length)];
    if (!server) throw new TypeError('the pool is empty');
    return server;
  }

  #sayFresh(server: Server, by: 'answer' | 'probe'): void {
    const stats = FRESH[this.#decisions % FRESH.length] ?? {};
    this.board.hearInBand(server, { stats, heardAt: this.now, by });
  }
}

/** Makes so many decisions; answers with how many steps were seen, so that nothing can be left out. */
const run = (farm: Farm, chain: Chain, decisions: number): number => {
  let steps = 0;
  for (let i = 0; i < decisions; i++) {
    const decision = decide(chain, { request: NO_REQUEST, now: farm.now, random: farm.random, proxies: 2 });
    if (!decision.chosen) throw new TypeError('nobody was chosen');
    steps += decision.steps.length;
    farm.live(decision.chosen);
  }
  return steps;
};

const microsPerDecision = (farm: Farm, chain: Chain): number => {
  const before = process.cpuUsage();
  const steps = run(farm, chain, DECISIONS);
  const { user, system } = process.cpuUsage(before);
  if (steps !== DECISIONS * chain.links.length) throw new TypeError('steps are missing');
  return (user + system) / DECISIONS;
};

interface Case {
  readonly chain: string;
  readonly size: number;
  readonly measure: () => number;
}

const prepare = (): readonly Case[] =>
  Object.entries(SETTINGS).flatMap(([name, setting]) =>
    SIZES.map((size): Case => {
      const farm = new Farm(size, setting);
      const chain = compile(name, setting.chain, farm.board);
      run(farm, chain, WARM_UP);
      return { chain: name, size, measure: () => microsPerDecision(farm, chain) };
    }),
  );

const main = (): void => {
  const cases = prepare();
  const taken = cases.map((): number[] => []);
  for (let i = 0; i < RUNS; i++) {
    cases.forEach(({ measure }, j) => {
      taken[j]?.push(measure());
    });
  }
  const result: Record<string, Record<string, number>> = {};
  cases.forEach(({ chain, size }, j) => {
    result[chain] = { ...result[chain], [size]: Number(median(taken[j] ?? []).toFixed(3)) };
  });
  console.log(JSON.stringify({ unit: 'us_per_decision', runs: RUNS, ...result }));
};

main();
