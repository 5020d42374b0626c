import type { FinishedExchange } from './exchange.ts';
import type { Millis } from './types.ts';

/** What `traceparent` says (W3C Trace Context, 2.2). */
export interface TraceParent {
  /** 32 hexadecimal digits, lower case, not all 0. */
  readonly traceId: string;
  /** 16 of them: the span that the request comes from. */
  readonly spanId: string;
  /** 0 to 255; bit 0: the trace is recorded. */
  readonly flags: number;
}

/** The trace that an exchange belongs to, and what it changes in the head that goes to a server. */
export interface ExchangeTrace {
  /** 32 hexadecimal digits; empty where the exchange belongs to none. */
  readonly traceId: string;
  /** Names, in lower case, of the client's fields that do not go on. */
  readonly removes: ReadonlySet<string>;
  /** Whole field lines in their place, each with CRLF, as latin1; empty for none. */
  readonly lines: string;
  /** Told how the exchange went, once. */
  ended?(exchange: FinishedExchange): void;
}

/** What is known of a request when its trace begins. */
export interface TracedRequest {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly scheme: string;
  readonly clientIp: string;
  readonly peerIp: string;
  readonly startedAt: Millis;
  /** The value of a field, several joined with `, `; undefined if there is none. */
  header(name: string): string | undefined;
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const ALL_ZERO = /^0+$/;

/**
 * Reads a traceparent. Undefined for one that is missing, or that nobody may go on with: of version ff, with ids of
 * zeros alone, with anything else in another place. A version that is not known yet may say more behind what is known
 * (3.2.2.1 to 3.2.4, 4.3).
 */
export const parseTraceparent = (text: string | undefined): TraceParent | undefined => {
  const [, version, traceId = '', spanId = '', flags = '', more] = TRACEPARENT.exec(text ?? '') ?? [];
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  if (ALL_ZERO.test(traceId) || ALL_ZERO.test(spanId)) return undefined;
  return { traceId, spanId, flags: Number.parseInt(flags, 16) };
};

/** As version 00 writes it. */
export const traceparentText = ({ traceId, spanId, flags }: TraceParent): string =>
  `00-${traceId}-${spanId}-${flags.toString(16).padStart(2, '0')}`;

/** Most members of a tracestate, and most characters that are passed on (3.3.1.1, 3.3.1.5 asks for at least 512). */
const MOST_MEMBERS = 32;
const MOST_CHARACTERS = 2048;
/** key=value, the key of one or of several tenants (3.3.1.3). */
const MEMBER =
  /^(?:[a-z][a-z0-9_*/-]{0,255}|[a-z0-9][a-z0-9_*/-]{0,240}@[a-z][a-z0-9_*/-]{0,13})=[ -+\--<>-~]{0,255}[!-+\--<>-~]$/;

/** Whether a tracestate may be passed on: a list of 1 to 32 members, of which some may be empty; no key twice. */
export const isTracestate = (text: string): boolean => {
  if (text.length > MOST_CHARACTERS) return false;
  const members = text
    .split(',')
    .map((member) => member.replace(/^[ \t]+|[ \t]+$/g, ''))
    .filter((member) => member !== '');
  const keys = new Set(members.map((member) => member.slice(0, member.indexOf('='))));
  return (
    members.length > 0 &&
    members.length <= MOST_MEMBERS &&
    keys.size === members.length &&
    members.every((member) => MEMBER.test(member))
  );
};
