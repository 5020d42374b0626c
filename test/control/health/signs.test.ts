import { describe, expect, it } from 'vitest';
import { Signs, signsOfOutcome } from '../../../src/control/health/signs.ts';
import type { ConnectionEvent } from '../../../src/proxy/settings.ts';
import { aBoard, answered, failed } from '../../core/support.ts';

const anEvent = (kind: ConnectionEvent['kind'], detail = '', server = 'a'): ConnectionEvent => ({
  kind,
  pool: 'web',
  server,
  detail,
});

describe('what happens to connections of a server', () => {
  it.each([
    ['failed', 'ECONNREFUSED', 'gone'],
    ['closed', 'ended', 'gone'],
    ['closed', 'ECONNRESET', 'gone'],
    ['closed', 'idle', undefined],
    ['closed', 'not to be kept', undefined],
    ['closed', 'abandoned', undefined],
    ['failed', 'ETIMEDOUT', undefined],
    ['failed', 'EMFILE', undefined],
    ['failed', 'CERT_HAS_EXPIRED', undefined],
    ['opened', '', undefined],
    ['reused', '', undefined],
  ] as const)('is, when one is %s (%s), the sign %s', (kind, detail, sign) => {
    const { board } = aBoard(['a']);
    expect(new Signs(board).of(anEvent(kind, detail))?.kind).toBe(sign);
  });

  it('is a sign that the server is back when one is opened to one that is down', () => {
    const { board, pool, server } = aBoard(['a', 'b']);
    const signs = new Signs(board);
    expect(signs.of(anEvent('opened'))).toBeUndefined();
    pool.setHealth(server('a'), { state: 'down', reason: '', isRefused: true, at: 0 }, 0);
    expect(signs.of(anEvent('opened'))).toEqual({ pool: 'web', server: 'a', kind: 'back' });
    expect(signs.of(anEvent('opened', '', 'b'))).toBeUndefined();
    expect(signs.of({ ...anEvent('opened'), pool: 'gone' })).toBeUndefined();
  });
});

describe('how a request ended', () => {
  it.each([
    [failed({ reason: 'connect_refused' }), 1],
    [failed({ reason: 'reset' }), 1],
    [failed({ reason: 'header_timeout' }), 0],
    [failed({ side: 'client', reason: 'client_abort' }), 0],
    [answered(503), 0],
  ])('is a sign where the server broke off (%#)', (outcome, count) => {
    const { server } = aBoard(['a']);
    expect(signsOfOutcome(server('a'), outcome)).toHaveLength(count);
  });
});
