import {
  addPrediction,
  byAge,
  byLoad,
  byLogWindow,
  byMarginalCost,
  byRandom,
  notEjected,
  sample,
} from '../candidacy/index.ts';
import { Board } from '../src/core/board.ts';
import type { Candidacy } from '../src/core/candidacy.ts';
import { type Chain, compileChain, NO_REQUEST } from '../src/core/chain.ts';
import { decide } from '../src/core/decide.ts';
import { type Random, seededRandom } from '../src/core/random.ts';
import type { ReportSource } from '../src/core/report-source.ts';
import type { Done, Millis, Outcome, Server } from '../src/core/types.ts';

/**
 * What one decision costs, by chain and by size of the pool, with everything on that a proxy has on: steps are read,
 * the virtual clock goes on (so that the kept head of a chain runs out every 20 ms), every server reports once a
 * second, and requests begin and end on the board. The reports and the counting are part of the figure.
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

const CHAINS: Readonly<Record<string, readonly (readonly [Candidacy, unknown])[]>> = {
  textbook: [
    [byAge, '5s'],
    [notEjected, undefined],
    [byRandom, undefined],
    [byLogWindow, undefined],
    [byLoad, undefined],
  ],
  default: [
    [byAge, '5s'],
    [notEjected, undefined],
    [addPrediction, undefined],
    [sample, { least: 8 }],
    [byMarginalCost, undefined],
  ],
};

const readOptions = ({ options, shorthand }: Candidacy, written: unknown): unknown => {
  const isBare = written !== undefined && typeof written !== 'object' && shorthand !== undefined;
  return options?.parse(isBare ? { [shorthand]: written } : (written ?? {}));
};

const compile = (name: string, links: (typeof CHAINS)[string], board: Board): Chain => {
  const specs = links.map(([candidacy, written]) => ({
    name: candidacy.name,
    candidacy,
    options: readOptions(candidacy, written),
  }));
  const pool = board.pool('web');
  if (!pool) throw new TypeError('the board has no pool "web"');
  return compileChain(name, specs, pool, 'undo');
};

const SOURCE: ReportSource = { address: '127.0.0.1', transport: 'memory' };
const ANSWERED: Outcome = { kind: 'answered', status: 200, firstByte: 3, total: 4 };

/** A pool of this size that lives: each call of `live` moves the clock by one decision. */
class Farm {
  readonly board = new Board();
  readonly random: Random = seededRandom(42);
  now: Millis = 0;
  readonly #size: number;
  readonly #ends: Done[] = [];
  #decisions = 0;
  #reports = 0;
  #reportDue: Millis = 0;

  constructor(size: number) {
    this.#size = size;
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
        servers: [{ url: `http://10.0.${i >> 8}.${i & 255}:80`, stats: { inFlight: Math.floor(load) } }],
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

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

interface Case {
  readonly chain: string;
  readonly size: number;
  readonly measure: () => number;
}

const prepare = (): readonly Case[] =>
  Object.entries(CHAINS).flatMap(([name, links]) =>
    SIZES.map((size): Case => {
      const farm = new Farm(size);
      const chain = compile(name, links, farm.board);
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
