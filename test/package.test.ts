import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
let folder: string;

/** As somebody who got the package would: packed, installed in an empty folder, scripts of dependencies off. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forehand-package-'));
  await run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], { cwd: root });
  const tarball = (await readdir(folder)).find((file) => file.endsWith('.tgz')) ?? '';
  await writeFile(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'somebody', private: true, type: 'module' }),
  );
  await run(
    'npm',
    ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', `./${tarball}`],
    { cwd: folder },
  );
}, 180_000);

afterAll(() => rm(folder, { recursive: true }));

const npx = (...args: readonly string[]) =>
  run('npx', ['--no-install', 'forehand', ...args], { cwd: folder });

describe('the packed package in an empty folder', () => {
  it('has the command', async () => {
    expect((await npx('version')).stdout).toMatch(/^forehand \d+\.\d+\.\d+\n$/);
  });

  it("checks a configuration with a function of the user's, which esbuild bundles without its install script", async () => {
    await npx('new-function', 'by-tenant');
    const text =
      'pools:\n  web:\n    servers: ["http://127.0.0.1:3001"]\n    chain: [./candidacy/by-tenant.ts, byMarginalCost]\n';
    await writeFile(join(folder, 'forehand.yaml'), text);
    expect((await npx('check')).stdout).toContain('chain web: byTenant > byMarginalCost');
  });

  it('runs the demo', async () => {
    const { stdout } = await npx('demo', '--json', '--duration', '2s');
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({ failed: 0 });
  });

  it('gives every entry point, with its types', async () => {
    const names = ['forehand', 'forehand/candidacy', 'forehand/agent', 'forehand/testing'];
    const code = `for (const name of ${JSON.stringify(names)}) console.log(name, Object.keys(await import(name)).length > 0)`;
    await writeFile(join(folder, 'entries.mjs'), code);
    const { stdout } = await run(process.execPath, ['entries.mjs'], { cwd: folder });
    expect(stdout).toBe(names.map((name) => `${name} true\n`).join(''));
  });

  it('passes the test of the function that new-function wrote', async () => {
    await writeFile(
      join(folder, 'bundle.mjs'),
      `import { build } from 'esbuild';
       await build({ entryPoints: ['candidacy/by-tenant.test.ts'], bundle: true, platform: 'node', packages: 'external', format: 'esm', outfile: 'test.mjs' });`,
    );
    await run(process.execPath, ['bundle.mjs'], { cwd: folder });
    const { stdout } = await run(process.execPath, ['test.mjs'], { cwd: folder });
    expect(stdout).toContain('# pass 3');
  });
});
