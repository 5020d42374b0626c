import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { holdSocket } from '../../../src/control/listeners/held-sockets.ts';

const CHILD = `
  const server = require('node:http').createServer((req, res) => res.end(String(process.pid)));
  server.listen({ fd: 3 }, () => process.send('up'));
`;

const serving = async (handle: unknown): Promise<ReturnType<typeof spawn>> => {
  const stdio = ['ignore', 'inherit', 'inherit', handle, 'ipc'] as never;
  const child = spawn(process.execPath, ['-e', CHILD], { stdio });
  await once(child, 'message');
  return child;
};

const ask = (socketPath: string): Promise<string> =>
  new Promise((resolve, reject) => {
    get({ socketPath, agent: false }, (answer) => {
      answer.setEncoding('utf8').on('data', resolve);
    }).on('error', reject);
  });

describe('a held socket', () => {
  const folders: string[] = [];
  afterEach(async () => {
    for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
  });
  const socketPath = async (): Promise<string> => {
    const folder = await mkdtemp(join(tmpdir(), 'forehand-test-'));
    folders.push(folder);
    return join(folder, 's.sock');
  };

  it('keeps clients waiting, not refused, while the process that served is replaced', async () => {
    const path = await socketPath();
    const socket = await holdSocket({ kind: 'unix', path }, 'listen');
    const first = await serving(socket.handle);
    expect(await ask(path)).toBe(String(first.pid));
    first.kill('SIGKILL');
    await once(first, 'exit');
    const waiting = ask(path);
    const second = await serving(socket.handle);
    expect(await waiting).toBe(String(second.pid));
    second.kill('SIGKILL');
    await once(second, 'exit');
    socket.close();
  });

  it('is for this user alone if it is private', async () => {
    const path = await socketPath();
    const socket = await holdSocket({ kind: 'unix', path }, 'admin', true);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    socket.close();
  });

  it('takes the place of a socket file that a dead process left', async () => {
    const path = await socketPath();
    const dead = spawn(process.execPath, [
      '-e',
      `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`,
    ]);
    await once(dead, 'exit');
    const socket = await holdSocket({ kind: 'unix', path }, 'listen');
    socket.close();
  });

  it('does not take a socket file from a process that answers', async () => {
    const path = await socketPath();
    const alive = createServer().listen(path);
    await once(alive, 'listening');
    await expect(holdSocket({ kind: 'unix', path }, 'front')).rejects.toThrow(
      /listen front: address already in use/,
    );
    alive.close();
  });

  it('does not hold a socket that is bound to nothing, where somebody listens at the address', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const held = holdSocket({ kind: 'tcp', host: '127.0.0.1', port }, 'front');
    await expect(held).rejects.toThrow(/listen front: address already in use/);
    taken.close();
  });
});
