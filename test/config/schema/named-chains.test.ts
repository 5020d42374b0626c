import { describe, expect, it } from 'vitest';
import { makePlan } from '../../../src/config/planning/plan.ts';
import { DEFAULT_CHAIN, FULL_CHAIN, writtenLinks } from '../../../src/config/schema/named-chains.ts';
import { readText } from '../support.ts';

const noScripts = { loadScript: () => Promise.reject(new Error('no scripts')) };

const linksOf = async (chain: string): Promise<readonly string[]> => {
  const text = `pools:\n  web:\n    servers: [http://a:1]\n    chain: ${chain}\n`;
  const { chains } = await makePlan(await readText(text), noScripts);
  return chains[0]?.links.map(({ name }) => name) ?? [];
};

describe('a chain by name', () => {
  it('stands for its links in a configuration', async () => {
    expect(await linksOf('default')).toEqual([
      'byAge',
      'notEjected',
      'addPrediction',
      'sample',
      'byMarginalCost',
    ]);
    expect(await linksOf('full')).toEqual([
      'byAge',
      'notEjected',
      'slowStart',
      'addPrediction',
      'candidates',
      'byMarginalCost',
    ]);
  });

  it('is one of those that there are', async () => {
    await expect(linksOf('ful')).rejects.toThrow(/`full`/);
  });

  it('is what a list of the same links is', () => {
    expect(writtenLinks('default')).toBe(DEFAULT_CHAIN);
    expect(writtenLinks('full')).toBe(FULL_CHAIN);
    expect(writtenLinks(['byRandom'])).toEqual(['byRandom']);
  });
});
