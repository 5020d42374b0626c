import type { Millis } from '../../core/types.ts';
import type { RecentDecision } from '../views/views.ts';
import type { EndedExchange } from './ended-exchange.ts';

/** How many are kept: at 1,000 requests a second the last ten seconds. */
export const MOST_RECENT = 10_000;

/** The last decisions in so light a form that every one can be kept: nothing is made for a request. */
export class RecentDecisions {
  readonly #at = new Float64Array(MOST_RECENT);
  readonly #durations = new Float64Array(MOST_RECENT);
  readonly #seeds = new Uint32Array(MOST_RECENT);
  readonly #statuses = new Uint16Array(MOST_RECENT);
  // Texts that others hold anyway.
  readonly #routes: string[] = new Array(MOST_RECENT).fill('');
  readonly #pools: string[] = new Array(MOST_RECENT).fill('');
  readonly #chosen: string[] = new Array(MOST_RECENT).fill('');
  #next = 0;
  #made = 0;

  add({ decision, route, status, duration }: EndedExchange): void {
    if (!decision) return;
    const i = this.#next;
    this.#at[i] = decision.now;
    this.#durations[i] = duration;
    this.#seeds[i] = decision.seed;
    this.#statuses[i] = status;
    this.#routes[i] = route ?? '';
    this.#pools[i] = decision.chain.pool.name;
    this.#chosen[i] = decision.chosen?.id ?? '';
    this.#next = i + 1 === MOST_RECENT ? 0 : i + 1;
    this.#made += 1;
  }

  /** Newest first. @param epochOffset is added to monotonic times. */
  newest(count: number, epochOffset: Millis): readonly RecentDecision[] {
    const size = Math.min(count, this.#made, MOST_RECENT);
    return Array.from({ length: size }, (_, back) =>
      this.#view((this.#next - 1 - back + MOST_RECENT) % MOST_RECENT, back, epochOffset),
    );
  }

  #view(i: number, back: number, epochOffset: Millis): RecentDecision {
    return {
      id: String(this.#made - back),
      at: Math.round((this.#at[i] ?? 0) + epochOffset),
      pool: this.#pools[i] ?? '',
      route: this.#routes[i] ?? '',
      seed: this.#seeds[i] ?? 0,
      chosen: this.#chosen[i] || null,
      status: this.#statuses[i] ?? 0,
      durationMs: this.#durations[i] ?? 0,
    };
  }
}
