import type { Refusal } from './report.ts';
import type { Stats } from './types.ts';

/** Most metrics of one report that are read; a report with more is refused. */
const MAX_METRICS = 64;
/** Names and numbers of the application's own, as in the report of an agent. */
const NAME = /^[\w.:@/-]{1,128}$/;
const MAX_CUSTOM = 1e15;

const idleOf = (used: number): number => Math.max(0, 1 - used);

/** What becomes of the metrics of a load report; the names of a group end in a dot, and get `as` before them. */
const PLACES = [
  { from: 'cpu_utilization', to: 'cpuIdle', as: '' },
  { from: 'mem_utilization', to: 'custom', as: 'mem_utilization' },
  { from: 'application_utilization', to: 'custom', as: 'application_utilization' },
  { from: 'rps_fractional', to: 'custom', as: 'rps_fractional' },
  { from: 'eps', to: 'custom', as: 'eps' },
  { from: 'utilization.', to: 'custom', as: 'utilization.' },
  { from: 'request_cost.', to: 'custom', as: 'request_cost.' },
  { from: 'named_metrics.', to: 'custom', as: '' },
] as const;

/**
 * What is read out of `named_metrics` besides: the sum of the first of these lists that has something, within the range
 * of an agent's report. The first four are what servers that speak Prequal call their requests in flight; the last two
 * are vLLM's, which mostly says how many wait alone, so that the sum is the least that it can be. Times are in ms.
 */
const ALSO = [
  {
    to: 'inFlight',
    most: 1e7,
    from: [
      ['in_flight'],
      ['inflight'],
      ['rif'],
      ['requests_in_flight'],
      ['num_requests_running', 'num_requests_waiting'],
    ],
  },
  { to: 'serviceTime', most: 86_400_000, from: [['lat'], ['latency_ms']] },
  // What our own agent library says of its machine.
  { to: 'arriba', least: 1, most: 1e6, from: [['arriba']] },
  { to: 'cpus', least: 0.001, most: 65_536, from: [['cpus']] },
] as const;

/** The same, with whole names: putting them together for every report takes longer than all the rest. */
const SUMS = ALSO.map(({ from, ...rest }) => ({
  least: 0,
  ...rest,
  lists: from.map((names) => names.map((name) => `named_metrics.${name}`)),
}));

type Place = (typeof PLACES)[number];

const isGroup = ({ from }: Place): boolean => from.endsWith('.');
const GROUPS = PLACES.filter(isGroup);
const SINGLE: ReadonlyMap<string, Place> = new Map(PLACES.map((place) => [place.from, place]));

const placeOf = (name: string): Place | undefined => {
  for (const group of GROUPS) if (name.startsWith(group.from)) return group;
  return SINGLE.get(name);
};

/** What becomes of one metric. `custom`: its name there; undefined where it can have none. */
interface Meaning {
  readonly to: Place['to'];
  readonly custom: string | undefined;
}

const meaningOf = (name: string): Meaning | undefined => {
  const place = placeOf(name);
  if (!place) return undefined;
  const custom = place.as + name.slice(place.from.length);
  // Objects take `__proto__` for something else.
  return { to: place.to, custom: NAME.test(custom) && custom !== '__proto__' ? custom : undefined };
};

/** Servers say the same names with every answer, and finding out what they mean is half of the work. */
const MOST_MEANINGS = 256;
const meanings = new Map<string, Meaning>();

const knownMeaning = (name: string): Meaning | undefined => {
  const known = meanings.get(name);
  if (known) return known;
  const meaning = meaningOf(name);
  if (!meaning) return undefined;
  if (meanings.size >= MOST_MEANINGS) meanings.clear();
  meanings.set(name, meaning);
  return meaning;
};

/** A name for a message: what a stranger has sent, cut short. */
const shown = (name: string): string => JSON.stringify(name.slice(0, 60));

const tooHigh = (name: string, most: number): Refusal => ({
  code: 'number',
  message: `${shown(name)} is higher than ${most}`,
});

const tooLow = (name: string, least: number): Refusal => ({
  code: 'number',
  message: `${shown(name)} is lower than ${least}`,
});

const malformed = (message: string): Refusal => ({ code: 'malformed', message });

/** Collects the metrics of one load report, by the names of its text form: those of a map behind its name and a dot. */
export class OrcaMetrics {
  readonly #values = new Map<string, number>();
  readonly #custom: Record<string, number> = {};
  #hasCustom = false;
  #cpuIdle: number | undefined = undefined;

  /** Whether anything becomes of the metric. What is not known need not be read. */
  knows(name: string): boolean {
    return knownMeaning(name) !== undefined;
  }

  /** Whether the metric has come. */
  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** Takes a metric; one that comes again replaces what it said before, and one that is not known goes nowhere. */
  put(name: string, given: number): Refusal | undefined {
    if (!Number.isFinite(given) || given < 0) return malformed(`${shown(name)} is not a number from 0`);
    if (given > MAX_CUSTOM) return tooHigh(name, MAX_CUSTOM);
    const meaning = knownMeaning(name);
    if (!meaning) return undefined;
    // Adding 0 makes 0 of -0.
    const value = given + 0;
    this.#values.set(name, value);
    if (this.#values.size > MAX_METRICS) return malformed(`more than ${MAX_METRICS} metrics`);
    if (meaning.to === 'custom') return this.#putCustom(meaning.custom, name, value);
    this.#cpuIdle = idleOf(value);
    return undefined;
  }

  /** What has come, as stats within their ranges. */
  stats(): Stats | Refusal {
    const stats: { -readonly [Name in keyof Stats]: Stats[Name] } = {};
    if (this.#cpuIdle !== undefined) stats.cpuIdle = this.#cpuIdle;
    for (const { to, least, most, lists } of SUMS) {
      const value = this.#sumOfFirst(lists);
      if (value === undefined) continue;
      if (value > most) return tooHigh(to, most);
      if (value < least) return tooLow(to, least);
      stats[to] = value;
    }
    if (this.#hasCustom) stats.custom = Object.freeze(this.#custom);
    return Object.freeze(stats);
  }

  #putCustom(custom: string | undefined, name: string, value: number): Refusal | undefined {
    if (custom === undefined) return malformed(`${shown(name)} is no name of a metric`);
    this.#custom[custom] = value;
    this.#hasCustom = true;
    return undefined;
  }

  #sumOfFirst(lists: readonly (readonly string[])[]): number | undefined {
    for (const names of lists) {
      let sum: number | undefined;
      for (const name of names) {
        const value = this.#values.get(name);
        if (value !== undefined) sum = (sum ?? 0) + value;
      }
      if (sum !== undefined) return sum;
    }
    return undefined;
  }
}
