import { fieldFault, type RawFields } from './field-rules.ts';

/** Length of a request's content that was not announced: it goes on in chunks. */
export const UNANNOUNCED = -1;

/** The head of a request, for a reader of HTTP/1.1. */
export interface TranslatedHead {
  readonly kind: 'head';
  /** To be sent as latin1; the empty line included. */
  readonly text: string;
  readonly isHead: boolean;
  /** Bytes of content that have to come, or UNANNOUNCED. */
  readonly length: number;
}

/** Not a request: a stream error (RFC 9113, 8.1.1). */
export interface Malformed {
  readonly kind: 'malformed';
  /** One constant sentence, lower case. */
  readonly fault: string;
}

/** A request that is not served, and what it is answered. */
export interface Unserved {
  readonly kind: 'unserved';
  readonly status: number;
  /** Value of Allow. */
  readonly allow: string;
}

const METHOD = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** RFC 9113, 8.3.1. Characters that no target may have are the scanner's to refuse; a blank would end the target. */
const PATH = /^(?:\/[^\0-\x20\x7f]*|\*)$/;
const AUTHORITY = /^[^\0-\x20\x7f]+$/;
const SCHEME = /^https?$/i;
/** Without leading zeros, and exact as a number. */
const LENGTH = /^(?:0|[1-9]\d{0,14})$/;

/** As the engine says it for HTTP/1.1. */
const METHODS = 'GET, HEAD, POST, PUT, DELETE, PATCH';

const malformed = (fault: string): Malformed => ({ kind: 'malformed', fault });

/** The request line in pieces, `[method, scheme, authority, path]`. */
type Pseudo = [method: string, scheme: string, authority: string, path: string];
const PSEUDO_NAMES = [':method', ':scheme', ':authority', ':path'];

/** Fills `pseudo`. Gives the index of the first ordinary field, or what is wrong. */
const readPseudo = (fields: RawFields, pseudo: Pseudo): number | string => {
  let i = 0;
  for (; fields[i]?.startsWith(':'); i += 2) {
    const which = PSEUDO_NAMES.indexOf(fields[i] ?? '');
    if (which === -1) return 'a pseudo-field is not known';
    if (pseudo[which] !== '') return 'a pseudo-field stands twice';
    const value = fields[i + 1] ?? '';
    if (value === '') return 'a pseudo-field is empty';
    pseudo[which] = value;
  }
  return i;
};

const pseudoFault = ([method, scheme, authority, path]: Pseudo): string => {
  if (method === '' || scheme === '' || path === '') return 'a pseudo-field is missing';
  if (!METHOD.test(method)) return 'the method is malformed';
  if (!SCHEME.test(scheme)) return 'the scheme is neither http nor https';
  if (!PATH.test(path)) return 'the path is malformed';
  return authority === '' || AUTHORITY.test(authority) ? '' : 'the authority is malformed';
};

/** What the ordinary fields of a request come to. */
class Lines {
  text = '';
  length = UNANNOUNCED;
  hasHost: boolean;
  readonly #authority: string;
  #cookies = '';

  constructor(authority: string) {
    this.#authority = authority.toLowerCase();
    this.hasHost = authority !== '';
    if (this.hasHost) this.text = `Host: ${authority}\r\n`;
  }

  /** Takes one field; gives what is wrong with it, or an empty string. */
  take(name: string, value: string): string {
    switch (name) {
      case 'host':
        // One that contradicts :authority makes two lines, which no reader of HTTP/1.1 takes (RFC 9113, 8.3.1).
        if (this.#authority === '' || value.toLowerCase() !== this.#authority) this.#add(name, value);
        this.hasHost ||= value !== '';
        return '';
      case 'cookie':
        this.#cookies += this.#cookies === '' ? value : `; ${value}`;
        return '';
      case 'content-length':
        if (this.length !== UNANNOUNCED || !LENGTH.test(value)) return 'Content-Length is malformed';
        this.length = Number(value);
        this.#add(name, value);
        return '';
      default:
        this.#add(name, value);
        return '';
    }
  }

  /** Cookies come in crumbs, and are one field for everybody else (RFC 9113, 8.2.3). */
  end(): void {
    if (this.#cookies !== '') this.#add('cookie', this.#cookies);
  }

  #add(name: string, value: string): void {
    this.text += `${name}: ${value}\r\n`;
  }
}

/** Framing is ours, whatever the method; and behind its one request a stream ends. */
const framingLines = (lines: Lines, isWhole: boolean): string =>
  isWhole || lines.length !== UNANNOUNCED
    ? 'Connection: close\r\n\r\n'
    : 'Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n';

/**
 * Writes the fields of a request as a head of HTTP/1.1 with one reading only (RFC 9113, 8.3.1 and 8.2.2). `isWhole`:
 * no content follows. What depends on the rules of HTTP/1.1 alone, such as what a host may look like, is left to the
 * scanner that reads the head next.
 */
export const translateRequest = (
  fields: RawFields,
  isWhole: boolean,
): TranslatedHead | Malformed | Unserved => {
  const pseudo: Pseudo = ['', '', '', ''];
  const first = readPseudo(fields, pseudo);
  if (typeof first === 'string') return malformed(first);
  const [method, , authority, path] = pseudo;
  if (method === 'CONNECT') return { kind: 'unserved', status: 405, allow: METHODS };
  const fault = pseudoFault(pseudo);
  if (fault !== '') return malformed(fault);
  const lines = new Lines(authority);
  for (let i = first; i < fields.length; i += 2) {
    const name = fields[i] ?? '';
    const value = fields[i + 1] ?? '';
    const wrong = fieldFault(name, value) || lines.take(name, value);
    if (wrong !== '') return malformed(wrong);
  }
  lines.end();
  if (!lines.hasHost) return malformed('there is no authority');
  if (isWhole && lines.length > 0) return malformed('the content is shorter than Content-Length');
  const text = `${method} ${path} HTTP/1.1\r\n${lines.text}${framingLines(lines, isWhole)}`;
  return { kind: 'head', text, isHead: method === 'HEAD', length: isWhole ? 0 : lines.length };
};
