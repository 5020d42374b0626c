import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterEach, expect, it } from 'vitest';
import { eventually, type Running, startNode, stopAll } from '../cli/command.ts';
import { freePorts } from '../support/free-ports.ts';

/** Says loudly that a program is not there, and what is not tested then. */
const missing = (command: string): boolean => {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin'];
  const found = folders.some((folder) => existsSync(join(folder, command)));
  if (!found) console.warn(`SKIPPED: examples with ${command}, which is not installed`);
  return !found;
};

const example = (path: string): string => fileURLToPath(new URL(`../../examples/${path}`, import.meta.url));

interface Started {
  readonly program: Running;
  ask(path: string, headers?: Record<string, string>): Promise<string>;
  /** The pairs of the cookies that an answer sets. */
  cookies(path: string): Promise<readonly string[]>;
}

const PORTS = [
  'PROXY_PORT',
  'ADMIN_PORT',
  'AGENTS_PORT',
  'A_PORT',
  'B_PORT',
  'SECOND_PROXY_PORT',
  'SECOND_ADMIN_PORT',
  'REDIS_PORT',
  'A_CHECK_PORT',
  'B_CHECK_PORT',
] as const;

const start = async (path: string, proxy: (typeof PORTS)[number] = 'PROXY_PORT'): Promise<Started> => {
  const free = await freePorts(PORTS.length);
  const ports: Record<string, string> = Object.fromEntries(PORTS.map((name, i) => [name, String(free[i])]));
  const program = startNode([example(path)], { env: { ...ports, PORT: ports['PROXY_PORT'] ?? '' } });
  const ask = async (path: string, headers: Record<string, string> = {}): Promise<string> =>
    (await fetch(`http://127.0.0.1:${ports[proxy]}${path}`, { headers })).text();
  const cookies = async (path: string): Promise<readonly string[]> => {
    const { headers } = await fetch(`http://127.0.0.1:${ports[proxy]}${path}`);
    return headers.getSetCookie().map((cookie) => cookie.split(';')[0] ?? '');
  };
  return { program, ask, cookies };
};

const answersFromBoth = async ({ ask }: Started, path: string): Promise<void> => {
  const seen = new Set<string>();
  await eventually(
    () => ask(path),
    (answer) => {
      seen.add(answer);
      return seen.has(`a answers GET ${path}\n`) && seen.has(`b answers GET ${path}\n`);
    },
  );
};

afterEach(stopAll);

it('minimal: two servers without agents share the requests', async () => {
  await answersFromBoth(await start('minimal/start.mjs'), '/x');
});

it('agents: servers that only their agents announced get requests', async () => {
  await answersFromBoth(await start('agents/start.mjs'), '/x');
});

it('own-function: a tenant goes to its own server', async () => {
  const { ask } = await start('own-function/start.mjs');
  await eventually(
    () => ask('/x', { 'x-tenant': 'red' }),
    (answer) => answer === 'red answers GET /x\n',
  );
  for (let i = 0; i < 20; i++) expect(await ask('/x', { 'x-tenant': 'blue' })).toBe('blue answers GET /x\n');
});

it('hosts: one host is answered by a pool, by files and by a function with sessions', async () => {
  const { ask, cookies } = await start('hosts/start.mjs');
  await eventually(
    () => ask('/static/'),
    (answer) => answer.includes('A page that the proxy serves'),
  );
  expect(await ask('/static/../forehand.yaml')).not.toContain('pools');
  const [visitor = ''] = await cookies('/visits');
  expect(await ask('/visits', { cookie: visitor })).toBe('visit 2\n');
  expect(await ask('/visits')).toBe('visit 1\n');
  const [server = ''] = await cookies('/x');
  const first = await ask('/x', { cookie: server });
  for (let i = 0; i < 10; i++) expect(await ask('/x', { cookie: server })).toBe(first);
});

it('scenario-test: the chain with a function of its own keeps up with the default chain', () => {
  const { stdout, status } = spawnSync(
    process.execPath,
    ['--test', example('scenario-test/scenario.test.mjs')],
    {
      encoding: 'utf8',
    },
  );
  expect(stdout).toContain('pass 1');
  expect(status).toBe(0);
});

it("own-function: the function's own test passes", async () => {
  const folder = await mkdtemp(example('own-function/.forehand-'));
  const outfile = join(folder, 'test.mjs');
  await build({
    entryPoints: [example('own-function/by-tenant.test.ts')],
    bundle: true,
    platform: 'node',
    packages: 'external',
    format: 'esm',
    outfile,
  });
  const program = startNode([outfile]);
  expect(await program.ended, program.said()).toBe(0);
  expect(program.said()).toMatch(/# pass 3/);
  await rm(folder, { recursive: true });
});

it('vllm-orca: a server that says with its answers that it is full gets few requests', async () => {
  const started = await start('vllm-orca/start.mjs');
  await answersFromBoth(started, '/x');
  const shares = { a: 0, b: 0 };
  for (let i = 0; i < 100; i++) shares[(await started.ask('/x')).startsWith('a') ? 'a' : 'b'] += 1;
  expect(shares.b).toBeLessThan(20);
});

it('express-middleware: the application answers its own paths and forehand the rest', async () => {
  const started = await start('express-middleware/app.mjs');
  await eventually(
    () => started.ask('/'),
    (answer) => answer === 'answered by the application\n',
  );
  await answersFromBoth(started, '/api/x');
});

it('express-agent: applications that are their own agents get requests', async () => {
  await answersFromBoth(await start('express-agent/start.mjs'), '/x');
});

it.skipIf(missing('redis-server'))('redis-fleet: both proxies know what agents told Redis', async () => {
  await answersFromBoth(await start('redis-fleet/start.mjs', 'SECOND_PROXY_PORT'), '/x');
});

it.skipIf(missing('haproxy'))('behind-haproxy: HAProxy balances by what the agents answer', async () => {
  await answersFromBoth(await start('behind-haproxy/start.mjs'), '/x');
});
