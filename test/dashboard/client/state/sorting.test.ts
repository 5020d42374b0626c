import { describe, expect, it } from 'vitest';
import { csvOf } from '../../../../dashboard/client/state/exporting.ts';
import { grouped, stateCounts } from '../../../../dashboard/client/state/pools.ts';
import { matches, nextSort, sorted, UNSORTED } from '../../../../dashboard/client/state/sorting.ts';
import { aPoolView, aServerView } from '../../../control/fake-views.ts';

describe('sorting', () => {
  it('keeps what is equal in its order, and puts what is not known last either way', () => {
    const items = [
      { id: 'a', value: null },
      { id: 'b', value: 2 },
      { id: 'c', value: 1 },
      { id: 'd', value: 2 },
    ];
    const ids = (descends: boolean) => sorted(items, ({ value }) => value, descends).map(({ id }) => id);
    expect(ids(true)).toEqual(['b', 'd', 'c', 'a']);
    expect(ids(false)).toEqual(['c', 'b', 'd', 'a']);
  });

  it('takes numbers in texts for numbers', () => {
    expect(sorted(['web-10', 'web-9'], (id) => id, false)).toEqual(['web-9', 'web-10']);
  });

  it('turns round when a column is chosen again, and then goes', () => {
    const first = nextSort(UNSORTED, 'load', true);
    const second = nextSort(first, 'load', true);
    expect([first.descends, second.descends, nextSort(second, 'load', true).key]).toEqual([
      true,
      false,
      undefined,
    ]);
    expect(nextSort(second, 'name', false)).toEqual({ key: 'name', descends: false });
  });
});

describe('the filter', () => {
  it.each([
    ['web-1', true],
    ['WEB eu', true],
    ['10.0.0.1', true],
    ['refused', true],
    ['web asia', false],
  ])('"%s" lets it through: %s', (filter, isThrough) => {
    expect(matches(aServerView({ tags: ['eu'], reason: 'connect refused' }), filter)).toBe(isThrough);
  });
});

describe('pools', () => {
  it('come in their order, those without servers too, unknown ones last', () => {
    const servers = [aServerView({ pool: 'odd' }), aServerView({ pool: 'api' })];
    const groups = grouped(servers, [aPoolView({ name: 'web' }), aPoolView({ name: 'api' })]);
    expect(groups.map(({ pool, view, servers: { length } }) => [pool, view?.name, length])).toEqual([
      ['web', 'web', 0],
      ['api', 'api', 1],
      ['odd', undefined, 1],
    ]);
  });

  it('count states, the worst first', () => {
    const states = ['ready', 'ready', 'drain', 'down', 'odd'] as const;
    expect(stateCounts(states.map((state) => ({ state: state as 'ready' })))).toBe(
      '1 down, 1 drain, 2 ready, 1 odd',
    );
  });
});

describe('the CSV', () => {
  it('quotes what must be quoted, and makes text of formulas', () => {
    const server = aServerView({
      id: '=1+1',
      url: 'http://a,b/',
      reason: 'a "b"\nc',
      ageMs: null,
      latencyMs: -1,
    });
    const [head, line = ''] = csvOf([server]).split('\r\n');
    expect(head).toMatch(/^pool,id,url,state,reason,node,ageMs,/);
    expect(line).toMatch(/^web,'=1\+1,"http:\/\/a,b\/",ready,"a ""b""\nc",node-1,,0\.42,/);
    expect(line).toContain(',-1,');
  });
});
