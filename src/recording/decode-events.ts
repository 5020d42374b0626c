import type { News } from '../core/board-tap.ts';
import type { Delivery } from '../core/decide.ts';
import type { HandState, HealthState, ServerSpec, ToldState } from '../core/server-spec.ts';
import type { Millis, Outcome, RequestView } from '../core/types.ts';
import type { Checkpoint } from './checkpoint.ts';
import { DECISION_BIT, DELIVERIES, EVENT, HEAD_BIT, KIND_BITS, NOBODY } from './event-kinds.ts';
import {
  type Answer,
  answerIn,
  failureIn,
  inBandIn,
  named,
  newsIn,
  outcomeIn,
  type RecordedInBand,
  type RecordedOutcome,
  specsIn,
  tagsIn,
} from './event-parts.ts';
import { EventReader } from './event-reader.ts';

/** A decision as it was recorded. */
export interface RecordedDecision {
  /** Place of its chain in the checkpoint. */
  readonly chain: number;
  readonly now: Millis;
  readonly seed: number;
  /** Number of the chosen server in its pool; undefined for none. */
  readonly chosen: number | undefined;
  readonly delivery: Delivery;
  readonly proxies: number;
  /** The board-scoped head of the chain was run for it. */
  readonly newHead: boolean;
  readonly request: RequestView;
}

/** Hears what happened to pools. They are meant by their places in the checkpoint, servers by their numbers. */
export interface PoolListener {
  begun(pool: number, server: number, now: Millis): void;
  ended(pool: number, server: number, outcome: Outcome, now: Millis): void;
  heard(pool: number, server: number, news: News, now: Millis): void;
  heardInBand(pool: number, server: number, said: RecordedInBand, now: Millis): void;
  lapsed(pool: number, now: Millis): void;
  elsewhere(pool: number, server: number, count: number): void;
  set(pool: number, server: number, hand: HandState | undefined, told: ToldState | undefined): void;
  checked(pool: number, server: number, now: Millis, health: HealthState | undefined): void;
  retagged(pool: number, server: number, tags: readonly string[]): void;
  announced(pool: number, url: URL, tags: readonly string[], now: Millis): void;
  discovered(pool: number, specs: readonly ServerSpec[], now: Millis): void;
  forgot(pool: number, now: Millis, silence: Millis): void;
}

/** Hears of decisions and of what became of them. */
export interface DecisionListener {
  decided(decision: RecordedDecision): void;
  finished(outcome: RecordedOutcome): void;
}

