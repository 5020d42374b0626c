import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { afterAll, afterEach, describe, expect, it } from 'vitest';

/**
 * Listens and echoes in a process that may open 256 descriptors. `fill` opens all that are left, `free` gives them
 * back.
 */
const CHILD = `
  import fs from 'node:fs';
  import { loadBindings } from './bindings.ts';
  import { netTransport } from './net.ts';
  import { RawTransport } from './raw.ts';

  const transport = process.argv[2] === 'raw' ? new RawTransport(loadBindings()) : netTransport;
  const listener = await transport.listen({ kind: 'tcp', host: '127.0.0.1', port: 0 }, { backlog: 511 }, (connection) => {
    connection.owner = {
      onData: (bytes, start, end) => connection.write(bytes.subarray(start, end)),
      onEnd: () => connection.close(),
      onFailed: () => {},
    };
  });
  const taken = [];
  const orders = {
    fill: () => { try { for (;;) taken.push(fs.openSync('/', 'r')); } catch {} },
    free: () => { for (const fd of taken.splice(0)) fs.closeSync(fd); },
  };
  process.on('message', (order) => { orders[order](); process.send(order); });
  process.on('disconnect', () => process.exit());
  process.send(listener.address);
`;

const folder = mkdtempSync(join(tmpdir(), 'forehand-test-'));
const script = join(folder, 'child.mjs');
buildSync({
  stdin: { contents: CHILD, resolveDir: fileURLToPath(new URL('../../src/transport', import.meta.url)) },
  bundle: true,
  platform: 'node',
  format: 'esm',
  outfile: script,
});

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
afterAll(() => rmSync(folder, { recursive: true }));

const start = async (kind: string) => {
  const child = spawn('sh', ['-c', 'ulimit -n 256 && exec "$0" "$@"', process.execPath, script, kind], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  children.push(child);
  const [address] = await once(child, 'message');
  const order = async (word: string): Promise<void> => {
    child.send(word);
    await once(child, 'message');
  };
  return { child, order, port: Number(String(address).split(':')[1]) };
};

/** What becomes of a client that says something: `echoed`, or `closed` by the server. */
const visit = (port: number): Promise<string> =>
  new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write('hello'));
    const done = (what: string) => (): void => {
      socket.destroy();
      resolve(what);
    };
    socket.on('data', done('echoed')).on('end', done('closed')).on('error', done('closed'));
  });

/** A client that is served and stays. */
const guest = async (port: number): Promise<net.Socket> => {
  const socket = net.connect(port, '127.0.0.1', () => socket.write('stay'));
  await once(socket, 'data');
  return socket;
};

const NEEDED = process.platform === 'linux';

describe.skipIf(!NEEDED).each(['raw', 'net'])('out of descriptors, the %s transport', (kind) => {
  it('closes who comes instead of letting them wait, and serves again after', async () => {
    const { child, order, port } = await start(kind);
    const early = await guest(port);
    await order('fill');
    const visits = await Promise.all(Array.from({ length: 40 }, () => visit(port)));
    expect(visits).toEqual(visits.map(() => 'closed'));
    early.write('still served');
    await once(early, 'data');
    await order('free');
    expect(await visit(port)).toBe('echoed');
    expect(child.exitCode).toBeNull();
    early.destroy();
  });
});
