import type { Millis } from '../core/types.ts';

/** TLS towards a server; see the pool's `tls`. */
export interface CheckTls {
  readonly verify: boolean;
  /** The name that is asked for and verified. */
  readonly servername: string;
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** Where a check connects to, and how. */
export interface CheckPlace {
  /** An address or a name. */
  readonly host: string;
  readonly port: number;
  /** Undefined: without TLS. */
  readonly tls?: CheckTls | undefined;
  /** Bytes that go out before anything else, also before TLS: the header of the PROXY protocol. */
  readonly preamble?: Uint8Array | undefined;
  /** For the whole check, from connecting to the end of what is read. */
  readonly timeout: Millis;
}

/** From a status up to another one, both included. */
export type StatusRange = readonly [from: number, to: number];

/** What is asked over HTTP, and what the answer has to be. */
export interface HttpQuestion {
  readonly method: 'GET' | 'HEAD' | 'OPTIONS';
  readonly path: string;
  /** By name; `host` is among them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly statuses: readonly StatusRange[];
  /** Text that has to be within the first MAX_BODY_BYTES of the answer; undefined: the body is not read. */
  readonly body?: string | undefined;
}

/** What one check found. */
export interface CheckResult {
  readonly isGood: boolean;
  /** In few words: `200 in 3 ms`, `503 instead of 200-399`, `connect refused`. */
  readonly text: string;
  /** Nobody listens there: more than that this one check failed. */
  readonly isRefused: boolean;
}

/** A check under way. */
export interface Check {
  /** Never rejects. */
  readonly result: Promise<CheckResult>;
  /** Closes the connection; the result is a bad one then, unless it has come. */
  cancel(): void;
}

/** When the checks of a server are made, and what their results come to. */
export interface CheckRules {
  /** Time between the beginnings of two checks. */
  readonly interval: Millis;
  /** Each interval differs by up to this share, 0..1. */
  readonly jitter: number;
  /** Good checks in a row that bring a server up, and bad ones that take it down. */
  readonly rise: number;
  readonly fall: number;
  /** What a server is before its first check. */
  readonly initial: 'unknown' | 'up' | 'down';
}

/** `200-399, 401`: the statuses as people write them. */
export const statusText = (ranges: readonly StatusRange[]): string =>
  ranges.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(', ');
