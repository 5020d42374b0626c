import type { Chain } from '../core/chain.ts';
import { decide } from '../core/decide.ts';
import { type Random, seededRandom } from '../core/random.ts';
import type { Millis, Server } from '../core/types.ts';
import type { RecordedDecision } from './decode-events.ts';
import type { RecordedOutcome } from './event-parts.ts';

/** What is estimated of one chain. */
export interface EffectFigures {
  /** Of answers, ms. */
  readonly mean: Millis;
  readonly p99: Millis;
  /** Share of exchanges that failed, 0..1. */
  readonly failures: number;
}

/** What another chain would have done to response times, as far as the recorded choices tell. */
export interface EffectView {
  /** Decisions that were drawn again. */
  readonly samples: number;
  /** As many independent ones would say as much: few of them say nothing. */
  readonly effectiveSamples: number;
  /** Part of what the other chain picks that the recorded one may pick too, 0..1. */
  readonly overlap: number;
  readonly before: EffectFigures;
  readonly after: EffectFigures;
}

interface Draw {
  /** Probability of the new pick over that of the recorded one. */
  readonly weight: number;
  readonly overlap: number;
  outcome: RecordedOutcome | undefined;
}

interface Sampled {
  readonly run: string;
  /** Which decision of its run. */
  readonly number: number;
  readonly recorded: Chain;
  readonly tried: Chain;
  readonly decision: RecordedDecision;
  readonly chosen: Server;
}

/** Each decision of the sample is drawn so often with each chain. */
const DRAWS = 64;
/** Most decisions of the sample; then every second one is dropped, and half as many are taken from then on. */
export const MOST_SAMPLES = 8192;
/** Distance of the seeds that are drawn with: the golden ratio of 32 bits. */
const STEP = 0x9e3779b9;

const isFailure = ({ status, termination }: RecordedOutcome): boolean =>
  status >= 500 || (termination !== 'ok' && termination !== 'client_abort');

/** The value below which this part of all weight lies. */
const quantile = (values: readonly (readonly [value: number, weight: number])[], part: number): number => {
  const sorted = values.toSorted(([a], [b]) => a - b);
  const total = sorted.reduce((sum, [, weight]) => sum + weight, 0);
  let sum = 0;
  for (const [value, weight] of sorted) {
    sum += weight;
    if (sum >= part * total) return value;
  }
  return Number.NaN;
};

const figuresOf = (draws: readonly (readonly [RecordedOutcome, weight: number])[]): EffectFigures => {
  const total = draws.reduce((sum, [, weight]) => sum + weight, 0);
  const failed = draws.reduce((sum, [outcome, weight]) => sum + (isFailure(outcome) ? weight : 0), 0);
  const answers = draws
    .filter(([outcome]) => !isFailure(outcome))
    .map(([{ duration }, weight]) => [duration, weight] as const);
  const answered = answers.reduce((sum, [, weight]) => sum + weight, 0);
  const spent = answers.reduce((sum, [duration, weight]) => sum + duration * weight, 0);
  return { mean: spent / answered, p99: quantile(answers, 0.99), failures: failed / total };
};

/**
 * Estimates what another chain would have done by weighting recorded outcomes: each counts as much more as the other
 * chain would have made the recorded choice more likely. Both probabilities are found by drawing the same decision again
 * with other seeds on the same board.
 * Source: self-normalised importance sampling (Owen, Monte Carlo theory, 9.2) with Kish's effective sample size.
 */
export class Effect {
  readonly #random: Random = seededRandom(0);
  #draws: Draw[] = [];
  #open = new Map<string, Draw>();
  #every = 1;

  /** Whether this decision is one of the sample. */
  isDue(decision: number): boolean {
    return decision % this.#every === 0;
  }

  /** Draws a decision again, at its moment. */
  sample({ run, number, recorded, tried, decision, chosen }: Sampled): void {
    const before = this.#picks(recorded, decision);
    const after = this.#picks(tried, decision);
    // The recorded choice is one more draw of its chain, so its probability is never 0.
    const old = ((before.get(chosen) ?? 0) + 1) / (DRAWS + 1);
    let overlap = 0;
    for (const [server, count] of after) if (server === chosen || before.has(server)) overlap += count;
    const weight = (after.get(chosen) ?? 0) / DRAWS / old;
    const draw: Draw = { weight, overlap: overlap / DRAWS, outcome: undefined };
    this.#draws.push(draw);
    this.#open.set(`${run} ${number}`, draw);
    if (this.#draws.length >= MOST_SAMPLES) this.#thin();
  }

  /** Takes how the exchange of a decision ended. One with retries says nothing of the server that was chosen first. */
  finished(run: string, outcome: RecordedOutcome): void {
    const key = `${run} ${outcome.decision}`;
    const draw = this.#open.get(key);
    this.#open.delete(key);
    if (draw && outcome.attempts === 1 && outcome.termination !== 'client_abort') draw.outcome = outcome;
  }

  view(): EffectView {
    const ended = this.#draws.flatMap(({ outcome, weight, overlap }) =>
      outcome ? [{ outcome, weight, overlap }] : [],
    );
    const sum = ended.reduce((all, { weight }) => all + weight, 0);
    const squares = ended.reduce((all, { weight }) => all + weight ** 2, 0);
    return {
      samples: ended.length,
      effectiveSamples: squares === 0 ? 0 : sum ** 2 / squares,
      overlap: ended.reduce((all, { overlap }) => all + overlap, 0) / Math.max(1, ended.length),
      before: figuresOf(ended.map(({ outcome }) => [outcome, 1])),
      after: figuresOf(ended.map(({ outcome, weight }) => [outcome, weight])),
    };
  }

  #thin(): void {
    this.#every *= 2;
    this.#draws = this.#draws.filter((_, i) => i % 2 === 1);
    const kept = new Set(this.#draws);
    this.#open = new Map([...this.#open].filter(([, draw]) => kept.has(draw)));
  }

  /** How often each server is picked. */
  #picks(chain: Chain, { request, now, seed, proxies }: RecordedDecision): Map<Server, number> {
    const picks = new Map<Server, number>();
    for (let i = 1; i <= DRAWS; i++) {
      this.#random.reseed(seed + i * STEP);
      const { chosen } = decide(chain, { request, now, proxies, random: this.#random });
      if (chosen) picks.set(chosen, (picks.get(chosen) ?? 0) + 1);
    }
    return picks;
  }
}
