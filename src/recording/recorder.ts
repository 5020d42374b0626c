import type { Chain } from '../core/chain.ts';
import type { Decision } from '../core/decide.ts';
import type { FinishedExchange } from '../core/exchange.ts';
import type { Pool } from '../core/pool.ts';
import type { Run } from '../core/run-links.ts';
import type { Millis, RequestView, Server } from '../core/types.ts';
import { type CheckpointReason, checkpointBytes } from './checkpoint.ts';
import { EventChunks, type TraceSink } from './event-chunks.ts';
import { DECISION_BIT, DELIVERIES, EVENT, NOBODY, OUTCOME_BIT, TERMINATIONS } from './event-kinds.ts';
import { PoolRecorder } from './pool-recorder.ts';

/** What is at work: its chains, their pools, and what is needed to make the chains again. */
export interface RecordedModel {
  readonly chains: readonly Chain[];
  readonly pools: readonly Pool[];
  /** Plain data. */
  readonly setup: unknown;
}

export interface RecorderParts {
  readonly sink: TraceSink;
  /** Monotonic ms, as decisions have it. */
  readonly now: () => Millis;
  readonly wallClock: () => number;
  /** Random for each recording. */
  readonly run: string;
  /** Decisions that other recordings of the process have numbered: their exchanges may end now. */
  readonly numbered?: number;
  /** Names of the header fields and cookies that go with each request. */
  readonly headers: readonly string[];
  readonly cookies: readonly string[];
}

interface Place {
  readonly chain: Chain;
  /** In the lists of the checkpoint. */
  readonly index: number;
  readonly pool: number;
}

/** Decisions that an outcome can count back. */
const NEAR = 0x1_0000;

/**
 * Writes down everything that decisions depend on, and the decisions. It never waits: what comes while too much is to be
 * written is lost and counted, and a checkpoint makes up for it.
 */
export class Recorder {
  readonly #parts: RecorderParts;
  readonly #chunks: EventChunks;
  readonly #places = new Map<Chain, Place>();
  /** Where the chain stands that decided last. */
  #place: Place | undefined = undefined;
  #model: RecordedModel = { chains: [], pools: [], setup: undefined };
  /** The kept head of each chain, as of its last decision. */
  #heads: (Run | undefined)[] = [];
  /** Decisions so far, as signed 32 bits. */
  #decisions = 0;
  #method = '';
  #host = '';
  #path = '';
  #client = '';
  #proxies = 0;

  constructor(parts: RecorderParts) {
    this.#parts = parts;
    this.#chunks = new EventChunks(parts.sink);
    this.#decisions = (parts.numbered ?? 0) | 0;
  }

  /** The number of the last decision. */
  get numbered(): number {
    return this.#decisions >>> 0;
  }

  /** Decisions that no file holds. */
  get lost(): number {
    return this.#chunks.lost;
  }

