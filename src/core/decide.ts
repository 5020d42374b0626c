import type { Chain, Kept } from './chain.ts';
import { NO_REQUEST } from './chain.ts';
import type { Random } from './random.ts';
import { rank } from './rank.ts';
import { continuedRun, newRun, type Run, runLinks } from './run-links.ts';
import type { Millis, Redirect, RequestView, Server } from './types.ts';

/** How long the answer of board-scoped links is kept when nothing changes on the board. */
export const PREFIX_LIFE: Millis = 20;

/** What a decision depends on besides the board. */
export interface DecisionContext {
  readonly request: RequestView;
  readonly now: Millis;
  readonly random: Random;
  readonly proxies: number;
}

/** One link's part in a decision. */
export interface Step {
  readonly name: string;
  /** Servers before and after it. */
  readonly before: number;
  readonly after: number;
}

export type Delivery = 'proxy' | 'redirect' | 'local' | 'refused';

/** Nobody was chosen: an empty pool means what the chain says of an emptied list. */
const undelivered = (chain: Chain, run: Run): Delivery => {
  if (run.ended !== undefined) return run.ended;
  return chain.whenEmpty === 'local' ? 'local' : 'refused';
};

const areSame = (a: readonly number[], b: readonly number[]): boolean => {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
};

/** The counts of a run, in a list that stays as it is: that of the decision before, as long as they are the same. */
const sharedCounts = (kept: Kept, counts: readonly number[]): readonly number[] => {
  if (!areSame(kept.counts, counts)) kept.counts = counts.slice();
  return kept.counts;
};

/** The chain's answer. */
export class Decision {
  readonly chain: Chain;
  readonly chosen: Server | undefined;
  readonly delivery: Delivery;
  readonly redirect: Redirect | undefined;
  readonly now: Millis;
  readonly request: RequestView;
  /**
   * Servers before and after each link, in pairs: what `steps` says, at no cost, without what was drained. The same list
   * as of the decision before, if that had the same counts.
   */
  readonly counts: readonly number[];
  /** Somebody keeps it, and is to be told how its request ends. */
  isSampled = false;
  /** Its number in the recording; 0 while nobody records. */
  number = 0;
  /** How long route and chain took, microseconds; undefined while nobody measures that. */
  tookUs: number | undefined = undefined;
  /** The seed as signed 32 bits, which V8 stores without an allocation. */
  readonly #state: number;
  readonly #drained: number;
  readonly #run: Run;
  #ranked: readonly Server[] | undefined = undefined;

  constructor(chain: Chain, run: Run, { now, request }: DecisionContext, seed: number) {
    this.chain = chain;
    this.chosen = run.ended === undefined ? (run.best ?? run.list[0]) : undefined;
    this.redirect = this.chosen && chain.moment.deliveryTo(this.chosen);
    this.delivery = this.redirect ? 'redirect' : this.chosen ? 'proxy' : undelivered(chain, run);
    this.now = now;
    this.request = request;
    this.counts = sharedCounts(chain.kept, run.counts);
    this.#state = seed | 0;
    this.#drained = chain.pool.servers.length - chain.pool.eligible.length;
    this.#run = run;
  }

  /** The state of the generator before the decision: with the same board it decides the same again. */
  get seed(): number {
    return this.#state >>> 0;
  }

  /** One step per link, in order; before them `drained` where a state set by hand took servers out. */
  get steps(): readonly Step[] {
    const { counts } = this;
    const steps = this.chain.links.map((link, i) => ({
      name: link.name,
      before: counts[2 * i] ?? 0,
      after: counts[2 * i + 1] ?? 0,
    }));
    if (this.#drained === 0) return steps;
    const left = counts[0] ?? this.#run.list.length;
    return [{ name: 'drained', before: left + this.#drained, after: left }, ...steps];
  }

  /** Where to try, best first: what is left, then what cuts removed, latest first; never what a filter dropped. */
  get ranked(): readonly Server[] {
    const { chosen, seed, now, request } = this;
    if (!chosen) return [];
    this.#ranked ??= rank(this.chain, this.#run, { chosen, seed, now, request });
    return this.#ranked;
  }
}

/** Whether the kept answer of the board-scoped head still holds. */
export const holdsKept = ({ kept, pool }: Chain, now: Millis): boolean => {
  const age = now - kept.at;
  return kept.version === pool.version && age >= 0 && age < PREFIX_LIFE;
};

const refreshPrefix = (chain: Chain, context: DecisionContext): void => {
  if (holdsKept(chain, context.now)) return;
  const { kept, pool, moment, times } = chain;
  moment.arm(NO_REQUEST, context.now, context.random.next, context.proxies);
  const run = newRun(chain.links.length, pool.eligible);
  if (chain.prefix > 0) times.beginHead();
  runLinks(chain, run, 0, chain.prefix);
  times.end();
  kept.run = run;
  kept.version = pool.version;
  kept.at = context.now;
};

/** Runs a chain over its pool as it is at this moment. Never throws; a pool without servers is refused. */
export const decide = (chain: Chain, context: DecisionContext): Decision => {
  const { request, now, random, proxies } = context;
  refreshPrefix(chain, context);
  const run = continuedRun(chain.kept.run, chain.counts);
  const seed = random.seed();
  chain.moment.arm(request, now, random.next, proxies);
  chain.times.begin();
  runLinks(chain, run, chain.prefix, chain.links.length);
  chain.times.end();
  // A chain that draws nothing must not give every decision the same seed: others draw from it later.
  if (random.seed() === seed) random.next();
  return new Decision(chain, run, context, seed);
};
