import { isIdempotent } from '../core/candidates.ts';
import type { Termination } from '../core/exchange.ts';
import type { Millis, Outcome } from '../core/types.ts';
import type { RequestHead } from '../http1/request-head.ts';
import { answerFor } from './answer-for.ts';
import { Attempt } from './attempt.ts';
import { Attempts } from './attempts.ts';
import type { ClientConnection } from './client-connection.ts';
import { bodyLimit, FAULT, OVERLONG, type Refusal, STALLED_BODY, whereTo } from './deliver.ts';
import type { EngineContext } from './engine-context.ts';
import { type Failure, HEADER_TIMEOUT } from './failures.ts';
import type { Hedge } from './hedge.ts';
import type { OwnAnswer } from './own-answer.ts';
import { OwnSending } from './own-sending.ts';
import { ExchangeRecord } from './record.ts';
import type { SentRequest } from './sent-request.ts';
import type { BodyTap, EngineSettings, Timeouts } from './settings.ts';
import type { Tunnel } from './tunnel.ts';

/**
 * One request and its answer. Goes: prepareRequest -> decide -> content of the request as it comes -> go, which tries servers
 * down the ranking -> answering -> answered. However it ends, it is told once, and the count of its server goes down.
 */
export class Exchange {
  readonly client: ClientConnection;
  readonly engine: EngineContext;
  readonly settings: EngineSettings;
  readonly record: ExchangeRecord;
  /** What the client wants to switch to; empty for an ordinary request. */
  upgrade = '';
  sent: SentRequest | undefined = undefined;
  tap: BodyTap | undefined = undefined;
  tunnel: Tunnel | undefined = undefined;
  isAnswering = false;
  /** Its server is in this process. */
  isLocal = false;
  /** Name of the route that counts this exchange because it limits them. */
  limitedBy: string | undefined = undefined;
  /** The one that is under way; of two the first, until one of them is answered or fails. */
  attempt = new Attempt(this);
  /** It waits for connections no longer than until then; undefined before it has to. */
  waitEnd: Millis | undefined = undefined;
  /** Where its route hedges. */
  hedge: Hedge | undefined = undefined;
  #attempts: Attempts | undefined = undefined;
  #refusal: Refusal | undefined = undefined;
  /** The answer of our own that is being sent. */
  #own: OwnSending | undefined = undefined;
  #isOpen = true;
  #isGoing = false;

  constructor(client: ClientConnection, settings: EngineSettings) {
    const { engine } = client;
    this.client = client;
    this.engine = engine;
    this.settings = settings;
    this.record = new ExchangeRecord(
      client.connection,
      engine.ids.next(engine.sweep.date),
      engine.parts.now(),
    );
    engine.open += 1;
  }

  /** Those of its route, once that is known. */
  get timeouts(): Pick<Timeouts, 'request' | 'responseHeaders' | 'responseIdle' | 'tunnel'> {
    return this.record.choice?.route.settings.timeouts ?? this.settings.timeouts;
  }

  get attempts(): Attempts {
    this.#attempts ??= new Attempts(this);
    return this.#attempts;
  }

  /** view -> guard -> route -> decision -> what to do. Nothing is sent before `go`. */
  decide(head: RequestHead, bytes: Buffer): void {
    this.#refusal = whereTo(this, head, bytes);
  }

