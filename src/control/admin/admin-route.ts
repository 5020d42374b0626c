import type { IncomingMessage, ServerResponse } from 'node:http';
import type { z } from '../../core/options.ts';
import type { Answer } from './admin-answer.ts';

/** What a client asks of a path. */
export interface Asked {
  /** For the fields of its head; the body has been read. */
  readonly req: IncomingMessage;
  /** The parts of the path that its pattern has names for, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Empty for GET. */
  readonly body: string;
}

/** An answer that goes on until one side ends it. `headers` are those of every answer. */
export interface Stream {
  readonly stream: (
    req: IncomingMessage,
    res: ServerResponse,
    headers: Readonly<Record<string, string>>,
  ) => void;
}

/** A query parameter as the OpenAPI document has it. */
export interface ParameterDoc {
  readonly description: string;
  /** A JSON Schema; text if left out. */
  readonly schema?: object;
}

/** What the OpenAPI document says of a route. */
export interface RouteDoc {
  readonly summary: string;
  /** Query parameters it knows. Any other is refused: a misspelt one must not look as if it worked. */
  readonly query?: Readonly<Record<string, ParameterDoc>>;
  /** What a body has to be; none is read where this is left out. */
  readonly body?: z.ZodType;
  /** A body may be left out. */
  readonly bodyIsOptional?: boolean;
  /** Of a good answer; 200 if left out. */
  readonly status?: number;
  /** What a good answer is as JSON, or its content type where it is none. */
  readonly answer: z.ZodType | 'text/plain' | 'text/html';
  /** Of answers that are errors, besides those that every path has. */
  readonly errors?: readonly number[];
  /** Answers of another status with the shape of a good one. */
  readonly also?: readonly number[];
  /** Answers with server-sent events, too, where the client takes those. */
  readonly streams?: boolean;
}

/** What a path does for one method. GET routes answer HEAD too. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** It changes something: looking at things is not enough to be allowed to. */
  readonly changes: boolean;
  readonly doc: RouteDoc;
  readonly answer: (asked: Asked) => Answer | Stream | Promise<Answer | Stream>;
}

/** Routes by their paths. A path may have parts with names: `/api/v1/servers/{id}`. */
export type Routes = ReadonlyMap<string, readonly Route[]>;

/** The routes of one path. */
export type RoutesAt = readonly [path: string, routes: readonly Route[]];

/** What `/path` is for, method by method. */
export const at = (path: string, ...routes: readonly Route[]): RoutesAt => [path, routes];

type Answering = Route['answer'];

/** Shows something. */
export const get = (doc: RouteDoc, answer: Answering): Route => ({
  method: 'GET',
  changes: false,
  doc,
  answer,
});

/** Changes something. */
export const change = (method: 'POST' | 'PUT' | 'DELETE', doc: RouteDoc, answer: Answering): Route => ({
  method,
  changes: true,
  doc,
  answer,
});

/** A question that is too long for a query. */
export const ask = (doc: RouteDoc, answer: Answering): Route => ({
  method: 'POST',
  changes: false,
  doc,
  answer,
});
