import type { IncomingMessage, ServerResponse } from 'node:http';
import { Candidates, isIdempotent } from '../core/candidates.ts';
import type { RetryBudgets } from '../core/retry-budget.ts';
import type { Outcome, Server } from '../core/types.ts';
import { answerSelf, closeBehind, FAULT } from './answer.ts';
import { whenClosed } from './departure.ts';
import type { DoorParts, Termination } from './door-parts.ts';
import { sendEarlyHints } from './early-hints.ts';
import { BAD_RESPONSE, type Failure, failureOf, HEADER_TIMEOUT, RESET } from './failure.ts';
import type { Forwarder } from './forward.ts';
import { tellLoad } from './load-report.ts';
import type { Attempt, Connection } from './outgoing.ts';
import { answerChanges, ruledAnswer } from './own-answer.ts';
import type { ExchangeRecord } from './record.ts';
import { RELAY_ENDS, type RelayEnd, relayBody } from './relay.ts';
import { ReplayBody } from './replay-body.ts';
import { requestFields } from './request-fields.ts';
import { reasonOf, responseFields } from './response-fields.ts';
import { serverFields } from './server-fields.ts';

export interface ExchangeParts {
  readonly door: DoorParts;
  readonly forwarder: Forwarder;
  readonly budgets: RetryBudgets;
}

const BY_CLIENT = { kind: 'failed', side: 'client', reason: 'client_abort', unsent: false } as const;

/** One request that goes to a server: attempts down the ranking, then the answer back to the client. */
export class Exchange {
  readonly #parts: ExchangeParts;
  readonly #record: ExchangeRecord;
  readonly #req: IncomingMessage;
  readonly #res: ServerResponse;
  readonly #body: ReplayBody;
  readonly #candidates: Candidates;
  #attempt: Attempt | undefined = undefined;
  #done: (outcome: Outcome) => void = () => undefined;
  #headTimer: NodeJS.Timeout | undefined = undefined;
  /** Tells the relay of the answer that the client's connection has closed. */
  #relayClosed: (() => void) | undefined = undefined;
  #repeated = false;
  #open = true;

  constructor(
    parts: ExchangeParts,
    record: ExchangeRecord,
    req: IncomingMessage,
    res: ServerResponse,
    first: Server,
  ) {
    this.#parts = parts;
    this.#record = record;
    this.#req = req;
    this.#res = res;
    this.#body = new ReplayBody(req, (total) => this.#count(total));
    this.#candidates = new Candidates(first, record.choice?.decision);
    whenClosed(req, res, () => this.#clientLeft());
    this.#try(first);
  }

  #try(server: Server): void {
    this.#record.server = server;
    this.#record.attempts += 1;
    this.#done = this.#parts.door.begin(server);
    this.#send(server, isIdempotent(this.#record.view.method) ? 'any' : 'fresh');
  }

