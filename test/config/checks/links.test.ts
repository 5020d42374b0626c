import { describe, expect, it } from 'vitest';
import { builtIns } from '../../../candidacy/index.ts';
import { readEntry, readOptions } from '../../../src/config/checks/links.ts';
import type { Locate } from '../../../src/config/reading/sourced.ts';
import type { ChainEntry } from '../../../src/config/schema/schema-pools.ts';
import { defineCandidacy } from '../../../src/core/candidacy.ts';
import { duration, z } from '../../../src/core/options.ts';

const locate: Locate = () => ({});

const entryOf = (written: ChainEntry) => {
  const entry = readEntry(written, ['chain', 0], locate);
  if ('problems' in entry) throw new Error(entry.problems[0]?.message);
  return entry.value;
};

const optionsOf = (written: ChainEntry) => {
  const entry = entryOf(written);
  if (entry.kind === 'script') throw new Error('a script');
  const options = readOptions(entry.candidacy, entry, locate);
  return 'problems' in options ? options.problems.map(({ message }) => message) : options.value;
};

describe('an entry of a chain', () => {
  it.each<[ChainEntry, object]>([
    ['byAge', { kind: 'builtIn', candidacy: builtIns.get('byAge'), given: undefined }],
    [{ byAge: '5s' }, { kind: 'builtIn', candidacy: builtIns.get('byAge'), given: '5s' }],
    [{ byAge: null }, { kind: 'builtIn', given: undefined }],
    ['./mine.ts', { kind: 'script', reference: './mine.ts', given: undefined, onError: undefined }],
    ['../mine.ts#best', { kind: 'script', reference: '../mine.ts#best' }],
    ['/srv/mine.ts', { kind: 'script', reference: '/srv/mine.ts' }],
    [{ './mine.ts': { limit: 3 } }, { kind: 'script', given: { limit: 3 }, onError: undefined }],
    [
      { './mine.ts': { limit: 3, onError: 'fail' } },
      { kind: 'script', given: { limit: 3 }, onError: 'fail' },
    ],
    [{ './mine.ts': { onError: 'empty' } }, { kind: 'script', given: undefined, onError: 'empty' }],
    [{ './mine.ts': 3 }, { kind: 'script', given: 3 }],
    [{ './mine.ts': null }, { kind: 'script', given: undefined }],
    [{ byFunction: './mine.ts#best' }, { kind: 'script', reference: './mine.ts#best', given: undefined }],
  ])('%j is understood', (written, expected) => {
    expect(entryOf(written)).toMatchObject(expected);
  });

  it('may be a function itself where a program hands it in', () => {
    const run = () => [];
    expect(optionsOf({ byFunction: run })).toEqual({ function: run });
  });
});

describe('options', () => {
  it.each<[ChainEntry, unknown]>([
    [{ byAge: '5s' }, { max: 5000, unheard: 'keep' }],
    [{ byAge: { max: '5s', unheard: 'drop' } }, { max: 5000, unheard: 'drop' }],
    ['byAge', { max: 20_000, unheard: 'keep' }],
    ['byRandom', undefined],
    [{ byTag: ['big', 'eu'] }, { any: ['big', 'eu'] }],
    [{ byAge: { maks: '5s' } }, ['unknown key `maks`']],
    [{ byRandom: {} }, ['`byRandom` takes no options']],
  ])('of %j are %j', (written, expected) => {
    expect(optionsOf(written)).toEqual(expected);
  });

  it('of a function without shorthand are a mapping', () => {
    const mine = defineCandidacy({
      name: 'mine',
      options: z.strictObject({ wait: duration().prefault('1s') }),
      create: () => (servers) => servers,
    });
    const read = (given: unknown) => readOptions(mine, { given, path: [] }, locate);
    expect(read(undefined)).toEqual({ value: { wait: 1000 } });
    expect(read({ wait: '2s' })).toEqual({ value: { wait: 2000 } });
    expect(read(5)).toMatchObject({ problems: [{ message: 'expected a mapping, got 5' }] });
  });

  it('may be anything that the function says', () => {
    const mine = defineCandidacy({ name: 'mine', options: z.unknown(), create: () => (servers) => servers });
    expect(readOptions(mine, { given: { a: [1] }, path: [] }, locate)).toEqual({ value: { a: [1] } });
  });
});
