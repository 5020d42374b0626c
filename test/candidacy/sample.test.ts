import { describe, expect, it } from 'vitest';
import { sample } from '../../candidacy/sample.ts';
import { aMoment, aServer } from '../../src/testing/index.ts';
import { Bench, faultsIn, made } from './support.ts';

const many = (n: number) => Array.from({ length: n }, (_, slot) => aServer({ slot, id: `${slot}` }));

describe('sample', () => {
  it.each([
    { n: 0, options: {}, kept: 0 },
    { n: 3, options: {}, kept: 3 },
    { n: 8, options: {}, kept: 8 },
    { n: 9, options: {}, kept: 8 },
    { n: 511, options: {}, kept: 8 },
    { n: 512, options: {}, kept: 9 },
    { n: 100, options: 2, kept: 6 },
    { n: 100, options: { least: 20 }, kept: 20 },
  ])('keeps $kept of $n with $options', ({ n, options, kept }) => {
    expect(made(sample, options)(many(n), aMoment())).toHaveLength(kept);
  });

  it('is a preference: the others are tried after it', () => {
    const bench = new Bench(many(12).map(({ id }) => ({ id })));
    expect(bench.decide(bench.chain([[sample, 2]])).ranked).toHaveLength(12);
  });

  it.each([0, 1.5, '8'])('refuses to keep %j at least', (least) => {
    expect(faultsIn(sample, least)).toHaveLength(1);
  });
});
