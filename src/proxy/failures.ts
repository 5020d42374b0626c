import type { Termination } from '../core/exchange.ts';
import type { FailureReason } from '../core/types.ts';
import type { OwnAnswer } from './own-answer.ts';

/** A failed attempt in our words, and what the client is told if no other follows. */
export interface Failure {
  readonly reason: FailureReason;
  readonly status: 502 | 503 | 504;
  /** For the client: never names a server. */
  readonly message: string;
  readonly termination: Termination;
}

const failure = (
  reason: FailureReason,
  status: Failure['status'],
  message: string,
  termination: Termination,
): Failure => ({ reason, status, message, termination });

export const REFUSED = failure('connect_refused', 502, 'no server could be reached', 'server_abort');
export const UNREACHABLE = failure('connect_error', 502, 'no server could be reached', 'server_abort');
export const CONNECT_TIMEOUT = failure(
  'connect_timeout',
  504,
  'no server could be reached in time',
  'connect_timeout',
);
export const RESET = failure(
  'reset',
  502,
  'the server closed the connection without an answer',
  'server_abort',
);
export const BAD_RESPONSE = failure('bad_response', 502, 'the server gave no valid answer', 'server_abort');
export const HEADER_TIMEOUT = failure(
  'header_timeout',
  504,
  'the server did not answer in time',
  'header_timeout',
);
/** Every connection that the server may have is busy. Says nothing of the server's health. */
export const QUEUE_FULL = failure('no_server', 503, 'no server has room for the request', 'queue_full');

/** It is this machine that has no more descriptors, ports or memory. Says nothing of the server's health. */
export const NO_ROOM = failure('no_server', 503, 'no connection can be made now', 'overload');

const OURS = new Set(['EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'ENOBUFS', 'ENOMEM']);

/** What an error while connecting means. */
export const connectFailure = (code: string): Failure => {
  if (code === 'ECONNREFUSED') return REFUSED;
  return OURS.has(code) ? NO_ROOM : UNREACHABLE;
};

/** What the client is told when no other attempt follows. */
export const failureAnswer = ({ status, message }: Failure): OwnAnswer => ({
  status,
  reason: message,
  fields: status === 503 ? 'Retry-After: 1\r\n' : '',
});
