import { describe, expect, it } from 'vitest';
import { type Bundle, bundle } from '../../src/script/bundle.ts';
import { aFolder, aLoader, type Folder, problemOf, resultOf } from './support.ts';

const bundled = (folder: Folder, modules: Readonly<Record<string, object>> = {}): Promise<Bundle> =>
  bundle({ entry: `${folder.path}/s.ts`, modules, onFile: () => undefined });

/** Loads s.ts and calls its default export. */
const result = async (folder: Folder, modules: Readonly<Record<string, object>> = {}): Promise<unknown> =>
  resultOf(await aLoader({ modules }).loader.load('./s.ts', folder.path));

const pack = (main: string, text: string, facts: object = {}): Readonly<Record<string, string>> => ({
  'node_modules/pack/package.json': JSON.stringify({ name: 'pack', version: '1.0.0', main, ...facts }),
  [`node_modules/pack/${main}`]: text,
});

describe('what a script imports', () => {
  it('is the very object of the program, for shared packages, whatever its names', async () => {
    const own = { thing: {} };
    const shared = { own, null: 1, 'with-dash': 2, default: { own } };
    const folder = aFolder({
      's.ts': `import all, { own, null as one, 'with-dash' as two } from 'shared/part';
        import * as space from 'shared/part';
        export default () => [all.own, own, space.own, one, two];`,
    });
    const [all, named, space, ...numbers] = (await result(folder, { 'shared/part': shared })) as unknown[];
    expect([all === own, named === own, space === own, ...numbers]).toEqual([true, true, true, 1, 2]);
  });

  it('is the module as a whole where a shared package has no default', async () => {
    const shared = { a: 1 };
    const folder = aFolder({ 's.ts': `import all from 'shared'; export default () => all;` });
    expect(await result(folder, { shared })).toBe(shared);
  });

  it('is an error at load when a shared package does not export it', async () => {
    const folder = aFolder({ 's.ts': `import { kep } from 'forehand';\nexport default () => kep;` });
    const problem = await problemOf(bundled(folder, { forehand: { keep: 1 } }));
    expect(problem).toMatchObject({ place: { line: 1, column: 10 }, length: 3 });
    expect(problem.message).toContain('no matching export');
  });

  it.each([
    ['a CommonJS package', pack('i.cjs', 'exports.value = 7; exports.where = __dirname;')],
    ['an ES package', pack('i.mjs', 'export const value = 7; export const where = import.meta.dirname;')],
    [
      'a package with a variant for bundlers, as Node takes it',
      {
        ...pack('i.mjs', 'export const value = 7; export const where = import.meta.dirname;', {
          exports: { '.': { module: './no.js', import: './i.mjs' } },
        }),
        'node_modules/pack/no.js': 'export const value = 8;',
      },
    ],
  ])('stays in its own folder: %s', async (_, files) => {
    const folder = aFolder({
      ...files,
      's.ts': `import { value, where } from 'pack'; export default () => [value, where];`,
    });
    expect(await result(folder)).toEqual([7, `${folder.path}/node_modules/pack`]);
  });

  it('may be Node itself, JSON, and what a tsconfig maps', async () => {
    const folder = aFolder({
      'tsconfig.json': '{ "compilerOptions": { "paths": { "@own/*": ["./lib/*"] } } }',
      'lib/x.ts': 'export const x: number = 3;',
      'data.json': '{ "a": 1 }',
      's.ts': `import { join } from 'node:path'; import os from 'os'; import data from './data.json';
        import { x } from '@own/x.ts';
        export default () => [join('a', 'b'), typeof os.cpus, data.a, x];`,
    });
    expect(await result(folder)).toEqual(['a/b', 'function', 1, 3]);
  });

  it('is an error that says what to install when it is nowhere', async () => {
    const folder = aFolder({ 's.ts': `import { a } from '@scope/pack/part';\nexport default () => a;` });
    expect(await problemOf(bundled(folder))).toMatchObject({
      message: 'could not resolve "@scope/pack/part"',
      note: 'install it beside the script: npm install @scope/pack',
      place: { file: `${folder.path}/s.ts`, line: 1, column: 19 },
      length: 18,
    });
  });

  it('must not be asked for by require', async () => {
    const folder = aFolder({ 's.ts': `const fs = require('node:fs');\nexport default () => fs;` });
    const problem = await problemOf(bundled(folder));
    expect(problem.message).toBe('require("node:fs") does not work in a script; use import');
    expect(problem.place).toMatchObject({ line: 1, column: 20 });
  });
});

describe('a bundle', () => {
  it('lets import.meta speak of the script and not of where it runs', async () => {
    const folder = aFolder({
      'sub/here.ts': 'export const here = import.meta.dirname;',
      's.ts': `import { readFileSync } from 'node:fs'; import { here } from './sub/here.ts';
        const text = readFileSync(new URL('./tenants.txt', import.meta.url), 'utf8');
        export default () => [text, here, import.meta.filename];`,
      'tenants.txt': 'red',
    });
    expect(await result(folder)).toEqual(['red', folder.path, `${folder.path}/s.ts`]);
  });

  it('carries what the bundler finds odd as warnings with their place', async () => {
    const folder = aFolder({ 's.ts': `export default (a: number) => {\n  return a === -0;\n};` });
    const { warnings } = await bundled(folder);
    expect(warnings).toMatchObject([{ severity: 'warning', place: { line: 2, column: 16 } }]);
  });

  it('changes its hash with its content only', async () => {
    const folder = aFolder({ 's.ts': 'export default () => 1;' });
    const first = await bundled(folder);
    expect((await bundled(folder)).hash).toBe(first.hash);
    folder.write('s.ts', 'export default () => 2;');
    expect((await bundled(folder)).hash).not.toBe(first.hash);
  });

  it('is refused above 1 MiB', async () => {
    const folder = aFolder({ 's.ts': `const big = '${'x'.repeat(1024 ** 2)}';\nexport default () => big;` });
    const problem = await problemOf(aLoader().loader.load('./s.ts', folder.path));
    expect(problem.message).toMatch(
      /^the script \.\/s\.ts is \d+ bytes long when bundled; 1 MiB is the most$/,
    );
  });
});

describe('a script that is not there', () => {
  it.each([
    ['./none.ts', 'there is no script ./none.ts'],
    ['./sub#a', 'the script ./sub#a is not a file'],
  ])('is named: %s', async (reference, message) => {
    const folder = aFolder({ 'sub/x': '' });
    expect((await problemOf(aLoader().loader.load(reference, folder.path))).message).toBe(message);
  });
});
