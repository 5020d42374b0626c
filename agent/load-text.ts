import type { Millis, Stats } from '../src/core/types.ts';
import type { Requests } from './requests.ts';

/** How often what does not change with every request is looked at. */
const LOOK_EVERY: Millis = 250;
/** Rates are means over about so long. */
const RATES_OVER: Millis = 5000;

/** Three digits do: a text that stays the same costs its reader nothing. */
const short = (value: number): string => String(Number(value.toPrecision(3)));

/** What a load report says of the machine: an entry with a comma before it for each number that is known. */
const machineText = ({ arriba, cpus, cpuIdle }: Stats): string => {
  let text = '';
  if (arriba !== undefined) text += `,named_metrics.arriba=${short(arriba)}`;
  if (cpus !== undefined) text += `,named_metrics.cpus=${short(cpus)}`;
  if (cpuIdle !== undefined) text += `,cpu_utilization=${(1 - cpuIdle).toFixed(2)}`;
  return text;
};

const requestsText = (inFlight: number | undefined, latency: Millis | undefined): string => {
  let text = '';
  if (inFlight !== undefined) text += `,named_metrics.in_flight=${inFlight}`;
  if (latency !== undefined && !Number.isNaN(latency)) text += `,named_metrics.lat=${short(latency)}`;
  return text;
};

const whole = (entries: string): string => (entries === '' ? '' : `TEXT ${entries.slice(1)}`);

/** Stats as the value of `endpoint-load-metrics`; what is not known is left out, and empty is nothing known. */
export const loadTextOf = (stats: Stats): string =>
  whole(requestsText(stats.inFlight, stats.serviceTime) + machineText(stats));

/** How many a second, over the last few seconds. */
class Rate {
  #counted = 0;
  #at: Millis;
  #perSecond = 0;

  constructor(now: Millis) {
    this.#at = now;
  }

  /** Takes how many there were so far. */
  look(counted: number, now: Millis): string {
    const passed = now - this.#at;
    if (passed <= 0) return short(this.#perSecond);
    const weight = 1 - Math.exp(-passed / RATES_OVER);
    this.#perSecond += (((counted - this.#counted) * 1000) / passed - this.#perSecond) * weight;
    this.#counted = counted;
    this.#at = now;
    return short(this.#perSecond);
  }
}

/**
 * Writes what an application says of its load with each answer: requests in flight of this very moment, how long one
 * takes at that number, and what the agent last measured of the machine. Made for every answer, so it is short work.
 */
export class LoadText {
  readonly #requests: Requests;
  readonly #machine: () => Stats;
  readonly #now: () => Millis;
  readonly #ended: Rate;
  readonly #failed: Rate;
  #lookedAt: Millis = Number.NEGATIVE_INFINITY;
  #rest = '';

  constructor(requests: Requests, machine: () => Stats, now: () => Millis) {
    this.#requests = requests;
    this.#machine = machine;
    this.#now = now;
    this.#ended = new Rate(now());
    this.#failed = new Rate(now());
  }

  /** The value of `endpoint-load-metrics` as of now. Says nothing of requests that nobody counts. */
  text(): string {
    const requests = this.#requests;
    const now = this.#now();
    if (now - this.#lookedAt >= LOOK_EVERY) this.#look(now);
    if (!requests.counted) return whole(this.#rest);
    return whole(requestsText(requests.inFlight, requests.latency(now)) + this.#rest);
  }

  #look(now: Millis): void {
    const { ended, failed, counted } = this.#requests;
    this.#lookedAt = now;
    this.#rest = machineText(this.#machine());
    if (!counted) return;
    this.#rest += `,rps_fractional=${this.#ended.look(ended, now)},eps=${this.#failed.look(failed, now)}`;
  }
}