  /** Content of the request, framed as it goes to the server. Uses the bytes only until it returns. */
  content(bytes: Buffer, start: number, end: number): void {
    const { sent } = this;
    if (!sent || this.#refusal || start === end) return;
    this.record.bytesIn += end - start;
    if (this.client.received > bodyLimit(this.record)) {
      this.refuse(OVERLONG.answer, OVERLONG.termination);
      return;
    }
    const { connection, wasSent } = this.attempt;
    if (!wasSent || !connection) {
      sent.keep(bytes, start, end);
      if (this.#isGoing) this.client.pause();
      return;
    }
    const mayRepeat = !this.isAnswering && isIdempotent(this.record.method);
    if (!connection.send(sent.pass(bytes, start, end, mayRepeat))) this.client.pause();
  }

  /** All that came with the head is here: sends it, or answers. */
  go(): void {
    if (!this.#isOpen || this.#own) return;
    this.#isGoing = true;
    const { chosen } = this.record;
    if (this.#refusal) this.refuse(this.#refusal.answer, this.#refusal.termination);
    else if (chosen) {
      this.hedge = this.#hedged();
      this.attempt.begin(chosen);
    }
  }

  /** Answers in place of a server. Once a server's answer has begun, the connection is cut instead. */
  refuse(answer: OwnAnswer, termination: Termination): void {
    if (!this.#isOpen || this.#own) return;
    this.attempt.leave();
    if (this.isAnswering) {
      this.#finish(termination);
      this.client.cut();
      return;
    }
    this.hedge?.end();
    this.isAnswering = true;
    this.#own = new OwnSending(this, answerFor(this, answer), termination);
    this.#freeSent();
    this.#goOnAnswering(this.#own);
  }

  /** A fault of ours: says so to the client, or ends it. */
  faulted(): void {
    if (this.#isOpen) this.refuse(FAULT, 'no_server');
    else this.client.close();
  }

  /** An attempt has failed before an answer began. The connection, if there was one, is closed. */
  failed(attempt: Attempt, failure: Failure, wasReused: boolean): void {
    if (this.#isOpen && !this.isAnswering) this.attempts.failed(attempt, failure, wasReused);
  }

  /** The time for the head of the answer is over. `isStuck`: the server has not even taken what it was sent. */
  headTimedOut(attempt: Attempt, isStuck: boolean): void {
    if (isStuck || this.client.hasWholeRequest) this.failed(attempt, HEADER_TIMEOUT, false);
    else this.refuse(STALLED_BODY, 'bad_request');
  }

  /** The head of the final answer to an attempt is there. */
  answering(status: number, attempt = this.attempt): void {
    const { record } = this;
    this.isAnswering = true;
    record.status = status;
    const now = this.engine.parts.now();
    record.firstByte = now - record.startedAt;
    this.hedge?.answered(attempt, status, now);
    if (this.client.hasWholeRequest) this.#freeSent();
  }

  /** The server's answer is whole, and with the kernel. `atOnce`: its head has only just come. */
  answered(atOnce: boolean): void {
    if (!this.#isOpen) return;
    if (atOnce) this.record.duration = this.record.firstByte ?? 0;
    this.#endWell('ok');
    this.client.answered();
  }

  /** The answer broke off. The client is to see that. */
  cut(outcome: Outcome, termination: Termination): void {
    if (!this.#isOpen) return;
    this.attempt.end(outcome);
    this.#finish(termination);
    this.client.cut();
  }

  /** The tunnel that this exchange became has ended. */
  tunnelEnded(termination: Termination): void {
    if (this.#isOpen) this.#endWell(termination);
  }

  clientLeft(): void {
    if (!this.#isOpen) return;
    if (this.tunnel) {
      this.tunnel.clientLeft();
      return;
    }
    this.attempt.leave();
    this.#finish('client_abort');
  }

  /** The client reads nothing any more. */
  clientStalled(): void {
    if (!this.#isOpen) return;
    this.attempt.leave({ kind: 'failed', side: 'client', reason: 'idle_timeout', unsent: false });
    this.#finish('idle_timeout');
  }

  clientDrained(): void {
    if (this.#own) this.#goOnAnswering(this.#own);
    else if (this.tunnel) this.tunnel.clientDrained();
    else this.attempt.connection?.clientDrained();
  }

  #goOnAnswering(own: OwnSending): void {
    if (!this.#isOpen || !own.goOn()) return;
    this.#finish(own.termination);
    this.client.answered();
  }

  #hedged(): Hedge | undefined {
    const { route } = this.record.choice ?? {};
    if (this.isLocal) return undefined;
    return route?.settings.hedge && this.engine.hedging.request(this, route.name, route.settings.hedge);
  }

  #endWell(termination: Termination): void {
    const { record } = this;
    if (record.duration === 0) record.duration = this.engine.parts.now() - record.startedAt;
    const { status, firstByte = 0, duration } = record;
    const { lateBy } = this.attempt;
    this.attempt.end({ kind: 'answered', status, firstByte: firstByte - lateBy, total: duration - lateBy });
    this.#finish(this.isLocal && termination === 'ok' ? 'local' : termination);
  }

  #freeSent(): void {
    this.record.hideFields(this.settings.keepsFields);
    this.sent?.free(this.attempt.connection?.isWriting ?? false);
    this.sent = undefined;
  }

  #finish(termination: Termination): void {
    const { record, engine } = this;
    this.#isOpen = false;
    record.termination = termination;
    this.hedge?.end();
    if (this.sent) this.#freeSent();
    engine.open -= 1;
    if (this.limitedBy !== undefined) engine.routes.leave(this.limitedBy);
    if (record.duration === 0) record.duration = engine.parts.now() - record.startedAt;
    engine.finished(record);
  }
}
