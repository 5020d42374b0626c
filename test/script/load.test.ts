import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compileChain } from '../../src/core/chain.ts';
import { Pool } from '../../src/core/pool.ts';
import type { CandidacyFunction } from '../../src/core/types.ts';
import type { LoadedScript } from '../../src/script/load.ts';
import { aMoment, aServer } from '../../src/testing/make.ts';
import { aFolder, aLoader, problemOf } from './support.ts';

const servers = [aServer({ id: 'a' }), aServer({ id: 'b' }), aServer({ id: 'c' })];

const functionOf = ({ candidacy }: LoadedScript, options?: unknown): CandidacyFunction =>
  candidacy.create(options, () => undefined);

const answer = (script: LoadedScript, options?: unknown): readonly string[] =>
  functionOf(script, options)(servers, aMoment()).map(({ id }) => id);

describe('which export a reference means', () => {
  const source = `
    import { orderBy } from 'forehand';
    import type { Server } from 'forehand';
    export default (servers: readonly Server[]) => servers.slice(1);
    export const last = (servers: readonly Server[]) => servers.slice(-1);
    export const backwards = orderBy((server) => -server.slot);
  `;

  it('takes the default export of a bare path, as a filter', async () => {
    const script = await aLoader().loader.load('./s.ts', aFolder({ 's.ts': source }).path);
    expect(answer(script)).toEqual(['b', 'c']);
    expect(script).toMatchObject({ name: './s.ts', reference: './s.ts', candidacy: { kind: 'filter' } });
  });

  it('takes the export that #name says, and names it as it was written', async () => {
    const script = await aLoader().loader.load('./s.ts#last', aFolder({ 's.ts': source }).path);
    expect(answer(script)).toEqual(['c']);
    expect(script.name).toBe('./s.ts#last');
  });

  it('takes a function with a score for an order', async () => {
    const script = await aLoader().loader.load('./s.ts#backwards', aFolder({ 's.ts': source }).path);
    expect(answer(script)).toEqual(['c', 'b', 'a']);
    expect(script.candidacy.kind).toBe('order');
  });

  it('takes the only function where there is no default', async () => {
    const only = 'export const limit = 1; export const first = (s: unknown[]) => s.slice(0, limit);';
    const script = await aLoader().loader.load('./s.ts', aFolder({ 's.ts': only }).path);
    expect(answer(script)).toEqual(['a']);
  });

  it('finds a script in a folder above and in one whose name has a # in it', async () => {
    const folder = aFolder({ 's.ts': source, 'c#1/conf/x': '', 'c#1/s.ts': source });
    const { loader } = aLoader();
    expect(answer(await loader.load('../s.ts', join(folder.path, 'c#1')))).toEqual(['b', 'c']);
    expect(answer(await loader.load(`${folder.path}/c#1/s.ts#last`, '/'))).toEqual(['c']);
  });
});

describe('a script with options', () => {
  it('shares zod and forehand with the program and gets its options', async () => {
    const folder = aFolder({
      's.ts': `
        import { defineCandidacy, keep } from 'forehand';
        import { z } from 'zod';
        export default defineCandidacy({
          name: 'firstSlots',
          options: z.strictObject({ most: z.number().int().default(2) }),
          create: ({ most }) => keep((server) => server.slot < most, () => 'too far'),
        });
        export const shared = () => z;`,
    });
    const { loader } = aLoader();
    const script = await loader.load('./s.ts', folder.path);
    const { z } = await import('../../src/core/options.ts');
    expect(script.name).toBe('firstSlots');
    expect(script.candidacy.options).toBeInstanceOf(z.ZodObject);
    expect(script.candidacy.options?.parse({})).toEqual({ most: 2 });
    const run = functionOf(script, { most: 1 });
    expect(run([aServer({ slot: 0 }), aServer({ slot: 1 })], aMoment())).toHaveLength(1);
  });

  it('fills in what a plain object leaves out', async () => {
    const folder = aFolder({ 's.ts': `export default { name: 'plain', create: () => (s: unknown) => s };` });
    const { candidacy } = await aLoader().loader.load('./s.ts', folder.path);
    expect(candidacy).toMatchObject({ kind: 'filter', scope: 'request', emptyIsLocal: false });
  });
});

