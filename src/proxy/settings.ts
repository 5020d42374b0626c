import type { AddressRule } from '../core/accept.ts';
import type { Choice } from '../core/choose.ts';
import type { FinishedExchange } from '../core/exchange.ts';
import type { LoadReportFormat } from '../core/orca.ts';
import type { Route } from '../core/route.ts';
import type { LocalAnswer, RouteRules } from '../core/route-rules.ts';
import type { ExchangeTrace, TracedRequest } from '../core/trace-context.ts';
import type { Done, Millis, Outcome, RequestView, Server } from '../core/types.ts';
import type { HeadLimits } from '../http1/limits.ts';
import type { Connection, ConnectionOwner, SocketAddress } from '../transport/connection.ts';
import type { ConnectionEnds } from '../transport/tls-proxy-header.ts';
import type { ExchangeRecord } from './record.ts';

/** How long each step may take, ms; the keys are those of the configuration. */
export interface Timeouts {
  readonly requestHeaders: Millis;
  readonly request: Millis;
  readonly clientIdle: Millis;
  readonly connect: Millis;
  readonly responseHeaders: Millis;
  readonly responseIdle: Millis;
  readonly tunnel: Millis;
  readonly serverIdle: Millis;
  readonly drain: Millis;
}

/** When a kept connection is tried before it is used again (Apache::Backend::POE's setPingTimeOut). */
export type Validate = 'always' | 'never' | { readonly afterIdle: Millis };

/** How it is tried: whether the socket still stands, or by a HEAD request. */
export type Ping = 'tcp' | { readonly path: string; readonly timeout: Millis };

/** How connections to the servers of a pool are made and kept. */
export interface PoolSettings {
  /** Open connections to one server; Infinity for no limit. */
  readonly maxConnections: number;
  /**
   * Requests that may wait for a connection to one server, and to all servers of the pool together (no limit if left
   * out), and for how long.
   */
  readonly queue: { readonly size: number; readonly timeout: Millis; readonly total?: number };
  /** Connections to each server that are opened before they are needed. */
  readonly warmup: number;
  readonly validate: Validate;
  readonly ping: Ping;
  /** Value of Authorization for its servers; undefined: the client's is passed on. Read for every request. */
  readonly authorization?: (() => string | undefined) | undefined;
  /**
   * Form in which its servers are asked to say their load with each answer (`endpoint-load-metrics-format`); vLLM and
   * Triton say nothing unless they are asked. Undefined: what the client sent is passed on.
   */
  readonly loadFormat?: 'TEXT' | 'JSON' | undefined;
  /** Version of the PROXY protocol that is spoken to its servers. */
  readonly proxyProtocol?: 1 | 2 | undefined;
}

/** What holds for all requests; a reload hands in others. */
export interface EngineSettings {
  readonly timeouts: Timeouts;
  /** Limits for heads of requests and of answers. */
  readonly head: HeadLimits;
  /** Most connections of clients. */
  readonly connections: number;
  /** Most requests under way. */
  readonly inFlight: number;
  readonly trustedProxies: readonly AddressRule[];
  /** `attempts`: further ones after the first. `budget`: retries as a part of a pool's requests, 0..1. */
  readonly retry: { readonly attempts: number; readonly budget: number };
  /** Adds X-Forehand-Server and Server-Timing to answers. */
  readonly exposeServer: boolean;
  /** Adds Via to requests, and refuses those that it has been added to too often. */
  readonly via: boolean;
  /** Passes on fields whose names have an underscore. */
  readonly keepsUnderscores: boolean;
  /** User-Agent and Referer are kept for the access log. */
  readonly keepsFields: boolean;
  /** Some route takes CONNECT. */
  readonly allowsConnect: boolean;
  /** Whether a request that shows this token is answered with its decision; undefined if none is. */
  readonly explains?: ((token: string) => boolean) | undefined;
  /** Asked for what is said in place of our own text where the rules of a route say nothing, or none is known yet. */
  readonly errorAnswer?: RouteRules['errorAnswer'] | undefined;
}

