import { createRequire } from 'node:module';
import type { MessageKind } from './corpus.ts';

/** One message as llhttp reads it. */
export interface ReadMessage {
  /** Target of a request; of a response undefined. */
  readonly target: string | undefined;
  /** Name and value in turn, as they came. */
  readonly fields: readonly string[];
  readonly content: Buffer;
  readonly isComplete: boolean;
  /** Bytes behind the head are no longer HTTP: CONNECT, or an upgrade. */
  readonly isUpgrade: boolean;
}

/** Everything that llhttp makes of some bytes. */
export interface Reading {
  readonly messages: readonly ReadMessage[];
  /** Its error code, for example HPE_INVALID_HEADER_TOKEN. */
  readonly error: string | undefined;
}

/** The part of Node's binding of llhttp that is used here. It is not documented: only this file knows of it. */
interface Parser {
  initialize(type: number, resource: object, maxHeadBytes: number, lenientFlags: number): void;
  execute(bytes: Buffer): number | (Error & { readonly code: string });
  close(): void;
  finish(): undefined | (Error & { readonly code: string });
  [event: number]: ((...values: readonly never[]) => unknown) | null;
}

interface ParserClass {
  new (): Parser;
  readonly REQUEST: number;
  readonly RESPONSE: number;
  readonly kOnHeaders: number;
  readonly kOnHeadersComplete: number;
  readonly kOnBody: number;
  readonly kOnMessageComplete: number;
  readonly kLenientNone: number;
}

const { HTTPParser } = createRequire(import.meta.url)('_http_common') as { HTTPParser: ParserClass };

/** Larger than everything that is read here: limits are another matter. */
const MAX_HEAD_BYTES = 1 << 20;

/** What the callback of a head may answer: llhttp then expects no content. */
const NO_CONTENT = 1;

type Draft = { -readonly [key in keyof ReadMessage]: ReadMessage[key] };

const listen = (parser: Parser, messages: Draft[], isHead: boolean): void => {
  let fields: readonly string[] = [];
  let target = '';
  // Heads of many fields come in parts.
  parser[HTTPParser.kOnHeaders] = (more: readonly string[], url: string): void => {
    fields = [...fields, ...more];
    target += url;
  };
  parser[HTTPParser.kOnHeadersComplete] = (
    _major: number,
    _minor: number,
    last: readonly string[] | undefined,
    _method: number,
    url: string | undefined,
    _status: number | undefined,
    _reason: string | undefined,
    isUpgrade: boolean,
  ): number => {
    const all = [...fields, ...(last ?? [])];
    messages.push({
      target: target + (url ?? ''),
      fields: all,
      content: Buffer.alloc(0),
      isComplete: false,
      isUpgrade,
    });
    fields = [];
    target = '';
    return isHead ? NO_CONTENT : 0;
  };
  parser[HTTPParser.kOnBody] = (piece: Buffer): void => {
    const message = messages.at(-1);
    if (message) message.content = Buffer.concat([message.content, piece]);
  };
  parser[HTTPParser.kOnMessageComplete] = (): void => {
    const message = messages.at(-1);
    if (message) message.isComplete = true;
  };
};

/** How bytes are to be read. */
export interface ReadingOptions {
  /** They answer HEAD. */
  readonly isHead?: boolean;
  /** The connection is closed behind them. */
  readonly isClosed?: boolean;
}

/** Reads bytes as Node's strict parser does. */
export const readByLlhttp = (
  kind: MessageKind,
  bytes: Buffer,
  { isHead = false, isClosed = false }: ReadingOptions = {},
): Reading => {
  const parser = new HTTPParser();
  const type = kind === 'request' ? HTTPParser.REQUEST : HTTPParser.RESPONSE;
  parser.initialize(type, {}, MAX_HEAD_BYTES, HTTPParser.kLenientNone);
  const messages: Draft[] = [];
  listen(parser, messages, isHead);
  const result = bytes.length > 0 ? parser.execute(bytes) : 0;
  const last = typeof result === 'number' && isClosed ? parser.finish() : result;
  // Nothing else frees it.
  parser.close();
  return { messages, error: last instanceof Error ? last.code : undefined };
};
