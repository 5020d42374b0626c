import { describe, expect, it } from 'vitest';
import { didYouMean, nearest } from '../../../src/config/reading/suggest.ts';

const KNOWN = ['byLoad', 'byAge', 'byRandom', 'requestHeaders', 'url'];

describe('nearest', () => {
  it.each([
    ['byLaod', 'byLoad'],
    ['byload', 'byLoad'],
    ['by_load', 'byLoad'],
    ['byLoads', 'byLoad'],
    ['byRandon', 'byRandom'],
    ['request_headers', 'requestHeaders'],
    ['ulr', 'url'],
    ['requestHeadersMaximum', 'requestHeaders'],
    ['byRand', 'byRandom'],
  ])('%s is taken for %s', (word, meant) => {
    expect(nearest(word, KNOWN)).toBe(meant);
  });

  it.each(['adress', 'x', '', 'notEjected', `byLoad${'x'.repeat(100)}`])(
    '%s is taken for nothing known',
    (word) => {
      expect(nearest(word, KNOWN)).toBeUndefined();
    },
  );

  it('of equally near words the first is taken', () => {
    expect(nearest('byX', ['byA', 'byB'])).toBe('byA');
  });
});

describe('didYouMean', () => {
  it('asks for the nearest word, or nothing', () => {
    expect(didYouMean('byLaod', KNOWN)).toBe('did you mean `byLoad`?');
    expect(didYouMean('adress', KNOWN)).toBeUndefined();
  });
});
