import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { eventually, startCommand, stopAll } from '../cli/command.ts';
import { freePorts } from '../support/free-ports.ts';
import { startBackend } from '../support/start-backend.ts';

afterEach(stopAll);

const handler = (word: string): string => `
export default async (request: Request) => {
  if (!request.url.endsWith('/loop')) return new Response('${word}');
  await new Promise((resolve) => setTimeout(resolve, 20));
  for (;;);
};
`;

const aProxy = async (workers: number) => {
  const folder = mkdtempSync(join(tmpdir(), 'forehand-handlers-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [port = 0] = await freePorts(1);
  const servers = await Promise.all(
    ['a', 'b', 'c'].map(async (id) => ({ id, url: (await startBackend((_, res) => res.end(id))).url })),
  );
  const config = {
    ...{ listen: `127.0.0.1:${port}`, admin: false, workers },
    pools: { web: { servers, sticky: {} } },
    routes: [{ pool: 'web' }, { path: '/h/', handler: './h.ts' }],
  };
  writeFileSync(join(folder, 'h.ts'), handler('first'));
  writeFileSync(join(folder, 'forehand.yaml'), JSON.stringify(config));
  const program = startCommand(['run'], { cwd: folder });
  await program.says(/serving on/);
  /** On a connection of its own. */
  const ask = async (path: string, cookie = ''): Promise<Response | undefined> =>
    fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close', cookie } }).catch(
      () => undefined,
    );
  return { folder, program, ask };
};

describe.each([1, 2])('with %i workers', (workers) => {
  it('a handler that never returns is named, and is 503 until its file changes', {
    timeout: 40_000,
  }, async () => {
    const { folder, program, ask } = await aProxy(workers);
    expect(await (await ask('/h/a'))?.text()).toBe('first');
    expect(await ask('/h/loop')).toBeUndefined();
    await program.says(/\.\/h\.ts did not return/);
    await eventually(
      async () => (await ask('/h/a'))?.status,
      (status) => status === 503,
    );
    expect((await ask('/other'))?.status).toBe(200);
    writeFileSync(join(folder, 'h.ts'), handler('mended'));
    await eventually(
      async () => (await ask('/h/a'))?.text(),
      (text) => text === 'mended',
    );
  });

  it('all workers agree on the cookie of a server without a secret', { timeout: 40_000 }, async () => {
    const { ask } = await aProxy(workers);
    const first = await ask('/');
    const by = await first?.text();
    const [cookie = ''] = (first?.headers.getSetCookie() ?? []).map((one) => one.split(';')[0] ?? '');
    for (let i = 0; i < 30; i++) {
      const next = await ask('/', cookie);
      expect(await next?.text()).toBe(by);
      expect(next?.headers.getSetCookie()).toEqual([]);
    }
  });
});
