import type { Termination } from '../../core/exchange.ts';
import type { FailureReason } from '../../core/types.ts';

/**
 * What is counted of a pool and of a server stands in one array each: which cell counts what is said here, for those
 * who count and for those who read.
 */

/** Those of RFC 9110 and PATCH, and one for all others: anybody can make up methods. */
export const METHODS = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'CONNECT',
  'OPTIONS',
  'TRACE',
  'PATCH',
  'OTHER',
] as const;
const METHOD_AT: ReadonlyMap<string, number> = new Map(METHODS.slice(0, -1).map((method, i) => [method, i]));

export const methodAt = (method: string): number => METHOD_AT.get(method) ?? METHODS.length - 1;

/** One for each status from 100 to 599; the first is for no answer, or for a status out of range. */
export const CODES = 501;
export const codeAt = (status: number): number => (status >= 100 && status < 600 ? status - 99 : 0);
export const codeText = (at: number): string => (at === 0 ? 'none' : String(at + 99));

export const CODE_CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx', 'none'] as const;
/** `2xx` for 204; `none` where no answer went out or its status is out of range. */
export const codeClassAt = (status: number): number =>
  status >= 100 && status < 600 ? Math.floor(status / 100) - 1 : CODE_CLASSES.length - 1;

/** Upper bounds of the duration histogram, seconds; one bucket more is for what is longer. */
export const DURATION_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;
const BOUNDS_MS = Float64Array.from(DURATION_BOUNDS, (seconds) => seconds * 1000);

export const durationBucketAt = (ms: number): number => {
  let at = 0;
  while (at < BOUNDS_MS.length && ms > (BOUNDS_MS[at] as number)) at += 1;
  return at;
};

/** Why an attempt failed; `unknown` where nobody said. */
export type CountedReason = FailureReason | 'unknown';

const REASON_AT: Readonly<Record<CountedReason, number>> = {
  unknown: 0,
  connect_refused: 1,
  connect_timeout: 2,
  connect_error: 3,
  reset: 4,
  header_timeout: 5,
  idle_timeout: 6,
  bad_response: 7,
  body_cut: 8,
  client_abort: 9,
  no_server: 10,
};
export const REASONS: readonly string[] = Object.keys(REASON_AT);
export const reasonAt = (reason: CountedReason): number => REASON_AT[reason];

const TERMINATION_AT: Readonly<Record<Termination, number>> = {
  ok: 0,
  client_abort: 1,
  server_abort: 2,
  connect_timeout: 3,
  header_timeout: 4,
  idle_timeout: 5,
  no_server: 6,
  no_route: 7,
  bad_request: 8,
  redirect: 9,
  local: 10,
  rule: 11,
  overload: 12,
  queue_full: 13,
};
/** Who or what ended a request, in the order of their cells. */
export const TERMINATIONS: readonly string[] = Object.keys(TERMINATION_AT);
export const terminationAt = (termination: Termination): number => TERMINATION_AT[termination];

/** How a probe of a server ended. */
export const PROBE_RESULTS = ['answered', 'timeout', 'failed'] as const;

/** Whose answer it was when a copy of a request had been sent to a second server. */
export const HEDGE_RESULTS = ['won', 'lost'] as const;

const DURATION_BUCKETS = DURATION_BOUNDS.length + 1;
const HEDGES = 3;
const PROBES = HEDGES + HEDGE_RESULTS.length;
const RETRIES = PROBES + PROBE_RESULTS.length;
const ENDS = RETRIES + REASONS.length;
const DURATIONS = ENDS + TERMINATIONS.length;
/** A histogram for each code class: its buckets, each by itself, then the sum in ms. */
const DURATION_CELLS = DURATION_BUCKETS + 1;

/** The cells of a pool. */
export const POOL = {
  bytesIn: 0,
  bytesOut: 1,
  noServer: 2,
  /** By result. */
  hedges: HEDGES,
  /** By result. */
  probes: PROBES,
  /** By reason. */
  retries: RETRIES,
  /** By termination. */
  ends: ENDS,
  /** By code class, then bucket. */
  durations: DURATIONS,
  durationCells: DURATION_CELLS,
  durationBuckets: DURATION_BUCKETS,
  size: DURATIONS + CODE_CLASSES.length * DURATION_CELLS,
} as const;

/** The cells of requests of one listener to one pool: by method, then code. */
export const REQUEST_CELLS = METHODS.length * CODES;
export const requestCellAt = (method: string, status: number): number =>
  methodAt(method) * CODES + codeAt(status);

/** The cells of a server. */
export const SERVER = {
  /** Answers that began, and the sum of the times to their first byte, ms. */
  responses: 0,
  responseMs: 1,
  /** Requests by code class. */
  answers: 2,
  /** By reason. */
  connectErrors: 2 + CODE_CLASSES.length,
  size: 2 + CODE_CLASSES.length + REASONS.length,
} as const;
