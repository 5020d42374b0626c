import type { Candidacy, ExplainedFunction, Kind } from './candidacy.ts';
import { type ContractCheck, contractCheck } from './contract.ts';
import { correctedRequests } from './estimate.ts';
import { guardedSignal } from './guarded-signal.ts';
import { LinkTimes } from './link-times.ts';
import type { Pool } from './pool.ts';
import { newRun, type Run } from './run-links.ts';
import type { Estimate, Millis, Moment, Redirect, RequestView, Server } from './types.ts';

/** What an emptied list means: ignore the link that emptied it, answer 503, or serve locally. */
export type WhenEmpty = 'undo' | 'refuse' | 'local';
/** What a link that fails does to the list: nothing, empty it, or refuse the request. */
export type OnError = 'pass' | 'empty' | 'fail';
export type FaultKind = 'throw' | 'bad_result' | 'timeout';

/** Rails round a user's function: time, heartbeat, bypass. The core calls them and knows no more. */
export interface Guard {
  readonly bypassed: boolean;
  enter(): void;
  /** Says what was wrong with the time that the call took, if anything; the rails have heard of it. */
  leave(): string | undefined;
  /** `thrown`: what was thrown, if anything, for the place in its stack. */
  fault(kind: FaultKind, message: string, thrown?: unknown): void;
  /** Rails for the same function in a chain that is only tried: its faults there count for nothing here. */
  apart?(): Guard;
}

/** A link as the configuration names it, ready to be made. `options` have been read by the function's own schema. */
export interface LinkSpec {
  readonly name: string;
  readonly candidacy: Candidacy;
  readonly options: unknown;
  /** Present on what a user wrote. */
  readonly guard?: Guard;
  readonly onError?: OnError;
}

export interface Link {
  readonly name: string;
  readonly kind: Kind;
  readonly run: ExplainedFunction;
  readonly emptyIsLocal: boolean;
  readonly emptyIsRefused: boolean;
  readonly guard: Guard | undefined;
  readonly onError: OnError;
  /** What `moment.requests` and `moment.predicted` mean to this link: set by links before it. */
  readonly estimate: Estimate;
  readonly predicted: Estimate;
  /** The link behind this shuffle is a window, and both are done in one partial shuffle. */
  readonly fusedWithNext: boolean;
  /** The last link, when it orders by a score: a decision needs the best only. */
  readonly findsBest: boolean;
  /** The link behind this shuffle or sample finds the best: unless it leaves some out, all that it does is break ties. */
  readonly breaksTies: boolean;
}

/** What a chain keeps from one decision to the next. */
export interface Kept {
  /** The answer of its board-scoped head, or what it begins with: good until the board changes or 20 ms have gone. */
  run: Run;
  version: number;
  at: Millis;
  /** The counts of the last decision, which those with the same share. */
  counts: readonly number[];
}

export interface Chain {
  readonly name: string;
  readonly pool: Pool;
  readonly links: readonly Link[];
  /** How many links at the head depend on the board alone. */
  readonly prefix: number;
  readonly whenEmpty: WhenEmpty;
  readonly moment: ChainMoment;
  readonly check: ContractCheck;
  readonly kept: Kept;
  /** The counts of the decision that is being made. */
  readonly counts: number[];
  /** How long its links took; nothing before somebody hands in a clock. */
  readonly times: LinkTimes;
  /** Keys of the memories on the pool that its functions read. */
  readonly memories: readonly string[];
  readonly onFault: (link: Link, kind: FaultKind, message: string) => void;
}

const none: Estimate = () => 0;

/** The one Moment of a chain, armed anew for every decision so that a decision makes no garbage. */
export class ChainMoment implements Moment {
  request: RequestView;
  now: Millis = 0;
  random: () => number = () => 0;
  proxies = 1;
  estimate: Estimate = correctedRequests;
  prediction: Estimate = none;
  readonly #pool: Pool;
  #deliveries: Map<Server, Redirect> | undefined = undefined;

  constructor(pool: Pool, request: RequestView) {
    this.#pool = pool;
    this.request = request;
  }

  arm(request: RequestView, now: Millis, random: () => number, proxies: number): void {
    this.request = request;
    this.now = now;
    this.random = random;
    this.proxies = proxies;
    this.#deliveries = undefined;
  }

  get self(): Server | undefined {
    return this.#pool.self;
  }

  requests(server: Server): number {
    return this.estimate(server, this);
  }

  predicted(server: Server): number {
    return this.prediction(server, this);
  }

