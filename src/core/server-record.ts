import { joinStats } from './report.ts';
import type { Millis, Outcome, Server, ServerState, Stats } from './types.ts';

/** Weight of a new sample in a moving mean: 1/8, as for the round-trip time of TCP (RFC 6298, 2.3). */
const SMOOTHING = 1 / 8;

const smooth = (mean: number, sample: number): number =>
  Number.isNaN(mean) ? sample : mean + (sample - mean) * SMOOTHING;

/** What a configuration or a report says a server is. */
export interface ServerSpec {
  readonly id: string;
  readonly url: URL;
  readonly tags: readonly string[];
  /** Speed that beats the reported one. */
  readonly arriba?: number;
}

/** The state that an operator set by hand. */
export interface HandState {
  readonly state: 'drain' | 'maint';
  readonly reason: string;
}

/** What other processes of this proxy have seen of a server. */
export interface Observation {
  /** `unknown` if none of them has tried. */
  readonly state: ServerState;
  readonly forwarded: number;
  readonly failures: number;
  readonly latency: Millis;
  readonly responseTime: Millis;
}

/** The board's own record of a server. Everybody else sees it as a `Server`, read-only. */
export class ServerRecord implements Server {
  readonly pool: string;
  readonly slot: number;
  readonly id: string;
  readonly url: URL;
  /** Named in the configuration; false for one that only an agent announced. */
  configured: boolean;
  tags: ReadonlySet<string>;
  isSelf = false;
  stats: Stats | undefined = undefined;
  arriba: number | undefined;
  heardAt: Millis = Number.NEGATIVE_INFINITY;
  inFlight = 0;
  /** The part of `inFlight` that other processes of this proxy have under way, as they said last. */
  elsewhere = 0;
  inFlightAtReport = 0;
  latency: Millis = Number.NaN;
  /** Moving mean of the whole time of good answers, ms (mod_backhand's tatime). */
  responseTime: Millis = Number.NaN;
  failures = 0;
  forwarded = 0;
  node: string | undefined = undefined;
  hand: HandState | undefined = undefined;
  columns: unknown[] = [];
  #configuredArriba: number | undefined;
  #observed: ServerState | undefined = undefined;
  #unreachable = false;
  #answered = false;

  constructor(pool: string, slot: number, spec: ServerSpec, configured: boolean) {
    this.pool = pool;
    this.slot = slot;
    this.id = spec.id;
    this.url = spec.url;
    this.configured = configured;
    this.tags = new Set(spec.tags);
    this.#configuredArriba = spec.arriba;
    this.arriba = spec.arriba;
  }

  /** Takes tags and speed from a new configuration; everything measured stays. */
  configure(spec: ServerSpec): void {
    this.configured = true;
    this.tags = new Set(spec.tags);
    this.#configuredArriba = spec.arriba;
    this.arriba = spec.arriba ?? this.stats?.arriba;
  }

  hear(node: string, nodeStats: Stats, own: Stats | undefined, now: Millis): void {
    this.take(node, joinStats(nodeStats, own), now);
  }

  /** As `hear`, with the stats of node and server joined before. */
  take(node: string, stats: Stats, now: Millis): void {
    this.node = node;
    this.stats = stats;
    this.arriba = this.#configuredArriba ?? this.stats.arriba;
    this.heardAt = now;
    this.inFlightAtReport = this.inFlight;
  }

  /** Requests under way through this very process. */
  get inFlightHere(): number {
    return this.inFlight - this.elsewhere;
  }

  setElsewhere(count: number): void {
    this.inFlight += count - this.elsewhere;
    this.elsewhere = count;
  }

  begin(): void {
    this.inFlight += 1;
    this.forwarded += 1;
  }

  /** A failure is never a fast answer: only answers below 500 enter the latency. A client that left says nothing. */
  end(outcome: Outcome): void {
    this.inFlight -= 1;
    if (outcome.kind === 'failed') {
      if (outcome.side !== 'server') return;
      this.failures += 1;
      this.#unreachable = outcome.reason.startsWith('connect');
      return;
    }
    this.#answered = true;
    this.#unreachable = false;
    if (outcome.status >= 500) {
      this.failures += 1;
      return;
    }
    this.failures = 0;
    this.latency = smooth(this.latency, outcome.firstByte);
    this.responseTime = smooth(this.responseTime, outcome.total);
  }

  /** Takes what those have seen of it who send requests there, where this process sends none. */
  observe({ state, forwarded, failures, latency, responseTime }: Observation): void {
    this.#observed = state === 'unknown' ? undefined : state;
    this.forwarded = forwarded;
    this.failures = failures;
    this.latency = latency;
    this.responseTime = responseTime;
  }

  /** Hand-set beats what the connection says, which beats what was heard. `ejected` is the functions' business. */
  ownState(now: Millis, silence: Millis): ServerState {
    if (this.hand) return this.hand.state;
    if (this.#observed) return this.#observed;
    if (this.#unreachable) return 'down';
    if (this.#answered || now - this.heardAt <= silence) return 'ready';
    return 'unknown';
  }
}