  #send(server: Server, connection: Connection): void {
    const { settings, view, requestId, trace, target, requestChanges: changes } = this.#record;
    const { trustedProxies: trusted } = settings;
    const fields = requestFields(this.#req, view, { trusted, requestId, trace, changes });
    const outgoing = { method: view.method, target, fields, connection };
    const body = this.#body.stream();
    this.#attempt = this.#parts.forwarder.web(outgoing, server.url, body, settings.timeouts, {
      connected: () => this.#waitForHead(),
      answered: (answer) => this.#answered(answer),
      failed: (error) => this.#failed(failureOf(error, this.#attempt?.connected ?? false)),
      informed: (status, raw) => sendEarlyHints(this.#res, status, raw),
    });
  }

  /** The server has so long to answer from the connection on, or from the last piece of the body. */
  #waitForHead(): void {
    clearTimeout(this.#headTimer);
    this.#headTimer = setTimeout(() => {
      this.#attempt?.abort();
      if (this.#body.waitsForClient) this.#refuse(408, 'the rest of the body did not come in time');
      else this.#failed(HEADER_TIMEOUT);
    }, this.#record.settings.timeouts.responseHeaders);
  }

  #count(total: number): void {
    if (!this.#open) return;
    this.#record.bytesIn = total;
    this.#headTimer?.refresh();
    const limit = this.#record.settings.bodyBytes;
    if (limit === undefined || total <= limit) return;
    this.#attempt?.abort();
    // With an answer under way that abort is seen by its relay, as a cut by the server.
    if (!this.#res.headersSent) this.#refuse(413, 'the body is too large');
  }

  /** The client's fault, or ours: says nothing about the server. */
  #refuse(status: number, reason: string, termination: Termination = 'bad_request'): void {
    this.#done(BY_CLIENT);
    this.#giveUp(status, reason, termination);
  }

  #failed(failure: Failure): void {
    if (!this.#open || this.#res.headersSent) return;
    clearTimeout(this.#headTimer);
    if (this.#repeat(failure)) return;
    const unsent = !(this.#attempt?.connected ?? false);
    this.#done({ kind: 'failed', side: 'server', reason: failure.reason, unsent });
    const next = failure !== HEADER_TIMEOUT && this.#mayRetry(unsent) ? this.#candidates.next() : undefined;
    if (next && (unsent || this.#takeToken())) this.#try(next);
    else this.#giveUp(failure.status, failure.message, failure.termination);
  }

  /**
   * A server may close a kept connection at any moment, and a request that meets this has most likely not been read:
   * once, it goes to the same server on a new connection (RFC 9112, 9.3.1). This says nothing about the server.
   */
  #repeat(failure: Failure): boolean {
    const { server, view } = this.#record;
    const isStale = failure === RESET && this.#attempt?.reused === true && !this.#repeated;
    if (!isStale || !server || !isIdempotent(view.method) || !this.#body.replayable) return false;
    this.#repeated = true;
    this.#send(server, 'new');
    return true;
  }

  /** Unsent is always safe; otherwise the method must be idempotent and the body still at hand. */
  #mayRetry(unsent: boolean): boolean {
    const { attempts, settings, view } = this.#record;
    if (attempts > settings.retry.attempts || !this.#body.replayable) return false;
    return unsent || isIdempotent(view.method);
  }

  #takeToken(): boolean {
    const { door, budgets } = this.#parts;
    const pool = this.#record.server?.pool ?? '';
    return budgets.of(pool, door.now()).take(door.now());
  }

  #answered(answer: IncomingMessage): void {
    if (!this.#open) {
      answer.destroy();
      return;
    }
    clearTimeout(this.#headTimer);
    const { requestId, settings, server } = this.#record;
    tellLoad(this.#parts.door, server, answer.rawHeaders);
    // The upload may never end: its connection closes behind the answer. Streams of HTTP/2 end one by one.
    const isEarly = !this.#req.complete && this.#req.httpVersion !== '2.0';
    const changes = answerChanges(this.#record);
    const more = {
      'X-Request-Id': requestId,
      ...serverFields(this.#record),
      ...this.#record.decisionFields,
      ...this.#record.cookieFields,
      ...(isEarly ? { Connection: 'close' } : {}),
    };
    const fields = changes === 'faulty' ? undefined : responseFields(answer, more, changes);
    if (!fields) {
      answer.on('error', () => undefined).destroy();
      this.#attempt?.abort();
      if (changes === 'faulty') this.#refuse(FAULT.status, FAULT.reason, 'rule');
      else this.#failed(BAD_RESPONSE);
      return;
    }
    this.#record.firstByte = this.#record.elapsed;
    this.#record.status = answer.statusCode ?? 502;
    const reason = this.#req.httpVersion === '2.0' ? undefined : reasonOf(answer);
    if (reason === undefined) this.#res.writeHead(this.#record.status, fields);
    else this.#res.writeHead(this.#record.status, reason, fields);
    if (isEarly) closeBehind(this.#req.socket);
    setImmediate(() => this.#flushHead());
    const onBytes = (bytes: number): void => this.#record.countOut(bytes);
    const { responseIdle } = settings.timeouts;
    this.#relayClosed = relayBody(answer, this.#res, responseIdle, onBytes, (end) => this.#relayed(end));
  }

  /** The head goes out with the first piece of the body; alone if none has come by the next turn of the loop. */
  #flushHead(): void {
    if (this.#record.bytesOut === 0 && !this.#res.writableEnded && !this.#res.destroyed)
      this.#res.flushHeaders();
  }

  #relayed(end: RelayEnd): void {
    if (!this.#open) return;
    this.#open = false;
    const { status, firstByte = 0, elapsed } = this.#record;
    const [outcome, termination] = RELAY_ENDS[end];
    this.#done(outcome ?? { kind: 'answered', status, firstByte, total: elapsed });
    this.#record.end(termination);
    if (end === 'done') this.#attempt?.release();
    else this.#attempt?.abort();
    this.#leaveRest();
  }

  #giveUp(status: number, reason: string, termination: Termination): void {
    this.#open = false;
    clearTimeout(this.#headTimer);
    const { requestId } = this.#record;
    this.#record.status = status;
    const answer = { status, reason, requestId, close: !this.#req.complete };
    this.#record.countOut(answerSelf(this.#req, this.#res, ruledAnswer(answer, this.#record)));
    this.#record.end(termination);
    this.#leaveRest();
  }

  #clientLeft(): void {
    if (this.#relayClosed) this.#relayClosed();
    if (!this.#open) return;
    this.#open = false;
    clearTimeout(this.#headTimer);
    const unsent = !(this.#attempt?.connected ?? false);
    this.#attempt?.abort();
    this.#done({ ...BY_CLIENT, unsent });
    this.#record.end('client_abort');
    this.#leaveRest();
  }

  /** What the client still sends of a body that nobody reads any more is let run out. */
  #leaveRest(): void {
    this.#body.discard();
  }
}
