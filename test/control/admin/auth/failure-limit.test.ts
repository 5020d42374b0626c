import { describe, expect, it } from 'vitest';
import { FailureLimit } from '../../../../src/control/admin/auth/failure-limit.ts';

const aLimit = () => {
  let now = 0;
  const limit = new FailureLimit(() => now);
  const fail = (address: string | undefined, times: number): void => {
    for (let i = 0; i < times; i += 1) limit.failed(address);
  };
  const pass = (ms: number): void => {
    now += ms;
  };
  return { limit, fail, pass };
};

describe('the limit of failures', () => {
  it('is ten in a minute from the first one on', () => {
    const { limit, fail, pass } = aLimit();
    fail('10.0.0.1', 10);
    expect(limit.lockedFor('10.0.0.1')).toBe(0);
    pass(20_000);
    fail('10.0.0.1', 1);
    expect(limit.lockedFor('10.0.0.1')).toBe(40_000);
    pass(39_999);
    fail('10.0.0.1', 5);
    expect(limit.lockedFor('10.0.0.1')).toBe(1);
    pass(1);
    expect(limit.lockedFor('10.0.0.1')).toBe(0);
    fail('10.0.0.1', 10);
    expect(limit.lockedFor('10.0.0.1')).toBe(0);
  });

  it.each([
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9', true],
    ['2001:db8:1:2::1', '2001:db8:1:3::1', false],
    ['::1', '0:0:0:0:0:0:0:1', true],
    ['fe80::1%eth0', 'fe80::2%eth1', true],
    ['10.0.0.1', '::ffff:10.0.0.1', true],
    ['10.0.0.1', '10.0.0.2', false],
    ['10.0.0.1', undefined, false],
  ])('of %s is that of %s: %s', (one, other, same) => {
    const { limit, fail } = aLimit();
    fail(one, 11);
    expect(limit.lockedFor(other) > 0).toBe(same);
  });

  it('is kept of ten thousand addresses, the newest', () => {
    const { limit, fail } = aLimit();
    fail('10.0.0.1', 11);
    for (let i = 0; i < 10_000; i += 1) limit.failed(`172.16.${i >> 8}.${i & 255}`);
    expect(limit.lockedFor('10.0.0.1')).toBe(0);
    fail('172.16.39.15', 10);
    expect(limit.lockedFor('172.16.39.15')).toBeGreaterThan(0);
  });
});