/** Bytes to send besides what was received. The seam for sticky cookies, tracing and the like. */
export interface Additions {
  /** Whole field lines, each with CRLF, as latin1; empty for none. */
  readonly request: string;
  readonly response: string;
}

/**
 * What looks at the content of bodies as it passes, without framing and before it is sent on; the seam for filters. It
 * must not change the bytes or keep them. One that throws ends its exchange.
 */
export interface BodyTap {
  request?(bytes: Buffer, start: number, end: number): void;
  response?(bytes: Buffer, start: number, end: number): void;
}

/** The answer to a request that must not go on. */
export interface TurnedAway extends LocalAnswer {
  /** Whose rules say so: for the log, and for its error pages and the edits of its answers. */
  readonly route?: Route | undefined;
}

/** What the engine needs of whoever runs it. */
export interface EngineParts {
  /** Asked before a request is decided for the trace that it belongs to. Undefined while nobody looks after traces. */
  readonly traceContext?: ((request: TracedRequest) => ExchangeTrace | undefined) | undefined;
  /**
   * Asked before a request is decided: the answer to one that must not go on. Undefined while no route has such rules.
   */
  readonly guard?: ((request: RequestView, now: Millis) => TurnedAway | undefined) | undefined;
  /** Undefined: no route matches. */
  choose(request: RequestView, now: Millis): Choice | undefined;
  /**
   * Asked before a request is decided. True: its decision needs fresher numbers, and `go` will be called once they are
   * there; the request waits for that, but no longer than five seconds. `go` may be called at any time and more than once.
   * Undefined while no request is to wait.
   */
  readonly refresh?: ((request: RequestView, go: () => void) => boolean) | undefined;
  /** Counts a request as under way at a server; the function that comes back ends it, once. */
  begin(server: Server, now: Millis): Done;
  /** What was begun has ended. */
  ended(server: Server, outcome: Outcome): void;
  /**
   * A server has said with a final answer what its load is, before that answer ends what was begun. `text`: the value of
   * the field as latin1; empty where there are several. The client never sees it, whether or not anybody listens here.
   */
  loadReport?(server: Server, format: LoadReportFormat, text: string): void;
  now(): Millis;
  epochMs(): number;
  pool(server: Server): PoolSettings;
  /**
   * Opens a connection to an address that `server` was resolved to; TLS where its URL says https. `client` is who it is
   * opened for, which a PROXY header tells. A server in this process (`RouteRules.local`) has no address: `connectLocal`.
   */
  connect(
    server: Server,
    address: SocketAddress,
    owner: ConnectionOwner,
    client: ConnectionEnds | undefined,
  ): Connection;
  finished(exchange: ExchangeRecord): void;
  /**
   * What one exchange adds. Called when its first server is known, for each further one that it is sent to, which for
   * the copy of a hedge is another one than the exchange's, and when the head of its answer is there.
   */
  additions?(exchange: FinishedExchange, server: Server | undefined): Additions | undefined;
  /** What looks at the bodies of one exchange; called once, when its server is known. */
  tap?(exchange: FinishedExchange): BodyTap | undefined;
  /** A fault of ours that ended one connection and nothing else. */
  onFault(error: unknown): void;
  /** Something happened to a connection of a server: for the log. */
  onConnection?(event: ConnectionEvent): void;
  /** False: not told of kept connections that are used again, which happens at every request. */
  readonly hearsReuse?: boolean;
}

/** The life of a connection to a server. `detail`: the code of an error, or why it was closed. */
export interface ConnectionEvent {
  readonly kind: 'opened' | 'failed' | 'closed' | 'reused' | 'validated' | 'invalid';
  readonly pool: string;
  readonly server: string;
  readonly detail: string;
}
