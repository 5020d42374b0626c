import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readChainFile } from '../../src/config/planning/chain-file.ts';
import { readDocument } from '../../src/config/read-document.ts';
import { prepare } from '../../src/control/loading/loading.ts';
import { scriptModules } from '../../src/control/script-modules.ts';
import { Heartbeat } from '../../src/script/heartbeat.ts';
import { ScriptLoader } from '../../src/script/load.ts';
import { scenarioSchema } from '../../src/simulator/scenario.ts';
import { aCertificate } from '../support/a-certificate.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

interface Block {
  readonly file: string;
  readonly line: number;
  readonly language: string;
  readonly text: string;
}

const pages = async (): Promise<readonly string[]> => {
  const docs = (await readdir(join(root, 'docs'), { recursive: true })).filter((file) =>
    file.endsWith('.md'),
  );
  return ['README.md', 'CONTRIBUTING.md', ...docs.map((file) => join('docs', file))];
};

const blocksOf = async (file: string): Promise<readonly Block[]> => {
  const text = await readFile(join(root, file), 'utf8');
  return [...text.matchAll(/^```(yaml|ts)\n([\s\S]*?)^```$/gm)].map(
    ({ index, 1: language = '', 2: text = '' }) => ({
      file,
      line: index,
      language,
      text,
    }),
  );
};

/** Pages whose blocks have a stricter test of their own. */
const TESTED_ELSEWHERE = [join('docs', 'configuration.md'), join('docs', 'candidacy.md')];

const blocks = (await Promise.all((await pages()).map(blocksOf))).flat();
const ofLanguage = (language: string): readonly (readonly [string, Block])[] =>
  blocks
    .filter(
      (block) =>
        block.language === language && !(language === 'yaml' && TESTED_ELSEWHERE.includes(block.file)),
    )
    .map((block, i) => [`${block.file} block ${i + 1}`, block]);

/** A block may be the whole of a configuration or the part that a page is about; the rest is filled in. */
const wholeConfig = (text: string): string => {
  if (/^(#.*\n)*\s*- /.test(text))
    return `pools:\n  web:\n    servers: ["http://127.0.0.1:3001"]\n    chain:\n${text.replace(/^/gm, '      ')}`;
  if (/^chain:/m.test(text))
    return `pools:\n  web:\n    servers: ["http://127.0.0.1:3001"]\n${text.replace(/^/gm, '    ')}`;
  return /^pools:/m.test(text) ? text : `${text}\npools:\n  rest:\n    servers: ["http://127.0.0.1:3001"]\n`;
};

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(root, '.forehand-docs-'));
  for (const name of [
    'token',
    'web-token',
    'api-token',
    'fleet-token',
    'redis-password',
    'session-secret',
    'sticky-secret',
  ])
    await writeFile(join(folder, name), `the-${name}-of-the-tests`);
  const pass = 'export default (servers) => servers;\nexport const name = (servers) => servers;\n';
  await mkdir(join(folder, 'tls'));
  const { cert, key } = aCertificate();
  for (const name of ['example.com', 'other', 'forehand']) {
    await writeFile(join(folder, `tls/${name}.crt`), cert);
    await writeFile(join(folder, `tls/${name}.key`), key);
  }
  for (const name of ['clients-ca', 'internal-ca']) await writeFile(join(folder, `tls/${name}.crt`), cert);
  await writeFile(join(folder, 'tls/ticket.keys'), Buffer.alloc(48, 7).toString('base64'));
  for (const name of ['404.html', '5xx.html', 'robots.txt']) await writeFile(join(folder, name), name);
  await mkdir(join(folder, 'candidacy'));
  for (const file of [
    'spare-the-old.ts',
    'my-function.ts',
    'by-tenant.ts',
    'file.ts',
    'hello.ts',
    'login.ts',
    'mine.ts',
    'office-hours.ts',
    'moved.ts',
    'candidacy/by-tenant.ts',
  ])
    await writeFile(join(folder, file), pass);
});

afterAll(() => rm(folder, { recursive: true }));

/** What is no configuration: a scenario for the simulator, and a file with one chain. */
const isScenario = ({ text }: Block): boolean => /^servers:/m.test(text);
const isChainFile = ({ text }: Block): boolean => /^answers:/m.test(text);

const isConfig = (block: Block): boolean => !isScenario(block) && !isChainFile(block);

const aLoader = (): ScriptLoader =>
  new ScriptLoader({
    modules: scriptModules,
    clock: () => performance.now(),
    heartbeat: new Heartbeat(),
    onEvent: () => undefined,
  });

describe('every YAML block', () => {
  it('with a scenario can be simulated', () => {
    const scenarios = blocks.filter(({ language }) => language === 'yaml').filter(isScenario);
    expect(scenarios.length).toBeGreaterThan(0);
    for (const { file, text } of scenarios)
      expect(readDocument({ file, text }, scenarioSchema).value.servers.count).toBeGreaterThan(0);
  });

  it('with a chain for the simulator can be read', async () => {
    const chains = blocks.filter(({ language }) => language === 'yaml').filter(isChainFile);
    expect(chains.length).toBeGreaterThan(0);
    const loader = aLoader();
    for (const { text } of chains) {
      const source = { file: join(folder, 'chain.yaml'), text };
      const read = readChainFile(source, { loadScript: (path, from) => loader.load(path, from) });
      await expect(read).resolves.toBeDefined();
    }
    await loader.close();
  });

  it.each(ofLanguage('yaml').filter(([, block]) => isConfig(block)))(
    'of %s is a configuration that can be used',
    async (_name, { text }) => {
      const loader = aLoader();
      const source = { file: join(folder, 'forehand.yaml'), text: wholeConfig(text) };
      await expect(prepare(source, { env: {}, loader, scriptFiles: new Set() })).resolves.toBeDefined();
      await loader.close();
    },
  );
});

describe('every TypeScript block', () => {
  it('compiles under our own settings, against the package by its name', async () => {
    const sources = ofLanguage('ts').map(([, { text }], i) => ({ name: `block-${i}.ts`, text }));
    expect(sources.length).toBeGreaterThan(3);
    for (const { name, text } of sources) await writeFile(join(folder, name), text);
    const settings = {
      extends: join(root, 'tsconfig.json'),
      compilerOptions: { noEmit: true, noUnusedLocals: false, rootDir: root, declaration: false },
      include: ['block-*.ts'],
      exclude: [],
    };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(settings));
    const { stdout } = spawnSync(
      process.execPath,
      [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder],
      { encoding: 'utf8' },
    );
    expect(stdout).toBe('');
  });
});