const cookiesIn = (field: string | undefined, name: string): string | undefined => {
  for (const pair of (field ?? '').split(';')) {
    const equals = pair.indexOf('=');
    if (equals > 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
  }
  return undefined;
};

/** What events mean by numbers. */
export type DecoderFacts = Pick<Checkpoint, 'headers' | 'cookies' | 'decisions'> & {
  readonly chains: readonly { readonly pool: string }[];
  readonly pools: readonly { readonly state: { readonly name: string } }[];
};

const NO_ANSWER: Answer = { kind: 'answered', status: 0, firstByte: Number.NaN, total: Number.NaN };

/** Reads events. It keeps what the decision before said, so one decoder reads all chunks behind a checkpoint. */
export class EventDecoder {
  readonly #pools: PoolListener;
  readonly #decisions: DecisionListener;
  readonly #headers: readonly string[];
  readonly #cookies: readonly string[];
  #method = '';
  #host = '';
  #path = '';
  #client = '';
  #proxies = 0;
  /** The place of the pool of each chain. */
  readonly #poolOf: readonly number[];
  /** Number of the last decision. */
  #decision: number;
  #answer = NO_ANSWER;
  /** Time of the event before. */
  #now: Millis = Number.NaN;

  constructor(pools: PoolListener, listener: DecisionListener, facts: DecoderFacts) {
    this.#pools = pools;
    this.#decisions = listener;
    this.#headers = facts.headers.map((name) => name.toLowerCase());
    this.#cookies = facts.cookies;
    this.#decision = facts.decisions;
    this.#poolOf = facts.chains.map(({ pool }) => facts.pools.findIndex(({ state }) => state.name === pool));
  }

  /** Reads one chunk. Throws a RangeError for bytes that are no events. */
  decode(bytes: Buffer): void {
    const reader = EventReader.of(bytes);
    this.#now = Number.NaN;
    this.#answer = NO_ANSWER;
    while (!reader.isAtEnd) this.#event(reader.u8(), reader);
  }

  #event(first: number, reader: EventReader): void {
    switch (first & KIND_BITS) {
      case EVENT.outcome: {
        const last = { decision: this.#decision, answer: this.#answer };
        this.#decisions.finished(outcomeIn(first, reader, last));
        break;
      }
      case EVENT.decision:
        this.#decided(first, reader);
        break;
      case EVENT.begun:
      case EVENT.answered:
      case EVENT.failed:
      case EVENT.heard:
      case EVENT.heardInBand:
        this.#timedEvent(first, reader);
        break;
      default:
        this.#poolEvent(first, reader);
    }
  }

  /** What stands at the beginning of events about servers. */
  #head(first: number, reader: EventReader): { readonly place: number; readonly server: number } {
    const isWide = (first & HEAD_BIT.wide) !== 0;
    const place = isWide ? reader.u16() : reader.u8();
    const server = isWide ? reader.u32() : reader.u16();
    if (first & HEAD_BIT.fullTime) this.#now = reader.f64();
    else if (!(first & HEAD_BIT.sameTime)) this.#now = reader.half(this.#now);
    return { place, server };
  }

  #timedEvent(first: number, reader: EventReader): void {
    const listener = this.#pools;
    const { place, server } = this.#head(first, reader);
    const now = this.#now;
    switch (first & KIND_BITS) {
      case EVENT.begun:
        listener.begun(place, server, now);
        break;
      case EVENT.answered:
        this.#answer = answerIn(reader);
        listener.ended(place, server, this.#answer, now);
        break;
      case EVENT.failed:
        listener.ended(place, server, failureIn(reader), now);
        break;
      case EVENT.heard:
        listener.heard(place, server, newsIn(reader), now);
        break;
      default:
        listener.heardInBand(place, server, inBandIn(first, reader, now), now);
    }
  }

  #poolEvent(kind: number, reader: EventReader): void {
    const listener = this.#pools;
    const pool = reader.u16();
    switch (kind) {
      case EVENT.lapsed:
        listener.lapsed(pool, reader.f64());
        break;
      case EVENT.forgot:
        listener.forgot(pool, reader.f64(), reader.f64());
        break;
      case EVENT.announced: {
        const now = reader.f64();
        listener.announced(pool, new URL(reader.said()), tagsIn(reader), now);
        break;
      }
      case EVENT.discovered: {
        const now = reader.f64();
        listener.discovered(pool, specsIn(reader), now);
        break;
      }
      default:
        this.#serverEvent(kind, pool, reader);
    }
  }

  #serverEvent(kind: number, pool: number, reader: EventReader): void {
    const listener = this.#pools;
    const server = reader.u32();
    switch (kind) {
      case EVENT.elsewhere:
        listener.elsewhere(pool, server, reader.u32());
        break;
      case EVENT.set: {
        const { hand, told } = reader.value() as { hand?: HandState; told?: ToldState };
        listener.set(pool, server, hand, told);
        break;
      }
      case EVENT.checked:
        listener.checked(pool, server, reader.f64(), reader.value() as HealthState | undefined);
        break;
      case EVENT.retagged:
        listener.retagged(pool, server, tagsIn(reader));
        break;
      default:
        throw new RangeError(`there is no event of kind ${kind}`);
    }
  }

  #decided(first: number, reader: EventReader): void {
    const { place, server } = this.#head(first, reader);
    const now = this.#now;
    this.#decision = (this.#decision + 1) >>> 0;
    const seed = reader.u32();
    const bits = reader.u16();
    const delivery = named(DELIVERIES, bits >> 8);
    if (!(bits & DECISION_BIT.sameProxies)) this.#proxies = reader.u16();
    const chosen = server === NOBODY ? undefined : server;
    const newHead = (bits & DECISION_BIT.newHead) !== 0;
    const request = this.#request(bits, reader);
    const common = { now, seed, chosen, delivery, newHead, request };
    this.#decisions.decided({ ...common, chain: place, proxies: this.#proxies });
    if (first & HEAD_BIT.extra) this.#pools.begun(this.#poolOf[place] ?? -1, server, now);
  }

  #request(bits: number, reader: EventReader): RequestView {
    const isSame = (bit: number): boolean => (bits & bit) !== 0;
    if (!isSame(DECISION_BIT.sameMethod)) this.#method = reader.late() ?? '';
    if (!isSame(DECISION_BIT.sameHost)) this.#host = reader.late() ?? '';
    if (!isSame(DECISION_BIT.samePath)) this.#path = reader.late() ?? '';
    if (!isSame(DECISION_BIT.sameClient)) this.#client = reader.late() ?? '';
    const query = isSame(DECISION_BIT.noQuery) ? '' : (reader.late() ?? '');
    const fields = new Map(this.#headers.map((name) => [name, reader.late()]));
    const cookies = new Map(this.#cookies.map((name) => [name, reader.late()]));
    return {
      method: this.#method,
      host: this.#host,
      path: this.#path,
      query,
      clientIp: this.#client,
      scheme: isSame(DECISION_BIT.https) ? 'https' : 'http',
      header: (name) => fields.get(name.toLowerCase()),
      cookie: (name) => (cookies.has(name) ? cookies.get(name) : cookiesIn(fields.get('cookie'), name)),
    };
  }
}
