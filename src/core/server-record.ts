import type { Observation } from './observed.ts';
import { type RecordState, recordStateOf } from './pool-state.ts';
import { joinStats } from './report.ts';
import type { CheckFacts, HandState, HealthState, ServerSpec, ToldState } from './server-spec.ts';
import { handStateOf, toldStateOf } from './server-state.ts';
import { smooth } from './smooth.ts';
import type { Millis, Outcome, Server, ServerState, Stats } from './types.ts';

/** Numbers that came with an answer are laid over a report for so long. */
const IN_BAND_KEPT: Millis = 3000;

/** The board's own record of a server. Everybody else sees it as a `Server`, read-only. */
export class ServerRecord implements Server {
  readonly pool: string;
  readonly slot: number;
  /** Counts the servers that have come into the pool; never used twice. */
  readonly number: number;
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
  isCountFresh = false;
  latency: Millis = Number.NaN;
  /** Moving mean of the whole time of good answers, ms (mod_backhand's tatime). */
  responseTime: Millis = Number.NaN;
  failures = 0;
  forwarded = 0;
  node: string | undefined = undefined;
  weight = 1;
  hand: HandState | undefined = undefined;
  told: ToldState | undefined = undefined;
  /** What checks have found; undefined while none has. */
  health: HealthState | undefined = undefined;
  /** How its checks go; undefined where it is not checked. */
  checks: CheckFacts | undefined = undefined;
  /** Reports that named it and were refused. */
  refused = 0;
  /** When numbers last came with one of its answers; -Infinity if they never did. */
  inBandAt: Millis = Number.NEGATIVE_INFINITY;
  columns: unknown[] = [];
  /** The stats of the last report alone, and when that was heard. */
  reported: Stats | undefined = undefined;
  reportedAt: Millis = Number.NEGATIVE_INFINITY;
  #inBand: Stats | undefined = undefined;
  /** `inFlight` as it was when each of the two came. */
  #inFlightReported = 0;
  #inFlightInBand = 0;
  #configuredArriba: number | undefined;
  #observed: ServerState | undefined = undefined;
  #unreachable = false;
  #answered = false;

  constructor(pool: string, slot: number, spec: ServerSpec, configured: boolean, number = slot) {
    this.pool = pool;
    this.slot = slot;
    this.number = number;
    this.id = spec.id;
    this.url = spec.url;
    this.tags = new Set();
    this.configure(spec);
    this.configured = configured;
  }

  /** A record as it was when it was saved. */
  static restored(pool: string, state: RecordState): ServerRecord {
    const { slot, id, url, tags, configured, number, configuredArriba, open } = state;
    const record = new ServerRecord(pool, slot, { id, url: new URL(url), tags }, configured, number);
    Object.assign(record, open);
    record.#configuredArriba = configuredArriba;
    record.#observed = state.observed;
    record.#unreachable = state.unreachable;
    record.#answered = state.answered;
    record.#inBand = state.inBand;
    record.#inFlightReported = state.inFlightReported;
    record.#inFlightInBand = state.inFlightInBand;
    return record;
  }

  /** All that it holds but memories. It shares the stats, which are frozen. */
  save(): RecordState {
    return recordStateOf(this, {
      configuredArriba: this.#configuredArriba,
      observed: this.#observed,
      unreachable: this.#unreachable,
      answered: this.#answered,
      inBand: this.#inBand,
      inFlightReported: this.#inFlightReported,
      inFlightInBand: this.#inFlightInBand,
    });
  }

  /** What its last answer with numbers said, while that counts. */
  get inBand(): Stats | undefined {
    return this.#inBand;
  }

  /** Gives it these tags and no others. Says whether that changes anything. */
  retag(tags: readonly string[]): boolean {
    const wanted = new Set(tags);
    if (wanted.size === this.tags.size && tags.every((tag) => this.tags.has(tag))) return false;
    this.tags = wanted;
    return true;
  }

