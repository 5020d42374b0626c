import { describe, expect, it } from 'vitest';
import { LastReports } from '../../src/state/last-reports.ts';
import { aReport } from './support.ts';

describe('LastReports', () => {
  it('keeps the last report of each node', () => {
    const last = new LastReports();
    last.remember(aReport({ node: 'a', seq: 1 }), 0);
    last.remember(aReport({ node: 'b', seq: 1 }), 0);
    last.remember(aReport({ node: 'a', seq: 2 }), 1);
    expect(
      last
        .recent(1)
        .map(({ node, seq }) => `${node}${seq}`)
        .toSorted(),
    ).toEqual(['a2', 'b1']);
  });

  it('leaves out nodes that were silent for more than 20 s', () => {
    const last = new LastReports();
    last.remember(aReport({ node: 'a' }), 0);
    last.remember(aReport({ node: 'b' }), 1);
    expect(last.recent(20_000)).toHaveLength(2);
    expect(last.recent(20_001).map(({ node }) => node)).toEqual(['b']);
  });

  it('keeps at most 10,000 nodes, those heard last', () => {
    const last = new LastReports();
    for (let i = 0; i <= 10_000; i++) last.remember(aReport({ node: `n${i}` }), 0);
    const nodes = last.recent(0).map(({ node }) => node);
    expect(nodes).toHaveLength(10_000);
    expect(nodes[0]).toBe('n1');
  });
});
