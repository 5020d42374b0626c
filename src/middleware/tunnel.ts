import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { Candidates } from '../core/candidates.ts';
import type { Millis, Outcome, Server } from '../core/types.ts';
import { answerOn, answerSelf, FAULT } from './answer.ts';
import type { Termination } from './door-parts.ts';
import type { ExchangeParts } from './exchange.ts';
import { BAD_RESPONSE, type Failure, failureOf, HEADER_TIMEOUT } from './failure.ts';
import { listOf } from './fields.ts';
import { tellLoad } from './load-report.ts';
import type { Attempt } from './outgoing.ts';
import { answerChanges, ruledAnswer } from './own-answer.ts';
import { whenPeerEnds } from './peer-end.ts';
import type { ExchangeRecord } from './record.ts';
import { RELAY_ENDS, relayBody } from './relay.ts';
import { requestFields } from './request-fields.ts';
import { reasonOf, responseFields } from './response-fields.ts';
import { joinEnds } from './tunnel-ends.ts';

const KEPT_BY_SWITCH = new Set(['connection', 'upgrade']);
const NOTHING = Buffer.alloc(0);

/** What the client is told when no server takes its request. */
type GivenUp = Pick<Failure, 'message' | 'termination'> & { readonly status: number };

/** One upgrade: attempts down the ranking until a server says 101, then bytes both ways until one side ends. */
export class Tunnel {
  readonly #parts: ExchangeParts;
  readonly #record: ExchangeRecord;
  readonly #req: IncomingMessage;
  readonly #client: Duplex;
  readonly #candidates: Candidates;
  readonly #unwatch: () => void;
  #head: Buffer;
  #attempt: Attempt | undefined = undefined;
  #done: (outcome: Outcome) => void = () => undefined;
  #timer: NodeJS.Timeout | undefined = undefined;
  #open = true;

  constructor(
    parts: ExchangeParts,
    record: ExchangeRecord,
    req: IncomingMessage,
    client: Duplex,
    head: Buffer,
    first: Server,
  ) {
    this.#parts = parts;
    this.#record = record;
    this.#req = req;
    this.#client = client;
    this.#head = head;
    this.#candidates = new Candidates(first, record.choice?.decision);
    client.once('close', () => this.#closed());
    this.#unwatch = whenPeerEnds(client, () => client.destroy());
    this.#try(first);
  }

  /** An answer has begun, a tunnel or another: what fails from now on is no failed attempt. */
  get #answered(): boolean {
    return this.#record.status !== 0;
  }

  /** Where it goes or would go. */
  get server(): Server | undefined {
    return this.#record.server;
  }

  /** Ends it, whatever is under way. */
  destroy(): void {
    this.#client.destroy();
  }

  /** Ends it when that time has gone. */
  leaveIn(patience: Millis): void {
    const timer = setTimeout(() => this.destroy(), patience);
    this.#client.once('close', () => clearTimeout(timer));
  }

