import { describe, expect, it } from 'vitest';
import { byInFlight } from '../../candidacy/by-in-flight.ts';
import { off } from '../../candidacy/off.ts';
import { Bench } from './support.ts';

describe('off', () => {
  it.each(['undo', 'refuse', 'local'] as const)('serves locally with `whenEmpty: %s`', (whenEmpty) => {
    const bench = new Bench([{ id: 'a' }]);
    const { delivery, chosen, ranked } = bench.decide(bench.chain([off, byInFlight], whenEmpty));
    expect({ delivery, chosen, ranked }).toEqual({ delivery: 'local', chosen: undefined, ranked: [] });
  });

  it('serves locally also where every server is drained', () => {
    const bench = new Bench([{ id: 'a' }]);
    bench.board.setHand('web', 'a', { state: 'drain', reason: '' });
    expect(bench.decide(bench.chain([off])).delivery).toBe('local');
  });

  it('says why', () => {
    const bench = new Bench([{ id: 'a' }]);
    expect(bench.explain(bench.chain([off]))[0]?.dropped).toEqual([{ id: 'a', reason: 'served locally' }]);
  });
});
