import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { KeptBundles } from '../../../src/control/loading/kept-bundles.ts';
import { endBundling } from '../../../src/script/bundle.ts';

const aScript = (text: string) => {
  const folder = mkdtempSync(join(tmpdir(), 'forehand-kept-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  onTestFinished(() => endBundling());
  const entry = join(folder, 's.ts');
  writeFileSync(entry, text);
  return { entry, write: (changed: string) => writeFileSync(entry, changed) };
};

it('scripts are taken as they were made before where they are trusted, and else made anew', async () => {
  const { entry, write } = aScript('export default () => 1;');
  const kept = new KeptBundles();
  const files: string[] = [];
  const bundle = async (trusts: boolean) => {
    const order = {
      reference: './s.ts',
      entry,
      modules: {},
      onFile: (file: string) => void files.push(file),
    };
    return (await kept.reading(trusts).bundle(order)).hash;
  };
  const first = await bundle(false);
  write('export default () => 2;');
  files.length = 0;
  expect(await bundle(true)).toBe(first);
  expect(files).toContain(entry);
  expect(await bundle(false)).not.toBe(first);
});

it('a script that failed is tried again', async () => {
  const { entry, write } = aScript('export default (');
  const kept = new KeptBundles();
  const bundle = () =>
    kept.reading(true).bundle({ reference: './s.ts', entry, modules: {}, onFile: () => undefined });
  await expect(bundle()).rejects.toThrow();
  write('export default () => 1;');
  await expect(bundle()).resolves.toBeDefined();
});
