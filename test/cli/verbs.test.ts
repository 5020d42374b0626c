import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { command, startCommand, stopAll } from './command.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forehand-test-'));
});

afterEach(async () => {
  await stopAll();
  await rm(folder, { recursive: true });
});

const write = (text: string): Promise<void> => writeFile(join(folder, 'forehand.yaml'), text);
const POOL = 'pools:\n  web:\n    servers: ["http://127.0.0.1:3001"]\n';

describe('forehand check', () => {
  it('says nothing is wrong with exit code 0 and prints the chain', async () => {
    await write(POOL);
    const { code, stdout } = await command(['check'], { cwd: folder });
    expect(code).toBe(0);
    expect(stdout).toContain('byAge > notEjected > addPrediction > sample > byMarginalCost');
  });

  it('shows the link that `sticky` puts into the chain', async () => {
    await write(`${POOL}    sticky: {}\n`);
    const { stdout } = await command(['check'], { cwd: folder });
    expect(stdout).toContain('notEjected > sticky > addPrediction');
  });

  it('exits 0 on warnings and shows them', async () => {
    const two = POOL.replace(']', ', "http://127.0.0.1:3002"]');
    await write(`${two}    chain: [byAge: 5s, byLoad]\n`);
    const { code, said } = await command(['check'], { cwd: folder });
    expect(code).toBe(0);
    expect(said).toMatch(/forehand\.yaml:4:\d+: warning: `byLoad` orders by the load of the last minute/);
  });

  it('exits 1 on errors, with every one of them', async () => {
    await write(`${POOL}    chain: [byLaod, byAge: 5]\nlisten: ["nowhere"]\n`);
    const { code, said } = await command(['check', '--format', 'json'], { cwd: folder });
    expect(code).toBe(1);
    const { ok, problems } = JSON.parse(said);
    expect(ok).toBe(false);
    expect(problems.map(({ place }: { place: { line: number } }) => place.line).sort()).toEqual([4, 4, 5]);
  });

  it('reads standard input for -', async () => {
    const program = startCommand(['check', '-'], { cwd: folder, input: POOL });
    expect(await program.ended, program.said()).toBe(0);
  });

  it('reads a file in JSON', async () => {
    const value = { listen: { address: '127.0.0.1:0' }, pools: { web: { servers: ['http://127.0.0.1:1'] } } };
    await writeFile(join(folder, 'conf.json'), JSON.stringify(value, null, '\t'));
    const { code, said } = await command(['check', 'conf.json'], { cwd: folder });
    expect(code, said).toBe(0);
  });

  it('fills in defaults and blanks secrets for --explain', async () => {
    await write(`${POOL}    credentials: { user: me, password: a-very-secret-word }
agents: { listen: "http://127.0.0.1:9091", token: "a-very-secret-word" }
`);
    const { stdout } = await command(['check', '--explain'], { cwd: folder });
    expect(stdout).toContain('"connect": 2000');
    expect(stdout).toContain('"password": "***"');
    expect(stdout).not.toContain('a-very-secret-word');
  });

  it('says where it looked when there is no configuration', async () => {
    const { code, said } = await command(['check'], { cwd: folder });
    expect(code).toBe(1);
    expect(said).toContain('forehand.yaml');
  });
});

describe('forehand new-function', () => {
  it('writes a function whose chain passes check, and writes over nothing', async () => {
    await write(`${POOL}    chain: [./candidacy/by-tenant.ts]\n`);
    expect((await command(['new-function', 'by-tenant'], { cwd: folder })).code).toBe(0);
    expect((await readdir(join(folder, 'candidacy'))).sort()).toEqual(['by-tenant.test.ts', 'by-tenant.ts']);
    const checked = await command(['check'], { cwd: folder });
    expect(checked.code, checked.said).toBe(0);
    const again = await command(['new-function', 'by-tenant'], { cwd: folder });
    expect(again.code).toBe(1);
    expect(again.said).toContain('is already there');
  });

  it('refuses a name that is no file name', async () => {
    const { code, said } = await command(['new-function', '../evil'], { cwd: folder });
    expect(code).toBe(1);
    expect(said).toContain('expected a name such as by-tenant');
  });
});

describe('small verbs', () => {
  it('schema prints the JSON Schema, the same as the package has', async () => {
    const { stdout } = await command(['schema']);
    expect(JSON.parse(stdout)).toMatchObject({ type: 'object' });
    expect(stdout).toBe(await readFile(new URL('../../schema.json', import.meta.url), 'utf8'));
  });

  it('version prints the version of the package', async () => {
    const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
    expect((await command(['version'])).stdout).toBe(`forehand ${version}\n`);
    expect(JSON.parse((await command(['version', '--json'])).stdout)).toMatchObject({
      version,
      node: process.version,
    });
  });

  it.each(['bash', 'zsh', 'fish'])(
    'completion prints a script for %s that knows every verb',
    async (shell) => {
      const { code, stdout } = await command(['completion', shell]);
      expect(code).toBe(0);
      for (const verb of ['run', 'explain', 'new-function', 'bench-node']) expect(stdout).toContain(verb);
    },
  );

  it.each([
    [['ping']],
    [['servers']],
    [['servers', 'drain', 'web-1', '--for', '10m']],
    [['servers', 'weight', 'web-1', '50%']],
    [['nodes']],
    [['explain', '/']],
    [['reload']],
    [['trace']],
  ])('%j says that no proxy answers, with exit code 1', async (args) => {
    const { code, said } = await command([...args, '--admin', '127.0.0.1:1'], { cwd: folder });
    expect(code).toBe(1);
    expect(said).toContain('no proxy answers at 127.0.0.1:1');
  });

  it('suggests the verb that was meant', async () => {
    const { code, said } = await command(['chekc']);
    expect(code).toBe(1);
    expect(said).toContain('Did you mean check?');
  });

  it('bench-node prints how fast the machine is', async () => {
    const { stdout } = await command(['bench-node', '--json'], { env: { XDG_CACHE_HOME: folder } });
    expect(JSON.parse(stdout).arriba).toBeGreaterThan(1);
  });
});

describe('forehand demo', () => {
  it('prints one line of JSON a second and a summary, and ends by itself with exit code 0', async () => {
    const { code, stdout } = await command(['demo', '--json', '--duration', '3s'], { cwd: folder });
    expect(code).toBe(0);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.length).toBeGreaterThanOrEqual(3);
    const summary = lines.at(-1);
    expect(summary.requests).toBeGreaterThan(30);
    expect(summary.failed).toBe(0);
    expect(summary.servers).toHaveLength(5);
    expect(summary.servers.reduce((sum: number, { share }: { share: number }) => sum + share, 0)).toBeCloseTo(
      1,
      1,
    );
  });

  it('leaves a project that passes check', async () => {
    const project = join(folder, 'mine');
    expect((await command(['demo', '--write', project])).code).toBe(0);
    const checked = await command(['check'], { cwd: project });
    expect(checked.code, checked.said).toBe(0);
    expect((await command(['demo', '--write', project])).code).toBe(1);
  });
});
