import type { RequestListener } from 'node:http';
import type { AddressRule } from '../core/accept.ts';
import type { Choice } from '../core/choose.ts';
import type { Decision } from '../core/decide.ts';
import type { FinishedExchange } from '../core/exchange.ts';
import type { LoadReportFormat } from '../core/orca.ts';
import type { Route } from '../core/route.ts';
import type { LocalAnswer, RouteRules } from '../core/route-rules.ts';
import type { ExchangeTrace, TracedRequest } from '../core/trace-context.ts';
import type { Millis, Outcome, RequestView, Server } from '../core/types.ts';

export type { FinishedExchange, Termination } from '../core/exchange.ts';

/** What the door reads at each request, so that a reload takes effect with the next one. Times in ms. */
export interface DoorSettings {
  readonly timeouts: {
    readonly connect: Millis;
    readonly responseHeaders: Millis;
    readonly responseIdle: Millis;
    /** Silence in a tunnel. */
    readonly tunnel: Millis;
    /** How long an unused connection to a server is kept. */
    readonly serverIdle: Millis;
    /** How long a tunnel may go on when its server has left. */
    readonly drain: Millis;
  };
  readonly trustedProxies: readonly AddressRule[];
  /** `attempts`: further ones after the first. `budget`: retries as a part of a pool's requests, 0..1. */
  readonly retry: { readonly attempts: number; readonly budget: number };
  /** Longest body of a request, bytes. */
  readonly bodyBytes?: number;
  /** Most requests under way at once. */
  readonly inFlight: number;
  /** Asked of each request for the trace that it belongs to. Undefined while nobody looks after traces. */
  readonly traceContext?: ((request: TracedRequest) => ExchangeTrace | undefined) | undefined;
  /** Adds X-Forehand-Server and Server-Timing to answers. */
  readonly exposeServer: boolean;
  /** Whether a request that shows this token is answered with its decision; undefined if none is. */
  readonly explains?: ((token: string) => boolean) | undefined;
  /** Asked for what is said in place of our own text where the rules of a route say nothing, or none is known yet. */
  readonly errorAnswer?: RouteRules['errorAnswer'] | undefined;
}

/** The answer to a request that must not go on. */
export interface TurnedAway extends LocalAnswer {
  /** Whose rules say so: for the log, and for its error pages and the edits of its answers. */
  readonly route?: Route | undefined;
}

/** What the door needs of whoever mounts it. */
export interface DoorParts {
  /**
   * Asked before anything is decided. True: something has to be found out first, and `go` will be called once it is, once
   * or more often; the request waits no longer than a second. Undefined while no request is to wait.
   */
  readonly refresh?: ((request: RequestView, go: () => void) => boolean) | undefined;
  /** The answer to a request that must not go on. Undefined while no route has such rules. */
  readonly guard?: ((request: RequestView, now: Millis) => TurnedAway | undefined) | undefined;
  /** Value of Set-Cookie that an answer of this server gets; undefined for none. */
  cookie?(server: Server, request: RequestView): string | undefined;
  /** What answers for a server in this process; undefined for every other one. */
  local?(server: Server, request: RequestView): RequestListener | undefined;
  /** Undefined: no route matches. */
  choose(request: RequestView): Choice | undefined;
  /** The same for a request whose decision will be asked for. */
  chooseExplained?(request: RequestView): Choice | undefined;
  /** Value of the field that such a request gets its decision in, once its answer begins. */
  decisionField?(exchange: {
    readonly decision: Decision;
    readonly server?: string | undefined;
    readonly attempts: number;
  }): string | undefined;
  /** Counts a request as under way at a server; the function that comes back ends it, once. */
  begin(server: Server): (outcome: Outcome) => void;
  /**
   * A server has said with a final answer what its load is, before that answer ends what was begun. `text` is empty
   * where it says several things. The client never sees it, whether or not anybody listens here.
   */
  loadReport?(server: Server, format: LoadReportFormat, text: string): void;
  now(): Millis;
  /** For request ids only. */
  epochMs(): number;
  settings(): DoorSettings;
  finished(exchange: FinishedExchange): void;
}
