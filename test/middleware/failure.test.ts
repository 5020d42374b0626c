import { expect, it } from 'vitest';
import { failureOf } from '../../src/middleware/failure.ts';

it.each([
  ['ECONNREFUSED', false, 'connect_refused', 502],
  ['EHOSTUNREACH', false, 'connect_error', 502],
  ['ENOTFOUND', false, 'connect_error', 502],
  ['CERT_HAS_EXPIRED', false, 'connect_error', 502],
  ['FOREHAND_CONNECT_TIMEOUT', false, 'connect_timeout', 504],
  ['ECONNRESET', true, 'reset', 502],
  ['EPIPE', true, 'reset', 502],
  ['HPE_INVALID_CONSTANT', true, 'bad_response', 502],
  ['HPE_HEADER_OVERFLOW', true, 'bad_response', 502],
  ['FOREHAND_BAD_SWITCH', true, 'bad_response', 502],
  [undefined, true, 'reset', 502],
])('%s (connected: %s) is %s, told as %i', (code, connected, reason, status) => {
  const error = Object.assign(new Error('connect ECONNREFUSED 10.1.2.3:80'), code ? { code } : {});
  const failure = failureOf(error, connected);
  expect(failure).toMatchObject({ reason, status });
  expect(failure.message).not.toMatch(/10\.1\.2\.3|ECONN/);
});
