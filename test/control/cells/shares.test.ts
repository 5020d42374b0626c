import { describe, expect, it } from 'vitest';
import { Shares, sharesOf, sumRecent } from '../../../src/control/cells/shares.ts';
import { aServer } from '../../../src/testing/index.ts';
import { aBoard } from '../../core/support.ts';

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

  it.each([
    [9999, 0.5],
    [10_000, 0],
    [10_999, 0],
    [1e9, 0],
  ])('counts a request of the first second at %d ms as a share of %d', (now, share) => {
    const shares = new Shares();
    shares.count(a, 999);
    shares.count(b, now);
    expect(shares.of([a, b], now)).toEqual([share, 1 - share]);
  });

  it('is 0 for everybody when there was nothing', () => {
    expect(new Shares().of([a, b], 0)).toEqual([0, 0]);
  });

  it('forgets a server that has left its pool, also where another took its place', () => {
    const { board, pool, server, configure } = aBoard(['x', 'y']);
    const shares = new Shares();
    for (const one of pool.servers) shares.count(one, 0);
    const known = server('x');
    configure(['y']);
    configure(['y', 'z']);
    expect(server('z').slot).toBe(known.slot);
    shares.keep(new Map(board.pools().map((one) => [one.name, one])));
    expect(shares.take(0)).toEqual([{ pool: 'web', servers: [{ id: 'y', count: 1 }] }]);
  });

  it('of several processes are those of their sum', () => {
    const [first, second] = [new Shares(), new Shares()];
    for (let i = 0; i < 3; i++) first.count(a, 0);
    second.count(b, 0);
    second.count(aServer({ id: 'a', pool: 'other' }), 0);
    const sum = sharesOf(sumRecent([...first.take(0), ...second.take(0), ...first.take(20_000)]));
    expect(sum.of([a, b], 0)).toEqual([0.75, 0.25]);
    expect(sum.of([aServer({ id: 'c' })], 0)).toEqual([0]);
  });
});
