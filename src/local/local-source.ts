import type { Guard } from '../core/chain.ts';
import type { Handler, HandlerSession } from '../core/handler.ts';
import type { RouteRules } from '../core/route-rules.ts';

/** Files of a folder. */
export interface FilesSource {
  readonly kind: 'files';
  /** Absolute. */
  readonly directory: string;
  /** What stands for a folder, the first that there is; mostly `index.html`. */
  readonly index: readonly string[];
  /** A folder without one of those is listed; else it is refused. */
  readonly listing: boolean;
  /** `inside`: links that lead out of the directory are refused. */
  readonly symlinks: 'inside' | 'follow';
  /** What becomes of names that begin with a dot. */
  readonly dotfiles: 'deny' | 'allow';
  /** Value of Cache-Control; `public, max-age=0` if left out: kept, but asked for each time. */
  readonly cacheControl?: string;
  /** File in the directory that answers for pages that are not there, for applications that route by themselves. */
  readonly fallback?: string;
  /** What is said in place of our own text. */
  readonly errorAnswer?: RouteRules['errorAnswer'];
}

/** A user's handler, loaded. */
export interface LocalHandler {
  /** As written in the configuration. */
  readonly reference: string;
  readonly hash: string;
  /** Absolute path of its file. */
  readonly entry: string;
  readonly value: Handler;
  /** Its rails. `bypassed`: it did not return once, and is not called until its file changes. */
  readonly guard: Guard;
}

/** The session of one request to a handler. */
export interface OpenSession {
  readonly session: HandlerSession;
  /** Value of Set-Cookie that the answer needs, once the handler has answered; undefined for none. */
  finish(): string | undefined;
}

/** A handler's part of the sessions. */
export interface HandlerSessions {
  /** @param cookies the value of Cookie. @param isSecure the client came by https. */
  open(cookies: string | undefined, isSecure: boolean): Promise<OpenSession>;
}

/** A function that answers. */
export interface HandlerSource {
  readonly kind: 'handler';
  readonly handler: LocalHandler;
}

/** What handlers need of whoever runs them. */
export interface HandlerParts {
  /** Undefined where the configuration has no sessions. */
  readonly sessions: HandlerSessions | undefined;
  /** A version of a handler is at work until the function that comes back is called: the watchdog is told. */
  begin(reference: string, hash: string): () => void;
}

/** What answers in place of a server, inside this process. */
export type LocalSource = FilesSource | HandlerSource;
