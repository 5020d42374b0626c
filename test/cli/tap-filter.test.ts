import { describe, expect, it } from 'vitest';
import { type TapFilters, tapFilter } from '../../src/cli/tap-filter.ts';
import { aDecisionView } from '../control/fake-views.ts';

describe('what is wanted of decisions', () => {
  const CASES: readonly (readonly [TapFilters, boolean])[] = [
    [{}, true],
    [{ pool: 'web', route: 'everything', server: 'web-1', status: '200' }, true],
    [{ pool: 'api' }, false],
    [{ route: 'every' }, false],
    [{ server: 'web-2' }, false],
    [{ status: '2xx' }, true],
    [{ status: '404,200' }, true],
    [{ status: '5xx,201' }, false],
    [{ sample: '0.51' }, true],
    [{ sample: '50%' }, false],
  ];
  it.each(CASES)('%j: %s', (filters, expected) => {
    expect(tapFilter(filters, () => 0.5)(aDecisionView())).toBe(expected);
  });

  it('is no status while the request is under way', () => {
    expect(tapFilter({ status: '5xx' })(aDecisionView({ outcome: null }))).toBe(false);
  });
});
