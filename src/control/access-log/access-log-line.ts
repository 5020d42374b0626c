import type { FinishedExchange } from '../../core/exchange.ts';

/**
 * What a line can tell besides what is told of every exchange; what is missing is left out. Text is as it came, a
 * character for each byte. Nothing here can hold Authorization or Cookie: they are never logged.
 */
export interface LoggedFacts {
  /** Without its question mark. */
  readonly query?: string | undefined;
  /** As the client spoke: `HTTP/1.1`. */
  readonly protocol?: string | undefined;
  readonly userAgent?: string | undefined;
  readonly referer?: string | undefined;
}

export type LoggedExchange = FinishedExchange & LoggedFacts;

/** Makes a line, in ASCII, with its line feed. `startedAt`: epoch ms of the request's start. */
export type LineFormat = (exchange: LoggedExchange, startedAt: number) => string;

/** The path as it is to be logged, each part escaped by itself: joined before, it would have to be copied for that. */
export const targetOf = (
  { path, query }: LoggedExchange,
  keepsQuery: boolean,
  escaped: (text: string) => string,
): string => (keepsQuery && query ? `${escaped(path)}?${escaped(query)}` : escaped(path));

/** The referer as it is to be logged. Within a site it is where the client was before, and its query is as private. */
export const refererOf = ({ referer }: LoggedExchange, keepsQuery: boolean): string | undefined => {
  if (keepsQuery || referer === undefined) return referer;
  const question = referer.indexOf('?');
  return question === -1 ? referer : referer.slice(0, question);
};
