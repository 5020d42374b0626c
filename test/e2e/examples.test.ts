import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterEach, expect, it } from 'vitest';
import { eventually, freePorts, type Running, startNode, stopAll } from '../cli/command.ts';

const example = (path: string): string => fileURLToPath(new URL(`../../examples/${path}`, import.meta.url));

interface Started {
  readonly program: Running;
  ask(path: string, headers?: Record<string, string>): Promise<string>;
}

const start = async (path: string): Promise<Started> => {
  const [PROXY_PORT, ADMIN_PORT, AGENTS_PORT, A_PORT, B_PORT] = (await freePorts(5)).map(String) as [
    string,
    string,
    string,
    string,
    string,
  ];
  const program = startNode([example(path)], {
    env: { PROXY_PORT, PORT: PROXY_PORT, ADMIN_PORT, AGENTS_PORT, A_PORT, B_PORT },
  });
  const ask = async (path: string, headers: Record<string, string> = {}): Promise<string> =>
    (await fetch(`http://127.0.0.1:${PROXY_PORT}${path}`, { headers })).text();
  return { program, ask };
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

it('express-middleware: the application answers its own paths and forehand the rest', async () => {
  const started = await start('express-middleware/app.mjs');
  await eventually(
    () => started.ask('/'),
    (answer) => answer === 'answered by the application\n',
  );
  await answersFromBoth(started, '/api/x');
});
