import { describe, expect, it } from 'vitest';
import { verdictOn } from '../../../candidacy/parts/verdict.ts';
import type { FailureReason } from '../../../src/core/types.ts';

describe('the verdict on an outcome', () => {
  it.each([
    [200, 'good'],
    [404, 'good'],
    [429, 'good'],
    [500, 'error'],
    [501, 'error'],
    [502, 'failure'],
    [503, 'failure'],
    [504, 'failure'],
    [505, 'error'],
  ])('of an answer %i is %s', (status, verdict) => {
    expect(verdictOn({ kind: 'answered', status, firstByte: 1, total: 1 })).toBe(verdict);
  });

  it.each<['client' | 'server' | 'proxy', FailureReason, string]>([
    ['server', 'connect_refused', 'failure'],
    ['server', 'header_timeout', 'failure'],
    ['server', 'connect_timeout', 'unreachable'],
    ['client', 'client_abort', 'silent'],
    ['client', 'reset', 'silent'],
    ['proxy', 'no_server', 'silent'],
  ])('of a failure on the side of the %s by %s is %s', (side, reason, verdict) => {
    expect(verdictOn({ kind: 'failed', side, reason, unsent: false })).toBe(verdict);
  });
});
