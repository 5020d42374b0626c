import type { FailureReason } from '../core/types.ts';
import type { Termination } from './door-parts.ts';

/** A failed attempt in our words, and what the client is told if no other follows. */
export interface Failure {
  readonly reason: FailureReason;
  readonly status: 502 | 504;
  readonly message: string;
  readonly termination: Termination;
}

const REFUSED: Failure = {
  reason: 'connect_refused',
  status: 502,
  message: 'no server could be reached',
  termination: 'server_abort',
};
const UNREACHABLE: Failure = { ...REFUSED, reason: 'connect_error' };
const CONNECT_TIMEOUT: Failure = {
  reason: 'connect_timeout',
  status: 504,
  message: 'no server could be reached in time',
  termination: 'connect_timeout',
};
export const RESET: Failure = {
  reason: 'reset',
  status: 502,
  message: 'the server closed the connection without an answer',
  termination: 'server_abort',
};
export const BAD_RESPONSE: Failure = {
  reason: 'bad_response',
  status: 502,
  message: 'the server gave no valid answer',
  termination: 'server_abort',
};
export const HEADER_TIMEOUT: Failure = {
  reason: 'header_timeout',
  status: 504,
  message: 'the server did not answer in time',
  termination: 'header_timeout',
};

/** What an error of Node means. `connected`: the connection had been made. */
export const failureOf = (error: NodeJS.ErrnoException, connected: boolean): Failure => {
  const { code = '' } = error;
  if (code === 'FOREHAND_CONNECT_TIMEOUT') return CONNECT_TIMEOUT;
  if (code.startsWith('HPE_') || code === 'FOREHAND_BAD_SWITCH') return BAD_RESPONSE;
  if (connected) return RESET;
  return code === 'ECONNREFUSED' ? REFUSED : UNREACHABLE;
};
