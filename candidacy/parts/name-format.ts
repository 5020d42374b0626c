import { portOf } from '../../src/core/accept.ts';

type Part = (server: URL, host: string) => string;

/** A format that has been read. `fault` says what is wrong with it; the parts are complete only without one. */
export interface NameFormat {
  readonly parts: readonly Part[];
  readonly fault: string | undefined;
}

const TOKEN = /%(-?)(\d*)([SH])|%([p%])|([A-Za-z0-9.:-]+)/y;
const KNOWN = '%S, %H, %nS, %-nS, %nH, %-nH, %p and %%';
/** Longest name in DNS (RFC 1035, 2.3.4), and so the longest that a format may be. */
const LONGEST_NAME = 253;
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;

/** `count` undefined: the whole name. Otherwise its first labels, or with `strip` all but the first. */
const labels =
  (of: Part, count: number | undefined, strip: boolean): Part =>
  (server, host) => {
    if (count === undefined) return of(server, host);
    const all = of(server, host).split('.');
    return (strip ? all.slice(count) : all.slice(0, count)).join('.');
  };

const partOf = (token: RegExpExecArray): Part | undefined => {
  const [text, minus, digits, letter, single, literal] = token;
  if (literal !== undefined) return () => text;
  if (single !== undefined) return single === 'p' ? (server) => `${portOf(server)}` : () => '%';
  const count = digits ? Number(digits) : undefined;
  if (count === 0 || (minus && count === undefined)) return undefined;
  return labels(letter === 'S' ? (server) => server.hostname : (_, host) => host, count, minus === '-');
};

const faultAt = (format: string, at: number): string => {
  const got = `got ${JSON.stringify(format.slice(at, at + 4))} at character ${at + 1}`;
  if (/^%(?:-0*|0+)[SH]/.test(format.slice(at))) return `expected a number of labels from 1, ${got}`;
  return format[at] === '%'
    ? `expected one of ${KNOWN}, ${got}`
    : `expected letters, digits, ".", "-" and ":" besides ${KNOWN}, ${got}`;
};

/**
 * Reads a format for redirect names: `%S` the server's name, `%H` the request's Host, `%nS` the first n labels of it,
 * `%-nS` all but the first n (the same with H), `%p` the server's port, `%%` a percent sign; the rest is literal.
 */
export const parseNameFormat = (format: string): NameFormat => {
  if (format === '' || format.length > LONGEST_NAME)
    return { parts: [], fault: `expected 1 to ${LONGEST_NAME} characters, got ${format.length}` };
  const parts: Part[] = [];
  for (let at = 0; at < format.length; ) {
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(format);
    const part = token && partOf(token);
    if (!part) return { parts, fault: faultAt(format, at) };
    parts.push(part);
    at = TOKEN.lastIndex;
  }
  return { parts, fault: undefined };
};

const isByte = (label: string): boolean => /^(?:0|[1-9]\d{0,2})$/.test(label) && Number(label) <= 255;

/**
 * A host name of letters, digits and hyphens, or an IPv4 address of four decimal numbers. A last label that is a number
 * makes a browser read the whole as an address (URL Standard, 3.5), so any other name with one is neither.
 */
const isHostName = (name: string): boolean => {
  if (name.length > LONGEST_NAME) return false;
  const all = name.split('.');
  if (/^(?:\d+|0x[0-9a-f]*)$/i.test(all.at(-1) ?? '')) return all.length === 4 && all.every(isByte);
  return all.every((label) => LABEL.test(label));
};

/**
 * The origin that a format makes of a server and the Host of a request. The server's own port is added unless the
 * format writes one. Host is foreign: undefined if what came of it is not a valid name and port.
 */
export const formatOrigin = ({ parts }: NameFormat, server: URL, host: string): string | undefined => {
  const made = parts.map((part) => part(server, host)).join('');
  const [, name = made, port = server.port] = /^(.*):(\d+)$/.exec(made) ?? [];
  const isName = name === server.hostname || isHostName(name);
  const isPort = port === '' || (Number(port) > 0 && Number(port) <= 65_535);
  if (!isName || !isPort) return undefined;
  return `${server.protocol}//${name}${port === '' ? '' : `:${port}`}`;
};
