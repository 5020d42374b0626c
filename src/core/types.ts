/** The words of forehand as types. Imports nothing; every other module speaks in these. */

/** Milliseconds on one process's monotonic clock. Never compared across machines. */
export type Millis = number;

/** What an agent measured. Every field may be missing: an agent says only what it knows. */
export interface Stats {
  /** Runnable tasks, mean of one minute. */
  readonly load1?: number;
  /** Smallest power of two above the highest load seen, decaying. */
  readonly loadHighWater?: number;
  /** Share of the CPU that was idle over the last interval, 0..1; stolen time is not idle. */
  readonly cpuIdle?: number;
  /** Cores that work can really use; fractional under a quota. */
  readonly cpus?: number;
  /** Bytes. */
  readonly memoryTotal?: number;
  /** Bytes that new work could get without swapping. */
  readonly memoryAvailable?: number;
  /** Speed of one core that work really gets now; 1000 is the reference machine. */
  readonly arriba?: number;
  /** The same when nothing disturbs the machine. */
  readonly arribaNominal?: number;
  /** How the share of the nominal speed was found; a word for people. */
  readonly arribaFrom?: string;
  /** Share of the time that the application's tasks wanted to run in which they waited, 0..1. */
  readonly runQueueDelay?: number;
  /** How late the application's event loop is, ms: the 99th percentile over the last interval. */
  readonly eventLoopDelay?: Millis;
  /** Linux pressure stall shares, 0..1. */
  readonly pressure?: { readonly cpu?: number; readonly memory?: number; readonly io?: number };
  /** Share of periods in which a CPU quota stopped the work, 0..1. */
  readonly throttled?: number;
  /** Worker slots of the application (mod_backhand's nservers and aservers). */
  readonly slots?: { readonly total: number; readonly available: number };
  /** Requests being served now, from all proxies. Missing where nobody counts them. */
  readonly inFlight?: number;
  /** Moving mean of the time that one request takes, ms. */
  readonly serviceTime?: number;
  /** The application's own numbers. */
  readonly custom?: Readonly<Record<string, number>>;
}

/** What an operator sees as the state of a server. */
export type ServerState = 'ready' | 'drain' | 'maint' | 'down' | 'ejected' | 'slowstart' | 'unknown';

/** A server as a candidacy function sees it: what was heard of it, and what this proxy knows itself. */
export interface Server {
  /** Unique in its pool. */
  readonly id: string;
  readonly pool: string;
  readonly url: URL;
  readonly tags: ReadonlySet<string>;
  /** True for the server on this proxy's own machine (the pool's `self`). */
  readonly isSelf: boolean;
  /** Position in the pool's table; stays the same while the server is known. */
  readonly slot: number;
  /** The last report, the server's own numbers laid over its node's. Undefined until first heard. Frozen. */
  readonly stats: Stats | undefined;
  /** When the last report came; -Infinity until first heard. */
  readonly heardAt: Millis;
  /** Requests under way through this proxy: exact for this process, with those of its other workers as last told. */
  readonly inFlight: number;
  /** `inFlight` as it was when the last report came. */
  readonly inFlightAtReport: number;
  /** The reported count of requests came from the server itself, with an answer or a probe, and not by its agent. */
  readonly isCountFresh: boolean;
  /** Speed from the configuration, else from the last report; undefined if neither says. 1000 is the reference. */
  readonly arriba: number | undefined;
  /** What was set by hand or by the server's own agent-check: 1 is as usual, 0.5 half of that, at most 256. */
  readonly weight: number;
  /** Moving average of the time to the first byte of good answers; NaN before the first. */
  readonly latency: Millis;
  /** Failures in a row; an answer below 500 sets it back to 0. */
  readonly failures: number;
  /** Requests sent so far (mod_backhand's numbacked). */
  readonly forwarded: number;
  /** What functions with a memory keep for this server, by column. Read it through the reader they were handed. */
  readonly columns: readonly unknown[];
}

/** Read-only face of the request under decision. Header names are case-insensitive. */
export interface RequestView {
  readonly method: string;
  /** Lower case, without port. Empty when the client sent none. */
  readonly host: string;
  /** Path without query, as the client sent it. */
  readonly path: string;
  /** Query without its question mark; empty if none. */
  readonly query: string;
  /** The client's address after the rules for trusted proxies. */
  readonly clientIp: string;
  readonly scheme: 'http' | 'https';
  /** Values of repeated fields joined by ", "; undefined when absent. */
  header(name: string): string | undefined;
  /** Searches every Cookie field; undefined when absent. */
  cookie(name: string): string | undefined;
  /** Data of the client's session, frozen; undefined where the route has no sessions or the client none. */
  readonly session?: Readonly<Record<string, unknown>> | undefined;
}

/** How the chosen server is to be reached. A redirect names the place that the client is sent to. */
export interface Redirect {
  readonly location: string;
  readonly status: 301 | 302 | 303 | 307 | 308;
}

/** Everything that a decision may depend on besides the servers. Valid during the call only. */
export interface Moment {
  readonly request: RequestView;
  readonly now: Millis;
  /** 0 <= x < 1, from the decision's seed. */
  readonly random: () => number;
  /** Proxies alive that share these servers, at least 1. */
  readonly proxies: number;
  /** The server on this proxy's own machine, if the pool names one. */
  readonly self: Server | undefined;
  /** Requests in flight at a server as this proxy believes now. Set by the last link with an estimate. */
  requests(server: Server): number;
  /** Requests since the last report that the report cannot know of; 0 unless addPrediction stands before. */
  predicted(server: Server): number;
  /** Says that this server, if chosen, is reached by a redirect. Sticks to the server for this decision. */
  deliver(server: Server, how: Redirect): void;
}

/** The user's whole interface: servers still in question in, servers still in question out, best first. */
export type CandidacyFunction = (servers: readonly Server[], moment: Moment) => readonly Server[];

/** Requests in flight at a server, as believed at the moment. */
export type Estimate = (server: Server, moment: Pick<Moment, 'now' | 'proxies'>) => number;

export type FailureReason =
  | 'connect_refused'
  | 'connect_timeout'
  | 'connect_error'
  | 'reset'
  | 'header_timeout'
  | 'idle_timeout'
  | 'bad_response'
  | 'body_cut'
  | 'client_abort'
  | 'no_server';

/** How an exchange ended. */
export type Outcome =
  | { readonly kind: 'answered'; readonly status: number; readonly firstByte: Millis; readonly total: Millis }
  | {
      readonly kind: 'failed';
      readonly side: 'client' | 'server' | 'proxy';
      readonly reason: FailureReason;
      /** True while not one byte of the request can have been read by the server. */
      readonly unsent: boolean;
    };

/** Ends an exchange: call once. Later calls do nothing, so that no path can count twice. */
export type Done = (outcome: Outcome, now: Millis) => void;
