/** The session of a client, as a handler sees and changes it. Values are plain data: what JSON can say. */
export interface HandlerSession {
  /** Frozen; undefined if there is none. */
  get(key: string): unknown;
  /** The client gets its cookie with the answer. Throws a TypeError for what JSON cannot say or what is too large. */
  set(key: string, value: unknown): void;
  delete(key: string): void;
  /** Forgets all of it; the client is told to forget its cookie. */
  destroy(): void;
}

export interface SendFileOptions {
  /** The file must lie in this folder, also when links are followed. Relative to the handler's file. */
  readonly root?: string;
  /** Value of Cache-Control. */
  readonly cacheControl?: string;
}

/** What a handler is told besides the request. */
export interface HandlerContext {
  /** The client's address after the rules for trusted proxies; empty for a client on a unix socket. */
  readonly clientIp: string;
  /** Name of the route. */
  readonly route: string;
  /** Undefined where the configuration has no `sessions`. */
  readonly session?: HandlerSession;
  /**
   * An answer with a file, with its type, conditional requests and ranges; 404 if there is none. Its status and headers
   * may be changed before it is returned. A relative path begins at `root`, else at the handler's own file.
   */
  sendFile(path: string, options?: SendFileOptions): Response;
}

/** A user's function that answers requests itself, by the classes of the web (Fetch standard). */
export type Handler = (request: Request, context: HandlerContext) => Response | Promise<Response>;
