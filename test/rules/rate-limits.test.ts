import { describe, expect, it } from 'vitest';
import { clientKey, RateLimits } from '../../src/rules/rate-limits.ts';
import { aRequest } from './support.ts';

const planned = { name: 'a', requests: 1, per: 1000, burst: 1, key: 'client' };

describe('the key of a client', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::9', '2001:db8:1:2'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['2001:0DB8:0001:0002::', '2001:db8:1:2'],
  ])('of %s is %s', (ip, key) => expect(clientKey(ip)).toBe(key));
});

describe('rate limits', () => {
  it('keep what they have counted while they stay as they are', () => {
    const limits = new RateLimits();
    limits.of(planned).take(aRequest(), 0);
    limits.settle();
    expect(limits.of(planned).take(aRequest(), 0)).toBeGreaterThan(0);
    limits.settle();
    expect(limits.of({ ...planned, burst: 2 }).take(aRequest(), 0)).toBe(0);
    limits.settle();
    expect(limits.of(planned).take(aRequest(), 0)).toBe(0);
  });

  it('count together by field or cookie, and by client where there is none', () => {
    const limit = new RateLimits().of({ ...planned, key: 'cookie:id' });
    expect(limit.take(aRequest({ cookies: { id: '1' } }), 0)).toBe(0);
    expect(limit.take(aRequest({ cookies: { id: '2' } }), 0)).toBe(0);
    expect(limit.take(aRequest({ cookies: { id: '1' }, clientIp: '192.0.2.9' }), 0)).toBeGreaterThan(0);
    expect(limit.take(aRequest(), 0)).toBe(0);
    expect(limit.take(aRequest(), 0)).toBeGreaterThan(0);
  });
});
