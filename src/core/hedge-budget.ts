/** Hedges that may follow one another at once after a quiet time. */
const MOST_TOKENS = 20;

/**
 * A token bucket for hedges: every request of a route pays in its share, every hedge takes a whole token. There is no
 * floor, so that hedges are never more than that share of the requests.
 */
export class HedgeBudget {
  #tokens = 0;

  /** A request came. @param share hedges for each request, 0..1. */
  request(share: number): void {
    this.#tokens = Math.min(this.#tokens + share, MOST_TOKENS);
  }

  /** A hedge could be sent. */
  get hasToken(): boolean {
    return this.#tokens >= 1;
  }

  /** A hedge is sent. */
  take(): void {
    this.#tokens -= 1;
  }
}