  /** Takes tags and speed from a new configuration; everything measured stays. */
  configure(spec: ServerSpec): void {
    this.configured = true;
    this.tags = new Set(spec.tags);
    this.#configuredArriba = spec.arriba;
    this.arriba = spec.arriba ?? this.stats?.arriba;
  }

  /** Takes a report that was made at `heardAt`, on our clock, and came `now`, with the stats of node and server joined. */
  hear(node: string, stats: Stats, heardAt: Millis, now = heardAt): void {
    this.node = node;
    this.reported = stats;
    this.reportedAt = Math.max(this.reportedAt, heardAt);
    this.#inFlightReported = this.inFlight;
    this.#join(now);
  }

  /** Numbers came with an answer (ORCA). For a while they are laid over those of the last report, which are older. */
  hearInBand(stats: Stats, now: Millis): void {
    const isRepeated = this.#inBand === stats && this.inBandAt >= this.reportedAt;
    this.inBandAt = now;
    this.#inFlightInBand = this.inFlight;
    if (isRepeated) {
      this.heardAt = Math.max(this.heardAt, now);
      if (this.isCountFresh) this.inFlightAtReport = this.inFlight;
      return;
    }
    this.#inBand = stats;
    this.#join(now);
  }

  /**
   * Forgets numbers that came with an answer too long ago, and that they were heard: a server that is passed over for
   * what it said once, or for its silence since, would never get the request that lets it say something else.
   */
  lapse(now: Millis): void {
    if (this.#inBand && now - this.inBandAt >= IN_BAND_KEPT) this.#join(now);
  }

  /** Takes new answers to what holds beside the measurements. */
  set(hand: HandState | undefined, told: ToldState | undefined): void {
    const { custom } = this.told ?? {};
    this.hand = hand;
    this.told = told;
    this.weight = (hand?.weight ?? 1) * (told?.weight ?? 1);
    if (custom !== told?.custom) this.#join(Number.NEGATIVE_INFINITY);
  }

  /** Takes what checks have found. Says whether it is back: it was down, and is so no more. */
  setHealth(health: HealthState | undefined): boolean {
    const isBack = this.health?.state === 'down' && health?.state !== 'down';
    this.health = health;
    if (health?.state === 'up') {
      this.#unreachable = false;
      if (this.#observed === 'down') this.#observed = undefined;
    }
    return isBack;
  }

  /** Whether it may get new requests, as far as nobody has to measure for that. */
  get isEligible(): boolean {
    return handStateOf(this) === undefined && toldStateOf(this) === undefined;
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

  /** What the connection says, or what was heard, whatever was set. `ejected` is the functions' business. */
  seenState(now: Millis, silence: Millis): ServerState {
    if (this.#observed) return this.#observed;
    if (this.#unreachable) return 'down';
    if (this.#answered || this.health?.state === 'up' || now - this.heardAt <= silence) return 'ready';
    return 'unknown';
  }

  /** Each count of requests stays with what was under way here when it came. */
  #join(now: Millis): void {
    if (now - this.inBandAt >= IN_BAND_KEPT) this.#inBand = undefined;
    const inBand = this.#inBand;
    this.heardAt = inBand ? Math.max(this.reportedAt, this.inBandAt) : this.reportedAt;
    const heard =
      inBand && this.reported ? this.#newerLast(this.reported, inBand) : (inBand ?? this.reported);
    const custom = this.told?.custom;
    this.stats = custom ? joinStats({ custom }, heard) : heard;
    this.arriba = this.#configuredArriba ?? this.stats?.arriba;
    const isReported = this.reported?.inFlight !== undefined && this.reportedAt > this.inBandAt;
    this.isCountFresh = inBand?.inFlight !== undefined && !isReported;
    this.inFlightAtReport = this.isCountFresh ? this.#inFlightInBand : this.#inFlightReported;
  }

  #newerLast(reported: Stats, inBand: Stats): Stats {
    return this.reportedAt > this.inBandAt ? joinStats(inBand, reported) : joinStats(reported, inBand);
  }
}
