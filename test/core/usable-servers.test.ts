import { describe, expect, it } from 'vitest';
import type { HealthState } from '../../src/core/server-spec.ts';
import { usableServers } from '../../src/core/usable-servers.ts';

const health = (state: HealthState['state'], isRefused = false): HealthState => ({
  state,
  reason: '',
  isRefused,
  at: 0,
});

/** `u` up, `?` nobody has checked, `d` down by its checks, `x` down because it takes no connections. */
const servers = (text: string) =>
  [...text].map((kind, i) => ({
    id: `${kind}${i}`,
    health: kind === '?' ? undefined : health(kind === 'u' ? 'up' : 'down', kind === 'x'),
  }));

describe('the servers that checks leave', () => {
  it.each([
    ['u?u', 'u0 ?1 u2', 'all, where nothing is wrong'],
    ['udx', 'u0', 'those that are up'],
    ['?dx', '?0', 'those that nobody has checked'],
    ['ddx', 'd0 d1', 'those that take connections, if all are down'],
    ['xx', 'x0 x1', 'all, if none takes connections'],
    ['', '', 'none, if there are none'],
  ])('of %s are %s: %s', (text, left) => {
    expect(
      usableServers(servers(text))
        .map(({ id }) => id)
        .join(' '),
    ).toBe(left);
  });
});
