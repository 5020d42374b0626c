import { describe, expect, it } from 'vitest';
import { readFlags } from '../../../bench/parts/read-flags.ts';

const SCENARIOS = ['get1k', 'post1k'];
const PROXIES = ['forehand_raw', 'nginx', 'haproxy'];

describe('the flags of a measurement', () => {
  it('mean everything, five times, when there are none', () => {
    expect(readFlags([], SCENARIOS, PROXIES)).toEqual({
      passes: 5,
      seconds: 3,
      only: SCENARIOS,
      proxies: PROXIES,
    });
  });

  it('choose, whatever their order', () => {
    const args = ['--passes', '2', '--seconds=1', '--only', 'post1k', '--proxies', 'haproxy,forehand_raw'];
    expect(readFlags(args, SCENARIOS, PROXIES)).toEqual({
      passes: 2,
      seconds: 1,
      only: ['post1k'],
      proxies: ['forehand_raw', 'haproxy'],
    });
  });

  it.each([
    [['--passes', '0'], '--passes is a whole number above 0, not 0'],
    [['--seconds', '1.5'], '--seconds is a whole number above 0, not 1.5'],
    [['--only', 'get2k'], '--only: get2k is not among get1k, post1k'],
    [['--proxies', 'caddy'], '--proxies: caddy is not among forehand_raw, nginx, haproxy'],
    [['--what'], '--what'],
  ])('refuse %j', (args, message) => {
    expect(() => readFlags(args, SCENARIOS, PROXIES)).toThrow(message);
  });
});
