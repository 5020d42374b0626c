import type { Millis, RequestView, Server } from './types.ts';

/** An answer that is given in place of a server's. */
export interface LocalAnswer {
  readonly status: number;
  /** One short sentence for the client, where there is no `body`. */
  readonly reason: string;
  /** Whole field lines, each with CRLF, as latin1; never Content-Length, Date or Connection, which are ours. */
  readonly fields?: string;
  /** The content, whose Content-Type then stands in `fields`; without one, a short text or JSON says the reason. */
  readonly body?: Uint8Array;
}

/** Fields of a head that are changed on its way. */
export interface HeaderEdits {
  /** Lower case. What is set anew stands here too. */
  readonly removes: ReadonlySet<string>;
  /** Whole field lines, each with CRLF, as latin1, put behind the others; empty for none. */
  lines(request: RequestView): string;
}

/**
 * What a route does besides choosing a server. Every part may be missing; a route without rules costs one comparison.
 * The order: `waits`, `guard`, then the chain, then `local` where the chain says so, else `target` and the edits.
 */
export interface RouteRules {
  /**
   * Asked before anything else. True: something has to be found out first (a name, a password, a session), and `go` will
   * be called once, later, within a second or so.
   */
  readonly waits?: (request: RequestView, go: () => void) => boolean;
  /** The answer to a request that must not go on; undefined for one that may. */
  readonly guard?: (request: RequestView, now: Millis) => LocalAnswer | undefined;
  /** What answers where the chain says `local`: an answer, or a server inside this process. */
  readonly local?: LocalAnswer | Server;
  /** Path and query as the server is to get them, beginning with a slash. Missing: as the client sent them. */
  readonly target?: (request: RequestView) => string;
  /** Of the request's head, on its way to the server. */
  readonly requestEdits?: HeaderEdits;
  /** Of the head of the server's answer, on its way to the client. */
  readonly answerEdits?: HeaderEdits;
  /** What is said in place of our own text where we answer with this status ourselves; undefined: our own text. */
  readonly errorAnswer?: (status: number, request: RequestView) => LocalAnswer | undefined;
}

/** Whether a route is answered by a server inside this process, and not by an answer that stands fast. */
export const isServer = (local: LocalAnswer | Server): local is Server => 'slot' in local;
