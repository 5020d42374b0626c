import { describe, expect, it } from 'vitest';
import { policyChain, readChainFile } from '../../../src/config/planning/chain-file.ts';
import { POLICY_NAMES } from '../../../src/config/planning/policies.ts';

const noScripts = { loadScript: () => Promise.reject(new Error('no scripts')) };
const read = (text: string) => readChainFile({ file: 'chain.yaml', text }, noScripts);
const names = (links: readonly { readonly name: string }[]): readonly string[] =>
  links.map(({ name }) => name);

describe('policies', () => {
  it('are those that the command line promises', () => {
    expect(POLICY_NAMES).toEqual([
      'default',
      'full',
      'random',
      'roundRobin',
      'leastConnections',
      'twoChoices',
      'peakEwma',
      'orcaWeighted',
      'prequal',
      'prequalPaper',
      'textbookBackhand',
    ]);
  });

  it.each(POLICY_NAMES)('%s is made of built-in functions', async (name) => {
    expect((await policyChain(name))?.links.length).toBeGreaterThan(0);
  });

  it('are not found under names of something else', async () => {
    for (const name of ['nobody', 'constructor', '__proto__'])
      expect(await policyChain(name)).toBeUndefined();
  });

  it('compare fewer probes in a small pool, and use them more often', async () => {
    const most = async (servers: number): Promise<unknown> =>
      (await policyChain('prequal', servers))?.links.find(({ name }) => name === 'candidates')?.options;
    expect(await most(8)).toMatchObject({ most: 4, uses: 4 });
    expect(await most(3)).toMatchObject({ most: 4, uses: 16 });
    expect(await most(100)).toMatchObject({ most: 16, uses: 1 });
  });
});

describe('a chain in a file', () => {
  it('may be one by name, with the messages that it needs', async () => {
    const { links, answers, probe } = await read('chain: full');
    expect(names(links)).toEqual([
      'byAge',
      'notEjected',
      'slowStart',
      'addPrediction',
      'candidates',
      'byMarginalCost',
    ]);
    expect(answers).toBe(true);
    expect(probe).toEqual({ perRequest: 1, servers: 0, wait: 1 });
  });

  it('may say what it needs itself', async () => {
    const text = 'chain: [byRandom, byInFlight: own]\nanswers: true\nprobe: { servers: 3, wait: 2ms }\n';
    const { links, answers, probe } = await read(text);
    expect(names(links)).toEqual(['byRandom', 'byInFlight']);
    expect(answers).toBe(true);
    expect(probe).toEqual({ perRequest: 0, servers: 3, wait: 2 });
  });

  it('needs no messages unless it says so', async () => {
    expect(await read('chain: [byRandom]')).toMatchObject({ answers: false, whenEmpty: 'undo' });
  });

  it.each([
    ['chain: [byRandm]', /unknown candidacy function `byRandm`/],
    ['chian: [byRandom]', /unknown key `chian`/],
    ['chain: [sample: { least: 0 }]', /expected at least 1/],
    ['chain: fulll', /.+/],
  ])('is refused as %s', async (text, message) => {
    await expect(read(text)).rejects.toThrow(message);
  });
});
