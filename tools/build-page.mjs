// Builds the dashboard: one HTML, one script, one style sheet, and an icon. Asks nobody on the network.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { build } from 'vite';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** What stands in the script besides our own source; their licences want to be told. */
const BUNDLED = ['preact', '@preact/signals', '@preact/signals-core', 'uplot'];

const licences = () =>
  BUNDLED.map((name) => {
    const folder = join(root, 'node_modules', name);
    const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return `${name} ${version} (${license})\n\n${readFileSync(join(folder, 'LICENSE'), 'utf8').trim()}\n`;
  }).join(`\n${'-'.repeat(80)}\n\n`);

/** Builds into this folder, which is emptied first. */
export const buildPage = async (folder) => {
  await build({
    root: join(root, 'dashboard', 'client'),
    configFile: false,
    envDir: false,
    publicDir: 'public',
    logLevel: 'warn',
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
      outDir: folder,
      emptyOutDir: true,
      assetsDir: '',
      // Browsers of the last two years: the style sheet says light-dark().
      target: ['chrome125', 'firefox128', 'safari18'],
      cssCodeSplit: false,
      assetsInlineLimit: 0,
      modulePreload: false,
      reportCompressedSize: false,
      rolldownOptions: {
        output: { entryFileNames: 'page.js', assetFileNames: 'page[extname]', codeSplitting: false },
      },
    },
  });
  for (const name of readdirSync(folder))
    writeFileSync(join(folder, `${name}.br`), brotliCompressSync(readFileSync(join(folder, name))));
  writeFileSync(join(folder, 'licences.txt'), licences());
};