describe('reloading', () => {
  const main = `import { from } from './from.ts';\nexport default (s: unknown[]) => s.slice(from);\n`;

  it('gives the same object while nothing has changed, and a new function when an imported file has', async () => {
    const folder = aFolder({ 's.ts': main, 'from.ts': 'export const from: number = 1;' });
    const { loader, events } = aLoader();
    const first = await loader.load('./s.ts', folder.path);
    expect(await loader.load('./s.ts', folder.path)).toBe(first);
    folder.write('from.ts', 'export const from: number = 2;');
    const second = await loader.load('./s.ts', folder.path);
    expect([answer(first), answer(second)]).toEqual([['b', 'c'], ['c']]);
    expect(first.files).toEqual([join(folder.path, 'from.ts'), join(folder.path, 's.ts')]);
    expect(events.map(({ kind }) => kind)).toEqual(['script_loaded', 'script_loaded']);
    expect(events[1]).toMatchObject({ name: './s.ts', modules: 2 });
  });

  it('takes back a version of before without loading it again', async () => {
    const folder = aFolder({ 's.ts': main, 'from.ts': 'export const from = 1;' });
    const { loader, events } = aLoader();
    for (const from of [1, 2, 1]) {
      folder.write('from.ts', `export const from = ${from};`);
      expect(answer(await loader.load('./s.ts', folder.path))).toHaveLength(3 - from);
    }
    expect(events).toHaveLength(2);
  });

  it('loads one module for two exports of one file', async () => {
    const folder = aFolder({ 's.ts': 'export const a = (s: unknown) => s; export const b = () => [];' });
    const { loader, events } = aLoader();
    const [a, b] = await Promise.all([
      loader.load('./s.ts#a', folder.path),
      loader.load('./s.ts#b', folder.path),
    ]);
    expect([answer(a).length, answer(b).length]).toEqual([3, 0]);
    expect(events).toHaveLength(1);
  });

  it('leaves the version that works alone when the next one is broken, and says where it is', async () => {
    const folder = aFolder({ 's.ts': main, 'from.ts': 'export const from = 1;' });
    const { loader } = aLoader();
    const good = await loader.load('./s.ts', folder.path);
    const file = folder.write('from.ts', 'export const from = 1;\nexport const grün = = 2;\n');
    expect(await problemOf(loader.load('./s.ts', folder.path))).toEqual({
      severity: 'error',
      message: 'unexpected "="',
      place: { file, line: 2, column: 21 },
      lineText: 'export const grün = = 2;',
      length: 1,
    });
    expect(answer(good)).toEqual(['b', 'c']);
    folder.write('from.ts', 'export const from = 2;');
    expect(answer(await loader.load('./s.ts', folder.path))).toEqual(['c']);
  });

  it('names the files to watch also of a script that fails, those that are missing among them', async () => {
    const folder = aFolder({ 's.ts': main });
    const { loader } = aLoader();
    const problem = await problemOf(loader.load('./s.ts', folder.path));
    expect(problem.message).toBe('could not resolve "./from.ts"');
    const files = [join(folder.path, 'from.ts'), join(folder.path, 's.ts')];
    expect(loader.filesOf('./s.ts', folder.path)).toEqual(files);
    expect(loader.filesOf('./other.ts', folder.path)).toEqual([]);
  });

  it('gives the memory of a changed version another key on the board', async () => {
    const source = (start: number): string => `export default { name: 'counting',
      signal: () => ({ init: () => ({ n: ${start} }) }), create: (_: unknown, read: Function) =>
      (servers: object[]) => servers.filter((s) => read(s).n > 1) };`;
    const folder = aFolder({ 's.ts': source(1) });
    const { loader } = aLoader();
    const pool = new Pool('web');
    pool.configure({
      name: 'web',
      accept: [],
      servers: [{ id: 'a', url: new URL('http://127.0.0.1:81'), tags: [] }],
    });
    const left = async (): Promise<number | undefined> => {
      const script = await loader.load('./s.ts', folder.path);
      const chain = compileChain('test', [{ ...script, options: undefined }], pool, 'refuse');
      return chain.links[0]?.run(pool.servers, chain.moment).length;
    };
    expect(await left()).toBe(0);
    folder.write('s.ts', source(2));
    expect(await left()).toBe(1);
  });
});

describe('a version that did not return in an earlier process', () => {
  it('is not run again but bypassed, and takes any options', async () => {
    const folder = aFolder({ 's.ts': 'export default (s: unknown[]) => s.slice(1);' });
    const { hash } = await aLoader().loader.load('./s.ts', folder.path);
    const { loader, events } = aLoader({ stuck: [{ name: './s.ts', hash }] });
    const script = await loader.load('./s.ts', folder.path);
    expect(script.guard.bypassed).toBe(true);
    expect(answer(script)).toHaveLength(3);
    expect(script.candidacy.options?.parse({ any: 1 })).toEqual({ any: 1 });
    expect(events).toEqual([expect.objectContaining({ kind: 'script_bypassed', name: './s.ts', for: null })]);
  });

  it('is run again once its content has changed', async () => {
    const folder = aFolder({ 's.ts': 'export default (s: unknown[]) => s.slice(1);' });
    const { hash } = await aLoader().loader.load('./s.ts', folder.path);
    folder.write('s.ts', 'export default (s: unknown[]) => s.slice(2);');
    const { loader } = aLoader({ stuck: [{ name: './s.ts', hash }] });
    const script = await loader.load('./s.ts', folder.path);
    expect(script.guard.bypassed).toBe(false);
    expect(answer(script)).toEqual(['c']);
  });

  it('has the same hash in every process and from every private folder', async () => {
    const folder = aFolder({ 's.ts': 'export default (s: unknown) => s;' });
    const hashes = await Promise.all(
      [aLoader(), aLoader()].map(async ({ loader }) => (await loader.load('./s.ts', folder.path)).hash),
    );
    expect(hashes[0]).toMatch(/^[0-9a-f]{16}$/);
    expect(hashes[1]).toBe(hashes[0]);
  });
});
