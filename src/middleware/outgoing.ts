import type { IncomingMessage } from 'node:http';
import type { Fields, RawFields } from './fields.ts';

/**
 * Which connection will do: any; one that was used a moment ago or is new, for a request that must not be sent twice
 * (RFC 9110, 9.2.2); a new one.
 */
export type Connection = 'any' | 'fresh' | 'new';

/** A request as it goes to a server: nothing of it is taken over from the client unseen. */
export interface Outgoing {
  readonly method: string;
  /** Path and query, to the letter. */
  readonly target: string;
  readonly fields: Fields;
  readonly connection: Connection;
}

/** What is heard of an attempt. After `failed` nothing more is heard. */
export interface AttemptEvents {
  /** The request can have been read from now on. */
  connected(): void;
  /** A head has come. */
  answered(answer: IncomingMessage): void;
  failed(error: NodeJS.ErrnoException): void;
  /** 103 and its kind came before the answer. */
  informed(status: number, raw: RawFields): void;
}

/** One attempt at a server. */
export interface Attempt {
  /** False while not one byte of the request can have been read. */
  readonly connected: boolean;
  /** True if it went out on a connection that had carried a request before. */
  readonly reused: boolean;
  /** Ends it. Nothing more is heard. */
  abort(): void;
  /** The answer is there: gives the connection back, or closes it if the request has not been sent whole. */
  release(): void;
}
