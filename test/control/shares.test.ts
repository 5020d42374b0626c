import { describe, expect, it } from 'vitest';
import { Shares } from '../../src/control/shares.ts';
import { aServer } from '../../src/testing/index.ts';

const [a, b] = [aServer({ id: 'a' }), aServer({ id: 'b' })];

describe('Shares', () => {
  it('divides the requests of the last ten seconds over the servers', () => {
    const shares = new Shares();
    for (let i = 0; i < 30; i++) shares.count(i % 3 === 0 ? a : b, i * 100);
    expect(shares.of([a, b], 3000)).toEqual([1 / 3, 2 / 3]);
  });

  it('forgets what is older', () => {
    const shares = new Shares();
    shares.count(a, 0);
    shares.count(b, 15_000);
    expect(shares.of([a, b], 15_000)).toEqual([0, 1]);
  });

  it('is 0 for everybody when there was nothing', () => {
    expect(new Shares().of([a, b], 0)).toEqual([0, 0]);
  });
});
