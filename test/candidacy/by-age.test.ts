import { describe, expect, it } from 'vitest';
import { byAge } from '../../candidacy/by-age.ts';
import { aMoment, aServer } from '../../src/testing/index.ts';
import { Bench, faultsIn, ids, made, readOptions } from './support.ts';

const now = 100_000;
const at = (id: string, heardAt: number) => aServer({ id, heardAt });

describe('byAge', () => {
  it('keeps a server whose age is the limit and drops one a millisecond older', () => {
    const servers = [at('fresh', now), at('limit', now - 5000), at('old', now - 5001)];
    expect(ids(made(byAge, '5s')(servers, aMoment({ now })))).toEqual(['fresh', 'limit']);
  });

  it('allows 20 s, the SERVER_TIMEOUT of mod_backhand, unless told otherwise', () => {
    expect(readOptions(byAge)).toEqual({ max: 20_000, unheard: 'keep' });
  });

  it.each([
    ['keep', ['silent']],
    ['drop', []],
  ])('with `unheard: %s` keeps %j of a server never heard of', (unheard, left) => {
    expect(ids(made(byAge, { unheard })([aServer({ id: 'silent' })], aMoment({ now })))).toEqual(left);
  });

  it.each([
    ['5s', now - 7140, 'age 7.2s > 5s'],
    ['5s', now - 5001, 'age 5.1s > 5s'],
    ['250ms', now - 400.2, 'age 401ms > 250ms'],
    ['5s', Number.NEGATIVE_INFINITY, 'never heard of'],
  ])('says why with limit %s and last report at %d', (max, heardAt, reason) => {
    expect(made(byAge, max).reason?.(at('a', heardAt), aMoment({ now }))).toBe(reason);
  });

  it('refuses a limit without a unit', () => {
    expect(faultsIn(byAge, 5)[0]).toContain('expected a duration with a unit, got the bare number 5');
  });

  it('sees a report on the board at once and its age as the clock goes on', () => {
    const bench = new Bench([{ id: 'a' }, { id: 'b' }]);
    const chain = bench.chain([[byAge, { max: '5s', unheard: 'drop' }]]);
    bench.report('a', {});
    expect(bench.decide(chain).ranked.map(({ id }) => id)).toEqual(['a']);
    bench.report('b', {});
    expect(bench.decide(chain).ranked).toHaveLength(2);
    bench.now += 3000;
    bench.report('b', {});
    bench.now += 3000;
    expect(bench.decide(chain).ranked.map(({ id }) => id)).toEqual(['b']);
  });
});
