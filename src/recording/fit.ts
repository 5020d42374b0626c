import type { Millis } from '../core/types.ts';
import { mean, quantile } from './averages.ts';
import type { Checkpoint } from './checkpoint.ts';
import { type DecisionListener, EventDecoder } from './decode-events.ts';
import { FitPool, type FittedServer, GUESSED_CORES } from './fit-pool.ts';
import { likeliestDistribution } from './fit-work.ts';
import { type Damage, damageText, type TracePart } from './read-trace.ts';
import { RecordedPools } from './recorded-pools.ts';
import { takeFiles } from './take-files.ts';

/** A scenario for the simulator, as plain data in the keys and units of a scenario file. */
export interface FittedScenario {
  readonly scenario: Readonly<Record<string, unknown>>;
  /** What could not be seen or read in the traces, and what stands there instead. */
  readonly notes: readonly string[];
}

/** Fewer say too little of how long work takes. */
const ENOUGH = 100;
/** Less time says nothing of how many requests come. */
const LEAST_SPAN: Millis = 100;
/** Loads as in a scenario. */
const [LEAST_LOAD, MOST_LOAD] = [0.01, 10];

const rounded = (value: number): number => Number(value.toPrecision(3));
const millis = (time: number): string => `${rounded(time)}ms`;

/** One number where all are alike, else the list. */
const alike = (values: readonly number[]): number | readonly number[] =>
  values.every((value) => value === values[0]) ? (values[0] ?? 1) : values;

const median = (values: readonly number[]): number => quantile(values, 0.5);

/** Speeds, 1 is an arriba of 1000: as agents said, else as fast as each answered compared with the others. */
const speedsOf = (servers: readonly FittedServer[], notes: string[]): readonly number[] => {
  if (servers.every(({ arriba }) => arriba !== undefined))
    return servers.map(({ arriba = 1000 }) => rounded(arriba / 1000));
  notes.push('not every server says its speed: speeds are those of answers while servers had little to do');
  const times = servers.map(({ services }) => median(services));
  const usual = median(times.filter((time) => time > 0));
  return times.map((time) => (time > 0 ? rounded(usual / time) : 1));
};

const coresOf = (servers: readonly FittedServer[], notes: string[]): readonly number[] => {
  if (servers.some(({ cores }) => cores === undefined))
    notes.push(`not every server says how many cores it has: ${GUESSED_CORES} is taken where none is said`);
  return servers.map(({ cores = GUESSED_CORES }) => rounded(cores));
};

/** Servers that fail more than they answer stand first: a scenario counts from the first ones. */
const failingFirst = (servers: readonly FittedServer[]): readonly FittedServer[] =>
  servers.toSorted((a, b) => Number(b.isFailing) - Number(a.isFailing));

const fitted = (pool: FitPool, damaged: readonly Damage[]): FittedScenario => {
  const notes = damaged.map(damageText);
  const servers = failingFirst(pool.servers());
  const cores = coresOf(servers, notes);
  const speeds = speedsOf(servers, notes);
  const work = servers.flatMap(({ services }, i) => services.map((time) => time * (speeds[i] ?? 1)));
  if (work.length < ENOUGH)
    notes.push(`only ${work.length} answers came from servers with little to do: the work is a guess`);
  const each = work.length > 0 ? mean(work) : 10;
  const capacity = cores.reduce((sum, count, i) => sum + count * (speeds[i] ?? 1), 0);
  const load = (pool.rate * each) / Math.max(1, capacity);
  if (pool.reportEvery === undefined) notes.push('no agent reported: the reports are the usual ones');
  const failing = servers.filter(({ isFailing }) => isFailing).length;
  return {
    notes,
    scenario: {
      servers: { count: servers.length, cores: alike(cores), speeds: alike(speeds) },
      proxies: pool.proxies,
      load: rounded(Math.min(MOST_LOAD, Math.max(LEAST_LOAD, load))),
      work: { mean: millis(Math.max(0.01, each)), distribution: likeliestDistribution(work) },
      reports: {
        ...(pool.reportEvery === undefined ? {} : { every: millis(pool.reportEvery) }),
        ...(pool.reportDelay === undefined ? {} : { delay: millis(pool.reportDelay) }),
        answers: pool.answers > 0,
      },
      ...(pool.probes > 0 ? { probes: { perRequest: rounded(Math.min(16, pool.probes)) } } : {}),
      ...(failing > 0 ? { failures: [{ kind: 'errors', servers: failing }] } : {}),
    },
  };
};

/** Gathers what the traces of all workers of one proxy say of each pool. */
class Fits {
  readonly pools = new Map<string, FitPool>();
  #decoder: EventDecoder | undefined = undefined;

  readonly take = (part: TracePart): void => {
    if (part.kind === 'events') this.#decoder?.decode(part.bytes);
    else this.#begin(part.checkpoint);
  };

  #begin(checkpoint: Checkpoint): void {
    const pools = new RecordedPools(checkpoint);
    for (const pool of pools.list) {
      const fit = this.pools.get(pool.name) ?? new FitPool();
      this.pools.set(pool.name, fit);
      fit.follow(pool, checkpoint.run);
    }
    const poolOf = (place: number): FitPool | undefined =>
      this.pools.get(checkpoint.chains[place]?.pool ?? '');
    const decisions: DecisionListener = {
      decided: ({ chain, now, proxies }) => poolOf(chain)?.decided(now, proxies),
      finished: () => undefined,
    };
    this.#decoder = new EventDecoder(pools, decisions, checkpoint);
  }
}

/**
 * Makes a scenario of recorded traffic: of the pool of that name, or the one that most decisions were for. Give it the
 * traces of all workers of one proxy. Damage ends a file and is noted. Rejects if a file cannot be read or is no trace, or
 * if they hold too little of the pool.
 */
export const fitScenario = async (files: readonly string[], name?: string): Promise<FittedScenario> => {
  const fits = new Fits();
  const damaged = await takeFiles(files, fits.take);
  const [busiest] = [...fits.pools.values()].toSorted((a, b) => b.decisions - a.decisions);
  const fit = name === undefined ? busiest : fits.pools.get(name);
  if (!fit || fit.decisions === 0 || fit.span < LEAST_SPAN) {
    const whose = name === undefined ? '' : ` of pool "${name}"`;
    throw new Error(`the traces hold too little traffic${whose} to fit a scenario`);
  }
  return fitted(fit, damaged);
};
