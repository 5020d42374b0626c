/** A message as a reader that allows one form of everything sees it. Text is latin1. */
export interface StrictMessage {
  readonly startLine: string;
  /** Names in lower case. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly content: string;
  readonly trailers: readonly (readonly [name: string, value: string])[];
  readonly isComplete: boolean;
}

export interface StrictReading {
  readonly messages: readonly StrictMessage[];
  /** What has more than one reading; undefined: nothing. */
  readonly fault: string | undefined;
  /** What stands behind a switch of protocols. */
  readonly rest: string;
}

export interface StrictOptions {
  /** The answers are to HEAD. */
  readonly isHead?: boolean;
  /** The connection has ended behind the text. */
  readonly isClosed?: boolean;
}

type Fields = StrictMessage['fields'];
type Body = Pick<StrictMessage, 'content' | 'trailers' | 'isComplete'> & { readonly end: number };
type Kind = 'request' | 'response';

const TOKEN = "[!#$%&'*+.^_`|~\\w-]+";
const VALUE = '[\\t\\x20-\\x7e\\x80-\\xff]*';
const HOST = "(?:[\\w.!$&'()*+;=~-]|%[\\da-f]{2})+(?::\\d*)?|\\[[\\da-f:.]+\\](?::\\d*)?";
const START_LINE: Readonly<Record<Kind, RegExp>> = {
  request: new RegExp(`^${TOKEN} (?:/[\\x21\\x23-\\x3b\\x3d\\x3f-\\x7e]*|\\*|[\\w.-]+:\\d+) HTTP/1\\.1$`),
  response: new RegExp(`^HTTP/1\\.1 [1-9]\\d\\d ${VALUE}$`),
};
const FIELD = new RegExp(`^(${TOKEN}):[\\t ]*(${VALUE})$`);
const ONE_HOST = new RegExp(`^(?:${HOST})$`, 'i');
const LENGTH = /^(?:0|[1-9]\d{0,14})$/;
const CHUNK_SIZE = /(0|[1-9a-f][\da-f]{0,12})\r\n/iy;

class Fault extends Error {}

const refuse = (why: string): never => {
  throw new Fault(why);
};

const readFields = (lines: readonly string[]): Fields =>
  lines.map((line) => {
    const [, name, value] = FIELD.exec(line) ?? refuse(`no field line: ${JSON.stringify(line)}`);
    return [name!.toLowerCase(), value!.replace(/[\t ]+$/, '')];
  });

const valuesOf = (fields: Fields, wanted: string): readonly string[] =>
  fields.flatMap(([name, value]) => (name === wanted ? [value] : []));

/** Whether the content comes in chunks, or its length; undefined: nothing says so. */
const framingOf = (fields: Fields): 'chunked' | number | undefined => {
  const lengths = valuesOf(fields, 'content-length');
  const codings = valuesOf(fields, 'transfer-encoding');
  if (lengths.length + codings.length > 1) refuse('more than one framing');
  if (codings.length > 0) return codings[0] === 'chunked' ? 'chunked' : refuse(`coding ${codings[0]}`);
  if (lengths.length === 0) return undefined;
  return LENGTH.test(lengths[0]!) ? Number(lengths[0]) : refuse(`length ${lengths[0]}`);
};

const readChunked = (text: string, start: number): Body => {
  let content = '';
  let at = start;
  for (;;) {
    const line = text.slice(at, text.indexOf('\n', at) + 1);
    if (line === '') return { content, trailers: [], isComplete: false, end: text.length };
    CHUNK_SIZE.lastIndex = at;
    const size = Number.parseInt(
      CHUNK_SIZE.exec(text)?.[1] ?? refuse(`chunk size ${JSON.stringify(line)}`),
      16,
    );
    at += line.length;
    if (size === 0) break;
    content += text.slice(at, at + size);
    if (text.length < at + size + 2) return { content, trailers: [], isComplete: false, end: text.length };
    if (!text.startsWith('\r\n', at + size)) refuse('a chunk does not end where it should');
    at += size + 2;
  }
  if (text.startsWith('\r\n', at)) return { content, trailers: [], isComplete: true, end: at + 2 };
  const end = text.indexOf('\r\n\r\n', at);
  if (end === -1) return { content, trailers: [], isComplete: false, end: text.length };
  const trailers = readFields(text.slice(at, end).split('\r\n'));
  return { content, trailers, isComplete: true, end: end + 4 };
};

const readLength = (text: string, start: number, length: number): Body => {
  const end = Math.min(text.length, start + length);
  return { content: text.slice(start, end), trailers: [], isComplete: end === start + length, end };
};

const checkHost = (fields: Fields): void => {
  const hosts = valuesOf(fields, 'host');
  if (hosts.length !== 1) refuse(`${hosts.length} hosts`);
  if (!ONE_HOST.test(hosts[0]!)) refuse(`host ${hosts[0]}`);
};

const readBody = (
  kind: Kind,
  text: string,
  start: number,
  startLine: string,
  fields: Fields,
  { isHead, isClosed = false }: StrictOptions,
): Body => {
  const framing = framingOf(fields);
  const status = kind === 'response' ? Number(startLine.slice(9, 12)) : 0;
  const isBare = kind === 'response' && (status < 200 || status === 204);
  if (isBare && framing !== undefined) refuse(`framing of a ${status}`);
  if (isBare || status === 304 || (isHead && kind === 'response')) return readLength(text, start, 0);
  if (framing === 'chunked') return readChunked(text, start);
  if (kind === 'request' || framing !== undefined) return readLength(text, start, framing ?? 0);
  return { ...readLength(text, start, text.length - start), isComplete: isClosed };
};

const isSwitch = (startLine: string): boolean => startLine.startsWith('HTTP/1.1 101');

/**
 * Reads what we send, and finds fault with everything that another reader could take in another way: it knows one form
 * of each thing, the canonical one, and neither extensions nor repairs.
 */
export const readStrictly = (kind: Kind, text: string, options: StrictOptions = {}): StrictReading => {
  const messages: StrictMessage[] = [];
  let at = 0;
  try {
    while (at < text.length) {
      const headEnd = text.indexOf('\r\n\r\n', at);
      if (headEnd === -1) return { messages, fault: undefined, rest: text.slice(at) };
      const [startLine = '', ...lines] = text.slice(at, headEnd).split('\r\n');
      if (!START_LINE[kind].test(startLine)) refuse(`start line ${JSON.stringify(startLine)}`);
      const fields = readFields(lines);
      if (kind === 'request') checkHost(fields);
      const { end, ...body } = readBody(kind, text, headEnd + 4, startLine, fields, options);
      messages.push({ startLine, fields, ...body });
      at = end;
      if (isSwitch(startLine)) break;
    }
  } catch (thrown) {
    if (thrown instanceof Fault) return { messages, fault: thrown.message, rest: text.slice(at) };
    throw thrown;
  }
  return { messages, fault: undefined, rest: text.slice(at) };
};
