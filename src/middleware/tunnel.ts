import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Outcome, Server } from '../core/types.ts';
import { answerOnSocket } from './answer.ts';
import { Candidates } from './candidates.ts';
import type { Termination } from './door-parts.ts';
import type { ExchangeParts } from './exchange.ts';
import { BAD_RESPONSE, type Failure, failureOf, HEADER_TIMEOUT } from './failure.ts';
import { listOf } from './fields.ts';
import type { Attempt } from './outgoing.ts';
import type { ExchangeRecord } from './record.ts';
import { requestFields } from './request-fields.ts';
import { targetOf } from './request-view.ts';
import { responseFields } from './response-fields.ts';

const KEPT_BY_SWITCH = new Set(['connection', 'upgrade']);
const CLOSED: Outcome = { kind: 'failed', side: 'client', reason: 'client_abort', unsent: false };

/** One upgrade: attempts down the ranking until a server says 101, then bytes both ways until one side ends. */
export class Tunnel {
  readonly #parts: ExchangeParts;
  readonly #record: ExchangeRecord;
  readonly #req: IncomingMessage;
  readonly #client: Duplex;
  readonly #head: Buffer;
  readonly #candidates: Candidates;
  #attempt: Attempt | undefined = undefined;
  #server: Duplex | undefined = undefined;
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
    this.#try(first);
  }

  /** Ends it now, whatever is under way. */
  destroy(): void {
    this.#client.destroy();
  }

  #try(server: Server): void {
    const { door, forwarder } = this.#parts;
    const { settings, view, requestId } = this.#record;
    this.#record.server = server;
    this.#record.attempts += 1;
    this.#done = door.begin(server);
    const fields = requestFields(this.#req, view, {
      trusted: settings.trustedProxies,
      requestId,
      upgrade: 'websocket',
    });
    const outgoing = { method: 'GET', target: targetOf(this.#req).target, fields, careful: true };
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#attempt?.abort();
      this.#failed(HEADER_TIMEOUT);
    }, settings.timeouts.connect + settings.timeouts.responseHeaders);
    this.#attempt = forwarder.upgrade(
      outgoing,
      server.url,
      this.#client,
      this.#head,
      settings.timeouts.connect,
      {
        answered: (answer) => this.#refused(answer),
        failed: (error) => this.#failed(failureOf(error, this.#attempt?.connected ?? false)),
        informed: () => undefined,
        switching: (answer) => this.#switching(answer),
        opened: (socket) => this.#opened(socket),
      },
    );
  }

  #failed(failure: Failure): void {
    if (!this.#open || this.#server) return;
    const unsent = !(this.#attempt?.connected ?? false);
    this.#done({ kind: 'failed', side: 'server', reason: failure.reason, unsent });
    const more = unsent && this.#record.attempts <= this.#record.settings.retry.attempts;
    const next = more ? this.#candidates.next() : undefined;
    if (next) this.#try(next);
    else this.#giveUp(failure);
  }

  #giveUp({ status, message, termination }: Failure): void {
    this.#open = false;
    clearTimeout(this.#timer);
    this.#record.status = status;
    answerOnSocket(this.#client, { status, reason: message, requestId: this.#record.requestId });
    this.#record.end(termination);
  }

  /** The server may switch to what was asked for only, and its other fields are checked like those of any answer. */
  #switching(answer: IncomingMessage): boolean {
    if (!this.#open) return false;
    const asked = listOf(answer.rawHeaders, 'upgrade').join() === 'websocket';
    const fields = responseFields(Object.assign(Object.create(answer), { statusCode: 200 }), {});
    if (!asked || !fields) {
      this.#failed(BAD_RESPONSE);
      return false;
    }
    const kept = new Set(Object.keys(fields).map((name) => name.toLowerCase()));
    for (const name of Object.keys(answer.headers))
      if (!kept.has(name) && !KEPT_BY_SWITCH.has(name)) delete answer.headers[name];
    answer.headers['x-request-id'] = this.#record.requestId;
    return true;
  }

  #opened(server: Duplex): void {
    this.#server = server;
    this.#record.status = 101;
    this.#record.firstByte = this.#record.elapsed;
    clearTimeout(this.#timer);
    const { tunnel } = this.#record.settings.timeouts;
    this.#timer = setTimeout(() => this.#client.destroy(), tunnel);
    const moved =
      (count: (bytes: number) => void) =>
      (chunk: Buffer): void => {
        this.#timer?.refresh();
        count(chunk.length);
      };
    this.#client.on(
      'data',
      moved((bytes) => this.#record.countIn(bytes)),
    );
    server.on(
      'data',
      moved((bytes) => this.#record.countOut(bytes)),
    );
    server.once('close', () => this.#client.destroy());
    if (!this.#open) server.destroy();
  }

  /** The server did not switch: its answer goes to the client, framed by the end of the connection. */
  #refused(answer: IncomingMessage): void {
    const fields = responseFields(answer, { 'X-Request-Id': this.#record.requestId, Connection: 'close' });
    if (!fields || !this.#open) {
      answer.on('error', () => undefined).destroy();
      this.#failed(BAD_RESPONSE);
      return;
    }
    clearTimeout(this.#timer);
    const { statusCode = 502, statusMessage = '' } = answer;
    this.#record.status = statusCode;
    const lines = Object.entries(fields).flatMap(([name, value]) =>
      (typeof value === 'string' ? [value] : value).map((one) => `${name}: ${one}\r\n`),
    );
    this.#client.write(
      `HTTP/1.1 ${statusCode} ${statusMessage.replace(/[^\t\x20-\x7e]/g, '')}\r\n${lines.join('')}\r\n`,
      'latin1',
    );
    answer.on('error', () => this.#client.destroy());
    answer.on('data', (chunk: Buffer) => this.#record.countOut(chunk.length));
    answer.once('end', () =>
      this.#end(
        {
          kind: 'answered',
          status: statusCode,
          firstByte: this.#record.elapsed,
          total: this.#record.elapsed,
        },
        'ok',
      ),
    );
    answer.once('close', () => void (answer.complete || this.#client.destroy()));
    answer.pipe(this.#client);
  }

  #closed(): void {
    clearTimeout(this.#timer);
    const opened = this.#server !== undefined;
    const { elapsed, firstByte = elapsed } = this.#record;
    const outcome: Outcome = opened ? { kind: 'answered', status: 101, firstByte, total: elapsed } : CLOSED;
    this.#attempt?.abort();
    this.#server?.destroy();
    this.#end(outcome, opened ? 'ok' : 'client_abort');
  }

  #end(outcome: Outcome, termination: Termination): void {
    this.#open = false;
    this.#done(outcome);
    this.#record.end(termination);
  }
}
