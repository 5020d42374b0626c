import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  likelyStep,
  type TestCase,
  testedSteps,
  testText,
} from '../../../../dashboard/client/state/test-text.ts';
import { aDecisionView, aServerView } from '../../../control/fake-views.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../../../', import.meta.url));

const drained = {
  name: 'drained',
  before: 4,
  after: 3,
  dropped: [{ id: 'web-4', reason: 'drain: new disk' }],
  us: 0,
};
const byAge = {
  name: 'byAge',
  before: 3,
  after: 2,
  dropped: [{ id: 'web-3', reason: 'last heard of 31 s ago, limit 5 s' }],
  us: 0.8,
};
const byLoad = {
  name: 'byLoad',
  before: 2,
  after: 2,
  dropped: [],
  scores: [
    { id: 'web-2', score: 0.1 },
    { id: 'web-1', score: 0.42 },
  ],
  us: 1,
};
const byTenant = {
  name: './by-tenant.ts',
  before: 2,
  after: 1,
  dropped: [{ id: 'web-1', reason: 'dropped by ./by-tenant.ts' }],
  us: 1,
};
const sample = { name: 'sample', before: 2, after: 2, dropped: [], us: 1 };

const servers = [
  aServerView({ weight: 0.5, tags: ['blue'] }),
  aServerView({ id: 'web-2', tags: ['red'], stats: { load1: 0.1, custom: { 'queue depth': 2 } } }),
  aServerView({ id: 'web-3', ageMs: 31_000 }),
  aServerView({ id: 'web-4', stats: null, ageMs: null, latencyMs: null }),
];

const hostile = `it's "a" \`\${x}\` \\ */ \u2028 //`;

const testOf = (facts: Partial<TestCase>): string =>
  testText({
    question: {
      url: 'http://shop.example/cart?id=1',
      method: 'GET',
      headers: { 'X-Tenant': 'red', 'X-Odd': hostile },
      from: '192.0.2.7',
    },
    pool: hostile,
    steps: [drained, byAge, byLoad],
    index: 1,
    kind: 'filter',
    servers,
    seed: 7,
    ...facts,
  });

const CASES: Readonly<Record<string, string>> = {
  filter: testOf({}),
  order: testOf({ index: 2, kind: 'order' }),
  cut: testOf({ steps: [drained, byAge, sample], index: 2, kind: 'cut' }),
  script: testOf({ steps: [drained, byAge, byTenant], index: 2 }),
  path: testOf({ question: { url: "/it's/*" } }),
};

/** A compiler and a test runner are started: on a busy machine that takes its time. */
const PATIENCE_MS = 120_000;

describe('a test that was copied', { timeout: PATIENCE_MS }, () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'forehand-copied-'));
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    await cp(join(root, 'examples/own-function/by-tenant.ts'), join(folder, 'by-tenant.ts'));
    for (const [name, text] of Object.entries(CASES)) await writeFile(join(folder, `${name}.test.ts`), text);
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
    const places = {
      'forehand/testing': join(root, 'src/testing/index.ts'),
      'forehand/candidacy': join(root, 'candidacy/index.ts'),
      forehand: join(root, 'src/index.ts'),
    };
    const paths = Object.fromEntries(Object.entries(places).map(([name, path]) => [name, [path]]));
    const compilerOptions = {
      noEmit: true,
      rootDir: '/',
      paths,
      typeRoots: [join(root, 'node_modules/@types')],
    };
    const tsconfig = { extends: join(root, 'tsconfig.json'), compilerOptions, include: ['*.ts'] };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig));
    const config = `export default { resolve: { alias: ${JSON.stringify(places)} } };`;
    await writeFile(join(folder, 'vitest.config.mjs'), config);
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('compiles', async () => {
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const said = await run(process.execPath, [tsc, '-p', folder]).then(
      ({ stdout }) => stdout,
      (thrown: { stdout: string }) => thrown.stdout,
    );
    expect(
      said.split('\n').filter((line) => /^[\w.-]+\.test\.ts/.test(line.split('/').at(-1) ?? '')),
    ).toEqual([]);
  });

  it('passes', async () => {
    const vitest = join(root, 'node_modules/vitest/vitest.mjs');
    const args = [vitest, 'run', '--root', folder, '--reporter=json'];
    const { stdout } = await run(process.execPath, args, { cwd: folder });
    expect(JSON.parse(stdout)).toMatchObject({ numTotalTests: Object.keys(CASES).length, numFailedTests: 0 });
  });

  it('makes only those servers that came to the function', () => {
    expect(CASES['filter']).not.toContain('"web-4"');
    expect(CASES['order']).not.toContain('"web-3"');
    expect(CASES['order']).toContain("expect(left[0]).toBe('web-2')");
  });
});

describe('the step to test', () => {
  it('is one of the chain: the reader’s own, else the first that dropped somebody', () => {
    expect(testedSteps([drained, byAge, byLoad])).toEqual([1, 2]);
    expect(likelyStep([drained, byAge, byTenant])).toBe(2);
    expect(likelyStep([drained, byLoad, byAge])).toBe(2);
    expect(likelyStep(aDecisionView().steps)).toBe(0);
  });
});
