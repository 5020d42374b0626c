import type { Millis } from '../../core/types.ts';
import { QUANTILES, quantilesOf, ResponseTimes } from '../cells/response-times.ts';

/** What is slow where nobody knows yet what is usual. */
const FIRST_LIMIT: Millis = 1000;
/** Fewer answers have no 99th percentile to speak of. */
const LEAST_ANSWERS = 200;
const LOOK_EVERY: Millis = 5000;
const P99 = QUANTILES.indexOf(0.99);

/** What is slow on one route: more than its own 99th percentile of the last half minute. */
class SlowLimit {
  limit = FIRST_LIMIT;
  readonly #times: ResponseTimes;
  #lookAt: Millis;

  constructor(now: Millis) {
    this.#times = new ResponseTimes(now);
    this.#lookAt = now + LOOK_EVERY;
  }

  isSlow(duration: Millis, now: Millis): boolean {
    if (now >= this.#lookAt) this.#look(now);
    this.#times.record(duration, now);
    return duration > this.limit;
  }

  #look(now: Millis): void {
    this.#lookAt = now + LOOK_EVERY;
    const window = this.#times.take(now);
    let answers = 0;
    for (let i = 1; i < window.length; i += 2) answers += window[i] ?? 0;
    const seconds = quantilesOf(window)[P99];
    this.limit = answers < LEAST_ANSWERS || seconds === undefined ? FIRST_LIMIT : 1000 * seconds;
  }
}

/** More routes than a configuration has by reason; beyond, those of old configurations are forgotten. */
const MOST_ROUTES = 4096;

/** What is slow on each route. */
export class SlowLimits {
  readonly #byRoute = new Map<string, SlowLimit>();

  /** Takes how long an answer on a route took. `now`: when it ended. */
  isSlow(route: string, duration: Millis, now: Millis): boolean {
    const known = this.#byRoute.get(route);
    return (known ?? this.#add(route, now)).isSlow(duration, now);
  }

  #add(route: string, now: Millis): SlowLimit {
    if (this.#byRoute.size >= MOST_ROUTES) this.#byRoute.clear();
    const limit = new SlowLimit(now);
    this.#byRoute.set(route, limit);
    return limit;
  }
}
