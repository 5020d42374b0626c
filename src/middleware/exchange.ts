import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Outcome, Server } from '../core/types.ts';
import { answerSelf } from './answer.ts';
import { Candidates, isIdempotent } from './candidates.ts';
import type { DoorParts, Termination } from './door-parts.ts';
import { BAD_RESPONSE, type Failure, failureOf, HEADER_TIMEOUT } from './failure.ts';
import type { Forwarder } from './forward.ts';
import type { Attempt } from './outgoing.ts';
import type { ExchangeRecord } from './record.ts';
import { type RelayEnd, relayBody } from './relay.ts';
import { ReplayBody } from './replay-body.ts';
import { requestFields } from './request-fields.ts';
import { targetOf } from './request-view.ts';
import { reasonOf, responseFields } from './response-fields.ts';
import type { RetryBudgets } from './retry-budget.ts';
import { serverFields } from './server-fields.ts';

export interface ExchangeParts {
  readonly door: DoorParts;
  readonly forwarder: Forwarder;
  readonly budgets: RetryBudgets;
}

/** How each end of a relay counts: for the board, and for the record. */
const RELAY_ENDS: Readonly<Record<Exclude<RelayEnd, 'done'>, readonly [Outcome, Termination]>> = {
  cut_by_server: [{ kind: 'failed', side: 'server', reason: 'body_cut', unsent: false }, 'server_abort'],
  cut_by_client: [{ kind: 'failed', side: 'client', reason: 'client_abort', unsent: false }, 'client_abort'],
  idle_server: [{ kind: 'failed', side: 'server', reason: 'idle_timeout', unsent: false }, 'idle_timeout'],
  idle_client: [{ kind: 'failed', side: 'client', reason: 'idle_timeout', unsent: false }, 'idle_timeout'],
};

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
    res.once('close', () => this.#clientLeft());
    this.#try(first);
  }

  #try(server: Server): void {
    const { door, forwarder } = this.#parts;
    const { settings, view, requestId } = this.#record;
    const { method } = view;
    this.#record.server = server;
    this.#record.attempts += 1;
    this.#done = door.begin(server);
    const fields = requestFields(this.#req, view, { trusted: settings.trustedProxies, requestId });
    const outgoing = { method, target: targetOf(this.#req).target, fields, careful: !isIdempotent(method) };
    const waitForHead = (): void => this.#waitForHead();
    this.#attempt = forwarder.web(
      outgoing,
      server.url,
      this.#body.stream(),
      settings.timeouts.connect,
      waitForHead,
      {
        answered: (answer) => this.#answered(answer),
        failed: (error) => this.#failed(failureOf(error, this.#attempt?.connected ?? false)),
        informed: (status, link) => this.#inform(status, link),
      },
    );
  }

  /** The server has so long to answer from the connection on, or from the last piece of the body. */
  #waitForHead(): void {
    clearTimeout(this.#headTimer);
    this.#headTimer = setTimeout(() => {
      this.#attempt?.abort();
      this.#failed(HEADER_TIMEOUT);
    }, this.#record.settings.timeouts.responseHeaders);
  }

  #count(total: number): void {
    this.#record.bytesIn = total;
    this.#headTimer?.refresh();
    const limit = this.#record.settings.bodyBytes;
    if (limit === undefined || total <= limit || !this.#open) return;
    this.#attempt?.abort();
    this.#done({ kind: 'failed', side: 'client', reason: 'client_abort', unsent: false });
    this.#giveUp(413, 'the body is too large', 'bad_request');
  }

  #failed(failure: Failure): void {
    if (!this.#open || this.#res.headersSent) return;
    clearTimeout(this.#headTimer);
    const unsent = !(this.#attempt?.connected ?? false);
    this.#done({ kind: 'failed', side: 'server', reason: failure.reason, unsent });
    const next = this.#mayRetry(unsent) ? this.#candidates.next() : undefined;
    if (next && (unsent || this.#takeToken())) this.#try(next);
    else this.#giveUp(failure.status, failure.message, failure.termination);
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
    const { requestId, settings } = this.#record;
    const fields = responseFields(answer, { 'X-Request-Id': requestId, ...serverFields(this.#record) });
    if (!fields) {
      answer.on('error', () => undefined).destroy();
      this.#attempt?.abort();
      this.#failed(BAD_RESPONSE);
      return;
    }
    this.#record.firstByte = this.#record.elapsed;
    this.#record.status = answer.statusCode ?? 502;
    const reason = this.#req.httpVersion === '2.0' ? undefined : reasonOf(answer);
    if (reason === undefined) this.#res.writeHead(this.#record.status, fields);
    else this.#res.writeHead(this.#record.status, reason, fields);
    this.#res.flushHeaders();
    const onBytes = (bytes: number): void => this.#record.countOut(bytes);
    relayBody(answer, this.#res, settings.timeouts.responseIdle, onBytes, (end) => this.#relayed(end));
  }

  #relayed(end: RelayEnd): void {
    if (!this.#open) return;
    this.#open = false;
    const { status, firstByte = 0, elapsed } = this.#record;
    if (end === 'done') {
      this.#done({ kind: 'answered', status, firstByte, total: elapsed });
      this.#record.end('ok');
    } else {
      const [outcome, termination] = RELAY_ENDS[end];
      this.#done(outcome);
      this.#record.end(termination);
      this.#attempt?.abort();
    }
    this.#leaveRest();
  }

  #inform(status: number, link: string | readonly string[] | undefined): void {
    const { httpVersion } = this.#req;
    if (status !== 103 || link === undefined || httpVersion === '1.0' || this.#res.headersSent) return;
    this.#res.writeEarlyHints({ link: typeof link === 'string' ? link : [...link] });
  }

  #giveUp(status: number, reason: string, termination: Termination): void {
    this.#open = false;
    clearTimeout(this.#headTimer);
    const { requestId } = this.#record;
    this.#record.status = status;
    answerSelf(this.#req, this.#res, { status, reason, requestId, close: !this.#req.complete });
    this.#record.end(termination);
    this.#leaveRest();
  }

  #clientLeft(): void {
    if (!this.#open || this.#res.headersSent) return;
    this.#open = false;
    clearTimeout(this.#headTimer);
    const unsent = !(this.#attempt?.connected ?? false);
    this.#attempt?.abort();
    this.#done({ kind: 'failed', side: 'client', reason: 'client_abort', unsent });
    this.#record.end('client_abort');
    this.#leaveRest();
  }

  /** What the client still sends of a body that nobody reads any more is let run out. */
  #leaveRest(): void {
    this.#body.discard();
  }
}
