import type { Millis } from '../core/types.ts';
import { machineOf, type Scenario } from './scenario.ts';

/** What a server did since its agent last reported. */
export interface Interval {
  readonly seconds: number;
  /** Share of the time of its cores in which they had something to do, 0..1. */
  readonly busy: number;
  /** The same, of the time that antagonists left. */
  readonly used: number;
  readonly answered: number;
  readonly errors: number;
  /** Mean time of a request, ms; that of the interval before if none has ended. */
  readonly serviceTime: Millis;
}

/**
 * One server: limited processor sharing. With n requests on K cores each is worked on at `speed x min(1, K / n)`.
 *
 * The work that a request has got since the server began is the same for all that are there, so each is told at its
 * arrival how much that will be when it is done: the first to be done is the top of a heap (virtual time, as in fair
 * queueing; Demers, Keshav and Shenker, 1989).
 */
export class SimulatedServer {
  readonly index: number;
  readonly cores: number;
  /** Of one core when nothing disturbs it; 1 is the reference. */
  readonly nominal: number;
  /** The part of it that antagonists leave. */
  left = 1;
  /** How much faster a cold server would be when warm: 1 for a warm one. */
  cold = 1;
  isDown = false;
  /** The status that it answers everything with at once; 0 if it works. */
  failsWith = 0;
  lie: 'idle' | 'nonsense' | undefined = undefined;
  /** How often it was started again. */
  starts = 0;
  /** Requests that wait there and take no core. */
  holding = 0;
  answered = 0;
  errors = 0;
  latencies = 0;
  #attained = 0;
  #at: Millis = 0;
  #size = 0;
  #ends = new Float64Array(16);
  #exchanges = new Int32Array(16);
  #busy = 0;
  #used = 0;
  #intervalFrom: Millis = Number.NaN;
  #serviceTime: Millis = 0;

  constructor(index: number, cores: number, nominal: number) {
    this.index = index;
    this.cores = cores;
    this.nominal = nominal;
  }

  /** Requests that are there. */
  get inFlight(): number {
    return this.#size + this.holding;
  }

  /** Speed of one core that work really gets; 1 is the reference. */
  get speed(): number {
    return this.nominal * this.left;
  }

  /** When the next request is done if nothing happens before; Infinity if there is none. */
  get nextEnd(): Millis {
    if (this.#size === 0) return Number.POSITIVE_INFINITY;
    return this.#at + Math.max(0, (this.#ends[0] as number) - this.#attained) / this.#rate;
  }

  /** Works on until now. Call it before anything changes. */
  advance(now: Millis): void {
    const passed = now - this.#at;
    if (passed <= 0) return;
    this.#at = now;
    if (this.#size === 0) return;
    this.#attained += this.#rate * passed;
    const busy = Math.min(this.#size, this.cores) * passed;
    this.#busy += busy;
    this.#used += busy * this.left;
  }

  add(exchange: number, work: Millis, now: Millis): void {
    this.advance(now);
    if (this.#size === 0) this.#attained = 0;
    if (this.#size === this.#ends.length) this.#grow();
    this.#rise(exchange, this.#attained + work, this.#size++);
  }

  /** The request that is done first. There must be one. */
  get first(): number {
    return this.#exchanges[0] as number;
  }

  /** Takes out the request that is done first, which it is now. */
  finish(): void {
    this.#attained = Math.max(this.#attained, this.#ends[0] as number);
    this.#size -= 1;
    if (this.#size > 0) this.#sink(this.#exchanges[this.#size] as number, this.#ends[this.#size] as number);
  }

  /** Loses all that it works on, and says what that was. */
  lose(now: Millis): readonly number[] {
    this.advance(now);
    const lost = [...this.#exchanges.subarray(0, this.#size)];
    this.#size = 0;
    return lost;
  }

  /** What it did since this was last asked. */
  interval(now: Millis, every: Millis): Interval {
    this.advance(now);
    const passed = Number.isNaN(this.#intervalFrom) ? every : now - this.#intervalFrom;
    if (this.answered > 0) this.#serviceTime = this.latencies / this.answered;
    const told: Interval = {
      seconds: passed / 1000,
      busy: Math.min(1, this.#busy / (this.cores * passed)),
      used: this.#used / (this.cores * passed),
      answered: this.answered,
      errors: this.errors,
      serviceTime: this.#serviceTime,
    };
    this.#intervalFrom = now;
    this.#busy = this.#used = this.answered = this.errors = this.latencies = 0;
    return told;
  }

  get #rate(): number {
    const speed = (this.nominal * this.left) / this.cold;
    return this.#size <= this.cores ? speed : (speed * this.cores) / this.#size;
  }

  #grow(): void {
    const ends = new Float64Array(2 * this.#ends.length);
    const exchanges = new Int32Array(ends.length);
    ends.set(this.#ends);
    exchanges.set(this.#exchanges);
    this.#ends = ends;
    this.#exchanges = exchanges;
  }

  #rise(exchange: number, end: number, from: number): void {
    const ends = this.#ends;
    const exchanges = this.#exchanges;
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if ((ends[parent] as number) <= end) break;
      ends[place] = ends[parent] as number;
      exchanges[place] = exchanges[parent] as number;
      place = parent;
    }
    ends[place] = end;
    exchanges[place] = exchange;
  }

  #sink(exchange: number, end: number): void {
    const ends = this.#ends;
    const exchanges = this.#exchanges;
    const size = this.#size;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= size) break;
      if (child + 1 < size && (ends[child + 1] as number) < (ends[child] as number)) child += 1;
      if ((ends[child] as number) >= end) break;
      ends[place] = ends[child] as number;
      exchanges[place] = exchanges[child] as number;
      place = child;
    }
    ends[place] = end;
    exchanges[place] = exchange;
  }
}

/** The servers of a scenario, in the order of the pool. */
export const makeServers = (servers: Scenario['servers']): readonly SimulatedServer[] =>
  Array.from({ length: servers.count }, (_, i) => {
    const { cores, speed } = machineOf(servers, i);
    return new SimulatedServer(i, cores, speed);
  });
