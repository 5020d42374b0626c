import type { Choice } from '../core/choose.ts';
import type { Decision } from '../core/decide.ts';
import type { FinishedExchange, Termination } from '../core/exchange.ts';
import type { Route } from '../core/route.ts';
import { type ExchangeTrace, parseTraceparent } from '../core/trace-context.ts';
import type { FailureReason, Millis, RequestView, Server } from '../core/types.ts';
import { findFieldValues } from '../http1/find-field.ts';
import type { Connection } from '../transport/connection.ts';
import { ID_LENGTH, type IdSeries } from './request-id.ts';

const EMPTY = Buffer.alloc(0);

/**
 * What is known of one exchange: the face of its request that routes and candidacy functions see, and what is told of
 * it when it has ended. Fields are looked up in the head as it goes to the server: functions judge by what is
 * forwarded. Once the answer has begun that head is gone, and with it the fields.
 */
export class ExchangeRecord implements RequestView, FinishedExchange {
  kind: 'request' | 'upgrade' = 'request';
  method = 'GET';
  host = '';
  path = '/';
  query = '';
  clientIp = '';
  scheme: 'http' | 'https' = 'http';
  readonly startedAt: Millis;
  duration: Millis = 0;
  firstByte: Millis | undefined = undefined;
  status = 0;
  /** When its server was chosen, if it waited for that; undefined: when it came. */
  decidedAt: Millis | undefined = undefined;
  attempts = 0;
  /** Whose answer it was, where a copy was sent while the first server was silent. */
  hedged: 'won' | 'lost' | undefined = undefined;
  bytesIn = 0;
  bytesOut = 0;
  termination: Termination = 'ok';
  /** Why the attempt before the last one failed. */
  retryReason: FailureReason | undefined = undefined;
  choice: Choice | undefined = undefined;
  /** Whose rules turned it away before anything was decided. */
  turnedBy: Route | undefined = undefined;
  /** The server of the last attempt. */
  chosen: Server | undefined = undefined;
  /** The id that a trusted proxy gave the request. */
  givenId: string | undefined = undefined;
  /** Kept for the access log, where there is one. */
  userAgent: string | undefined = undefined;
  referer: string | undefined = undefined;
  /** Where traces are begun, or looked after. */
  trace: ExchangeTrace | undefined = undefined;
  connectMs: Millis | undefined = undefined;
  /** The request has shown that it may be answered with its decision. */
  wantsExplanation = false;
  /** Minor version of HTTP that the client speaks. */
  minor = 1;
  readonly #connection: Connection;
  readonly #ids: IdSeries;
  readonly #serial: number;
  #head: Buffer = EMPTY;
  #headEnd = 0;
  /** As it was passed on, kept for the access log. */
  #traceparent: string | undefined = undefined;

  constructor(connection: Connection, ids: IdSeries, now: Millis) {
    this.#connection = connection;
    this.#ids = ids;
    this.#serial = ids.serial;
    this.startedAt = now;
  }

  get hedges(): number {
    return this.hedged === undefined ? 0 : 1;
  }

  get hedgesWon(): number {
    return this.hedged === 'won' ? 1 : 0;
  }

  get requestId(): string {
    return this.givenId ?? this.#ids.idOf(this.#serial);
  }

  /** Bytes of the id. */
  get idLength(): number {
    return this.givenId?.length ?? ID_LENGTH;
  }

  get peerIp(): string {
    return this.#connection.remoteAddress;
  }

  get listener(): string {
    return this.#connection.listener ?? '';
  }

  get traceId(): string | undefined {
    if (this.trace) return this.trace.traceId || undefined;
    return this.#traceparent === undefined ? undefined : parseTraceparent(this.#traceparent)?.traceId;
  }

  /** The route that it takes, or whose rules turned it away. */
  get matched(): Route | undefined {
    return this.choice?.route ?? this.turnedBy;
  }

  get route(): string | undefined {
    return this.matched?.name;
  }

  get pool(): string | undefined {
    return this.choice?.decision.chain.pool.name;
  }

  get server(): string | undefined {
    return this.chosen?.id;
  }

  get decisionUs(): number | undefined {
    return this.choice?.decision.tookUs;
  }

  get decision(): Decision | undefined {
    return this.choice?.decision;
  }

  get protocol(): string {
    return `HTTP/${this.#connection.httpVersion ?? `1.${this.minor}`}`;
  }

  /** Writes the id; gives the offset behind it. */
  writeId(out: Buffer, at: number): number {
    if (this.givenId !== undefined) return at + out.write(this.givenId, at, 'latin1');
    this.#ids.write(this.#serial, out, at);
    return at + ID_LENGTH;
  }

  /** Says where the head stands that goes to the server. */
  showFields(head: Buffer, end: number): void {
    this.#head = head;
    this.#headEnd = end;
  }

  /** Those bytes are about to be used for something else. `keep`: for the access log. */
  hideFields(keep: boolean): void {
    if (keep && this.#headEnd > 0) {
      this.userAgent = this.header('user-agent');
      this.referer = this.header('referer');
      this.#traceparent = this.trace ? undefined : this.header('traceparent');
    }
    this.#head = EMPTY;
    this.#headEnd = 0;
  }

  header(name: string): string | undefined {
    const lower = name.toLowerCase();
    const values = findFieldValues(this.#head, 0, this.#headEnd, lower);
    return values.length === 0 ? undefined : values.join(lower === 'cookie' ? '; ' : ', ');
  }

  cookie(name: string): string | undefined {
    for (const value of findFieldValues(this.#head, 0, this.#headEnd, 'cookie')) {
      for (const pair of value.split(';')) {
        const equals = pair.indexOf('=');
        if (equals > 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
      }
    }
    return undefined;
  }
}
