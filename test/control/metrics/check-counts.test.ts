import { describe, expect, it } from 'vitest';
import { CheckCounts } from '../../../src/control/metrics/check-counts.ts';
import { aServer } from '../../../src/testing/index.ts';

describe('the counts of checks', () => {
  const server = aServer({ pool: 'web', id: 'a' });

  it('count each check once, however often it is told how they go', () => {
    const counts = new CheckCounts();
    counts.heard(server, { passes: 0, lastAt: undefined });
    for (const facts of [
      { passes: 1, lastAt: 10 },
      { passes: 1, lastAt: 10 },
      { passes: 2, lastAt: 20 },
      { passes: 0, lastAt: 30 },
    ])
      counts.heard(server, facts);
    expect(counts.totals()).toEqual([{ pool: 'web', id: 'a', passed: 2, failed: 1 }]);
  });

  it('forget a server that is watched no more', () => {
    const counts = new CheckCounts();
    counts.heard(server, { passes: 1, lastAt: 10 });
    counts.heard(server, undefined);
    expect(counts.totals()).toEqual([]);
  });
});
