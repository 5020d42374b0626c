import type { IncomingMessage } from 'node:http';
import type { Fields } from './fields.ts';

/** A request as it goes to a server: nothing of it is taken over from the client unseen. */
export interface Outgoing {
  readonly method: string;
  /** Path and query, to the letter. */
  readonly target: string;
  readonly fields: Fields;
  /** Its effect is not that of sending it once if it is sent twice: only fresh connections will do (RFC 9110, 9.2.2). */
  readonly careful: boolean;
}

/** What is heard of an attempt. After `failed` nothing more is heard. */
export interface AttemptEvents {
  /** A head has come. */
  answered(answer: IncomingMessage): void;
  failed(error: NodeJS.ErrnoException): void;
  /** 103 and its kind came before the answer. */
  informed(status: number, link: string | readonly string[] | undefined): void;
}

/** One attempt at a server. */
export interface Attempt {
  /** False while not one byte of the request can have been read. */
  readonly connected: boolean;
  abort(): void;
}