  /** Records this model from now on. Decisions of chains that are not in it are not recorded. */
  follow(model: RecordedModel, reason: CheckpointReason): void {
    this.#detach();
    this.#model = model;
    for (const [index, chain] of model.chains.entries())
      this.#places.set(chain, { chain, index, pool: model.pools.indexOf(chain.pool) });
    for (const [i, pool] of model.pools.entries()) pool.tap = new PoolRecorder(this.#chunks, i);
    this.#checkpoint(reason);
  }

  /** Begins another file, or goes on after a loss, if that is due. Call it from the event loop alone, every now and then. */
  tend(): void {
    const { sink } = this.#parts;
    const chunks = this.#chunks;
    if (!chunks.isOpen && chunks.isIdle) this.#checkpoint('gap');
    if (!chunks.isOpen || !sink.isFull) return;
    chunks.seal();
    if (!chunks.isOpen) return;
    sink.turn();
    this.#checkpoint('rotation');
  }

  /** Hands over what there is. */
  flush(): void {
    this.#chunks.seal();
  }

  /** Records no more, and hands over what there is. */
  close(): void {
    this.#detach();
    this.#chunks.seal();
  }

  /** Notes a decision that was made just now, and gives it its number. */
  decided(decision: Decision, proxies: number): void {
    const place = this.#placeOf(decision.chain);
    if (place === undefined) return;
    this.#decisions = (this.#decisions + 1) | 0;
    decision.number = this.#decisions;
    const chunks = this.#chunks;
    if (!chunks.start()) {
      chunks.lost += 1;
      return;
    }
    chunks.decisions += 1;
    this.#write(decision, place, proxies);
    chunks.end();
  }

  /** Notes how the exchange of a decision has ended. */
  finished(exchange: FinishedExchange): void {
    const { decision, status, termination, attempts, hedges = 0, duration, firstByte } = exchange;
    const { bytes } = this.#chunks;
    if (!decision || decision.number === 0 || !this.#chunks.start()) return;
    const isGood = termination === 'ok' && attempts === 1 && hedges === 0;
    const isLike = isGood && bytes.isAnswer(status, firstByte, duration);
    const passed = (this.#decisions - decision.number) | 0;
    const isNear = passed >= 0 && passed < NEAR;
    bytes.u8(EVENT.outcome | (isLike ? OUTCOME_BIT.likeAnswer : 0) | (isNear ? 0 : OUTCOME_BIT.far));
    if (isNear) bytes.u16(passed);
    else bytes.u32(decision.number);
    if (!isLike) {
      bytes.u16(TERMINATIONS.indexOf(termination) | (Math.min(255, attempts + hedges) << 8));
      bytes.u16(status);
      bytes.f32(duration);
      bytes.f32(firstByte ?? Number.NaN);
    }
    this.#chunks.end();
  }

  #placeOf(chain: Chain): Place | undefined {
    if (this.#place?.chain !== chain) this.#place = this.#places.get(chain);
    return this.#place;
  }

  #write(decision: Decision, { index, pool }: Place, proxies: number): void {
    const { bytes } = this.#chunks;
    const { chain, request, now, seed, chosen, delivery } = decision;
    const { at } = bytes;
    const isNew = chain.kept.run !== this.#heads[index];
    this.#heads[index] = chain.kept.run;
    const number = chosen ? numberOf(chain, chosen) : NOBODY;
    const isSame = proxies === this.#proxies;
    const bits =
      this.#bitsOf(request) | (isNew ? DECISION_BIT.newHead : 0) | (isSame ? DECISION_BIT.sameProxies : 0);
    bytes.head(EVENT.decision, index, number, now);
    bytes.u32(seed);
    bytes.u16(delivery === 'proxy' ? bits : bits | (DELIVERIES.indexOf(delivery) << 8));
    if (!isSame) bytes.u16(Math.min(65_535, proxies));
    this.#proxies = proxies;
    this.#request(request);
    this.#chunks.noteDecision(at, pool, number);
  }

  #bitsOf({ method, host, path, clientIp, query, scheme }: RequestView): number {
    return (
      (method === this.#method ? DECISION_BIT.sameMethod : 0) |
      (host === this.#host ? DECISION_BIT.sameHost : 0) |
      (path === this.#path ? DECISION_BIT.samePath : 0) |
      (clientIp === this.#client ? DECISION_BIT.sameClient : 0) |
      (query === '' ? DECISION_BIT.noQuery : 0) |
      (scheme === 'https' ? DECISION_BIT.https : 0)
    );
  }

  /** What the bits do not say of it. */
  #request(request: RequestView): void {
    const { bytes } = this.#chunks;
    const { method, host, path, clientIp, query } = request;
    if (method !== this.#method) bytes.late(method);
    if (host !== this.#host) bytes.late(host);
    if (path !== this.#path) bytes.late(path);
    if (clientIp !== this.#client) bytes.late(clientIp);
    if (query !== '') bytes.late(query);
    this.#method = method;
    this.#host = host;
    this.#path = path;
    this.#client = clientIp;
    const { headers, cookies } = this.#parts;
    for (let i = 0; i < headers.length; i++) bytes.late(request.header(headers[i] ?? ''));
    for (let i = 0; i < cookies.length; i++) bytes.late(request.cookie(cookies[i] ?? ''));
  }

  /** What is kept from one decision to the next is void, so that whoever begins here decides alike. */
  #checkpoint(reason: CheckpointReason): void {
    const { run, now, wallClock, headers, cookies } = this.#parts;
    const { chains, pools, setup } = this.#model;
    for (const { kept } of chains) kept.version = -1;
    this.#heads = chains.map(() => undefined);
    this.#method = '';
    this.#host = '';
    this.#path = '';
    this.#client = '';
    this.#proxies = 0;
    const decisions = this.numbered;
    const common = { run, at: wallClock(), now: now(), reason, decisions, lost: this.lost, headers, cookies };
    this.#chunks.begin(checkpointBytes({ ...common, setup }, chains, pools));
  }

  #detach(): void {
    this.#places.clear();
    this.#place = undefined;
    for (const pool of this.#model.pools) pool.tap = undefined;
  }
}

const numberOf = ({ pool }: Chain, { slot }: Server): number => pool.table[slot]?.number ?? NOBODY;