  #try(server: Server): void {
    const { settings, view, requestId, trace, target, requestChanges: changes } = this.#record;
    const { trustedProxies: trusted, timeouts } = settings;
    this.#record.server = server;
    this.#record.attempts += 1;
    this.#done = this.#parts.door.begin(server);
    const more = { trusted, requestId, trace, changes, upgrade: 'websocket' };
    const fields = requestFields(this.#req, view, more);
    const outgoing = { method: 'GET', target, fields, connection: 'fresh' } as const;
    const client = { socket: this.#client, head: this.#head };
    // http-proxy puts it back on the socket; with the next attempt it would be there twice.
    this.#head = NOTHING;
    this.#attempt = this.#parts.forwarder.upgrade(outgoing, server.url, client, timeouts, {
      connected: () => this.#waitForHead(),
      answered: (answer) => this.#refused(answer),
      failed: (error) => this.#failed(failureOf(error, this.#attempt?.connected ?? false)),
      informed: () => undefined,
      switching: (answer) => this.#switching(answer),
      opened: (socket) => this.#run(socket),
    });
  }

  #waitForHead(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#attempt?.abort();
      this.#failed(HEADER_TIMEOUT);
    }, this.#record.settings.timeouts.responseHeaders);
  }

  #failed(failure: Failure): void {
    if (!this.#open || this.#answered) return;
    clearTimeout(this.#timer);
    const unsent = !(this.#attempt?.connected ?? false);
    this.#done({ kind: 'failed', side: 'server', reason: failure.reason, unsent });
    const more = unsent && this.#record.attempts <= this.#record.settings.retry.attempts;
    const next = more ? this.#candidates.next() : undefined;
    if (next) this.#try(next);
    else this.#giveUp(failure);
  }

  #giveUp({ status, message: reason, termination }: GivenUp): void {
    this.#record.status = status;
    const { requestId } = this.#record;
    const res = answerOn(this.#req, this.#client);
    const answer = ruledAnswer({ status, reason, requestId, close: true }, this.#record);
    this.#record.countOut(answerSelf(this.#req, res, answer));
    this.#finish(termination);
  }

  /** The server may switch to what was asked for only, and its other fields are checked like those of any answer. */
  #switching(answer: IncomingMessage): boolean {
    if (!this.#open) return false;
    const asked = listOf(answer.rawHeaders, 'upgrade').join() === 'websocket';
    const fields = responseFields({ statusCode: 200, rawHeaders: answer.rawHeaders }, {});
    if (!asked || !fields) return false;
    const kept = new Set(Object.keys(fields).map((name) => name.toLowerCase()));
    for (const name of Object.keys(answer.headers))
      if (!kept.has(name) && !KEPT_BY_SWITCH.has(name)) delete answer.headers[name];
    answer.headers['x-request-id'] = this.#record.requestId;
    this.#unwatch();
    return true;
  }

  #run(server: Duplex): void {
    this.#record.status = 101;
    this.#record.firstByte = this.#record.elapsed;
    clearTimeout(this.#timer);
    const { tunnel } = this.#record.settings.timeouts;
    const ends = { client: this.#client, server };
    const onBytes = (from: 'client' | 'server', bytes: number): void => {
      if (from === 'client') this.#record.countIn(bytes);
      else this.#record.countOut(bytes);
    };
    joinEnds(ends, tunnel, onBytes, (termination) => this.#ended(termination));
  }

  /** For the board it is an answer, whose time is that of the switch: how long people talk is not the server's pace. */
  #ended(termination: Termination): void {
    const { firstByte = 0 } = this.#record;
    this.#done({ kind: 'answered', status: 101, firstByte, total: firstByte });
    this.#finish(termination);
  }

  /** The server did not switch: its answer goes to the client as it is, and the connection closes behind it. */
  #refused(answer: IncomingMessage): void {
    if (this.#open) tellLoad(this.#parts.door, this.#record.server, answer.rawHeaders);
    const changes = answerChanges(this.#record);
    const more = { 'X-Request-Id': this.#record.requestId };
    const fields = changes === 'faulty' ? undefined : responseFields(answer, more, changes);
    if (!fields || !this.#open) {
      answer.on('error', () => undefined).destroy();
      if (changes === 'faulty' && this.#open) this.#faulted();
      else this.#failed(BAD_RESPONSE);
      return;
    }
    clearTimeout(this.#timer);
    const { statusCode: status = 502 } = answer;
    this.#record.status = status;
    const firstByte = this.#record.elapsed;
    this.#record.firstByte = firstByte;
    const res = answerOn(this.#req, this.#client);
    res.writeHead(status, reasonOf(answer), fields);
    const count = (bytes: number): void => this.#record.countOut(bytes);
    const { responseIdle } = this.#record.settings.timeouts;
    const closed = relayBody(answer, res, responseIdle, count, (end) => {
      const [outcome, termination] = RELAY_ENDS[end];
      this.#done(outcome ?? { kind: 'answered', status, firstByte, total: this.#record.elapsed });
      this.#finish(termination);
    });
    res.once('close', closed);
  }

  /** A rule has failed, which says nothing of the server. */
  #faulted(): void {
    this.#attempt?.abort();
    this.#done({ kind: 'failed', side: 'proxy', reason: 'no_server', unsent: false });
    clearTimeout(this.#timer);
    this.#giveUp({ status: FAULT.status, message: FAULT.reason, termination: 'rule' });
  }

  /** Before anything went to the client. */
  #closed(): void {
    if (!this.#open || this.#answered) return;
    const unsent = !(this.#attempt?.connected ?? false);
    this.#attempt?.abort();
    this.#done({ kind: 'failed', side: 'client', reason: 'client_abort', unsent });
    this.#finish('client_abort');
  }

  #finish(termination: Termination): void {
    this.#open = false;
    clearTimeout(this.#timer);
    this.#record.end(termination);
  }
}
