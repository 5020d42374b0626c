import type { AddressRule } from '../core/accept.ts';
import type { Choice } from '../core/choose.ts';
import type { Decision } from '../core/decide.ts';
import type { FinishedExchange } from '../core/exchange.ts';
import type { LoadReportFormat } from '../core/orca.ts';
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
  /** Adds X-Forehand-Server and Server-Timing to answers. */
  readonly exposeServer: boolean;
  /** Whether a request that shows this token is answered with its decision; undefined if none is. */
  readonly explains?: ((token: string) => boolean) | undefined;
}

/** What the door needs of whoever mounts it. */
export interface DoorParts {
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