  deliver(server: Server, how: Redirect): void {
    this.#deliveries ??= new Map();
    this.#deliveries.set(server, how);
  }

  deliveryTo(server: Server): Redirect | undefined {
    return this.#deliveries?.get(server);
  }
}

/** A request that says nothing; board-scoped links are run with it. */
export const NO_REQUEST: RequestView = Object.freeze({
  method: 'GET',
  host: '',
  path: '/',
  query: '',
  clientIp: '',
  scheme: 'http',
  header: () => undefined,
  cookie: () => undefined,
});

const headOfBoardLinks = (specs: readonly LinkSpec[]): number => {
  const first = specs.findIndex((spec) => spec.candidacy.scope !== 'board' || spec.guard !== undefined);
  return first === -1 ? specs.length : first;
};

const memoryKey = ({ candidacy, options }: LinkSpec): string =>
  `${candidacy.name} ${JSON.stringify(options) ?? ''}`;

type OnSignalFault = (message: string) => void;

const makeFunction = (spec: LinkSpec, pool: Pool, onSignalFault: OnSignalFault): ExplainedFunction => {
  const { candidacy, options, guard } = spec;
  const signal = candidacy.signal?.(options);
  if (!signal) return candidacy.create(options, () => undefined);
  const railed = guard ? guardedSignal(signal, guard, onSignalFault) : signal;
  return candidacy.create(options, pool.column(memoryKey(spec), railed));
};

type Shape = Pick<Link, 'fusedWithNext' | 'findsBest' | 'breaksTies'>;

/** Whether the last link only has to find the best. */
const endsWithBest = (specs: readonly LinkSpec[], runs: readonly ExplainedFunction[]): boolean => {
  const last = specs.at(-1);
  const isPlain = last !== undefined && !last.guard && headOfBoardLinks(specs) < specs.length;
  return isPlain && last.candidacy.kind === 'order' && runs.at(-1)?.score !== undefined;
};

/** What a link can be spared by where it stands. The board-scoped head is spared nothing: its whole list is kept. */
const shapeOf = (specs: readonly LinkSpec[], runs: readonly ExplainedFunction[], i: number): Shape => {
  const run = runs[i];
  const isPlain = i >= headOfBoardLinks(specs) && !specs[i]?.guard;
  const isShuffle = isPlain && run?.shuffles === true;
  const isSample = isPlain && run?.samples !== undefined;
  return {
    fusedWithNext: isShuffle && runs[i + 1]?.window !== undefined && !specs[i + 1]?.guard,
    findsBest: i === specs.length - 1 && endsWithBest(specs, runs),
    breaksTies: (isShuffle || isSample) && i === specs.length - 2 && endsWithBest(specs, runs),
  };
};

const makeLinks = (specs: readonly LinkSpec[], pool: Pool, onFault: Chain['onFault']): readonly Link[] => {
  const links: Link[] = [];
  const runs = specs.map((spec, i) =>
    makeFunction(spec, pool, (message) => {
      const link = links[i];
      if (link) onFault(link, 'throw', message);
    }),
  );
  let estimate = correctedRequests;
  let predicted = none;
  specs.forEach(({ name, candidacy, guard, onError = 'pass' }, i) => {
    const run = runs[i] as ExplainedFunction;
    const { kind, emptyIsLocal, emptyIsRefused } = candidacy;
    const shape = shapeOf(specs, runs, i);
    const empty = { emptyIsLocal, emptyIsRefused };
    links.push({ name, kind, run, ...empty, guard, onError, estimate, predicted, ...shape });
    estimate = run.estimate ?? estimate;
    predicted = run.predicted ?? predicted;
  });
  return links;
};

/**
 * Makes a chain for one pool: its functions with their options and memories, the estimates that each link sees, the
 * board-scoped head whose answer is kept, and shuffles that the window behind them cuts short.
 */
export const compileChain = (
  name: string,
  specs: readonly LinkSpec[],
  pool: Pool,
  whenEmpty: WhenEmpty,
  onFault: Chain['onFault'] = () => undefined,
): Chain => ({
  name,
  pool,
  links: makeLinks(specs, pool, onFault),
  prefix: headOfBoardLinks(specs),
  whenEmpty,
  moment: new ChainMoment(pool, NO_REQUEST),
  check: contractCheck(pool),
  kept: { run: newRun(specs.length, []), version: -1, at: Number.NaN, counts: [] },
  counts: new Array<number>(2 * specs.length).fill(0),
  times: new LinkTimes(specs.length),
  memories: specs.filter(({ candidacy }) => candidacy.signal).map(memoryKey),
  onFault,
});
