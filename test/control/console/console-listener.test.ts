import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MOST_LINE_BYTES } from '../../../src/control/console/console-connection.ts';
import { ConsoleListener, MOST_CONNECTIONS } from '../../../src/control/console/console-listener.ts';
import type { AdminParts } from '../../../src/control/views/views.ts';
import { eventually } from '../../support/eventually.ts';
import { aServerView, fakeParts } from '../fake-views.ts';

const aPath = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'forehand-console-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'console.sock');
};

const aConsole = async (parts: Partial<AdminParts> = {}, path = aPath()): Promise<string> => {
  const listener = await ConsoleListener.open(`unix:${path}`, { parts: fakeParts(parts), held: undefined });
  onTestFinished(() => listener.close());
  return path;
};

const aClient = (path: string): { readonly socket: Socket; said(): string; ended(): boolean } => {
  const socket = connect(path);
  let [text, over] = ['', false];
  socket.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  socket
    .on('error', () => undefined)
    .on('close', () => {
      over = true;
    });
  onTestFinished(() => void socket.destroy());
  return { socket, said: () => text, ended: () => over };
};

/** As `printf ... | nc -U`: all is sent, then the own side is closed. */
const oneShot = async (path: string, text: string): Promise<string> => {
  const { socket, said, ended } = aClient(path);
  socket.end(text);
  await eventually(ended, 'the console ends the connection');
  return said();
};

describe('the socket of the console', () => {
  it('is for its owner alone', async () => {
    expect(statSync(await aConsole()).mode & 0o777).toBe(0o600);
  });

  it('takes the place of one that a dead process has left, not of one that is in use', async () => {
    const path = aPath();
    const dead = createServer().listen(path);
    await new Promise((resolve) => dead.once('listening', resolve));
    await expect(aConsole({}, path)).rejects.toThrow('address already in use');
    dead.close();
    expect(await oneShot(await aConsole({}, path), 'bye\n')).toBe('\n');
  });
});

describe('a connection', () => {
  it('of a script gets the answers and is ended', async () => {
    const path = await aConsole();
    expect(await oneShot(path, 'ready web-1\n')).toBe('web-1 in pool web is ready\n\n');
    expect(await oneShot(path, 'ready a')).toBe('a in pool web is ready\n\n');
    expect(await oneShot(path, 'ready a\r\n\r\nnonsense\nready b\n')).toBe(
      'a in pool web is ready\n\nerror: unknown word "nonsense"; help lists all\n\nb in pool web is ready\n\n',
    );
    expect(await oneShot(path, '')).toBe('');
  });

  it('of a person goes on until bye', async () => {
    const { socket, said, ended } = aClient(await aConsole());
    socket.write('ready a\n');
    await eventually(() => said().endsWith('\n\n'));
    expect(ended()).toBe(false);
    socket.write('bye\nready b\n');
    await eventually(ended);
    expect(said()).toBe('a in pool web is ready\n\n\n');
  });

  it('is answered line by line: the next one waits until the one before is done', async () => {
    const order: string[] = [];
    const end: (() => void)[] = [];
    const setServer: AdminParts['setServer'] = async ({ server }) => {
      order.push(server);
      if (server === 'a') await new Promise<void>((resolve) => end.push(resolve));
      return aServerView({ id: server });
    };
    const { socket, said } = aClient(await aConsole({ setServer }));
    socket.write('drain a\ndrain b\n');
    await eventually(() => end.length === 1);
    expect(order).toEqual(['a']);
    end[0]?.();
    await eventually(() => said().split('\n\n').length === 3);
    expect(order).toEqual(['a', 'b']);
  });

  it.each([
    ['without an end', 'x'.repeat(MOST_LINE_BYTES + 1)],
    ['with one', `${'x'.repeat(MOST_LINE_BYTES + 1)}\n`],
    ['of many bytes', `${'\u00e9'.repeat(MOST_LINE_BYTES)}\n`],
  ])('with a line too long, %s, is told so and ended', async (_, text) => {
    const { socket, said, ended } = aClient(await aConsole());
    socket.write(text);
    await eventually(ended);
    expect(said()).toBe(`error: a line has at most ${MOST_LINE_BYTES} bytes\n\n`);
  });

  it('that floods it and reads nothing is not answered without end', async () => {
    let asked = 0;
    const servers = () => {
      asked += 1;
      return Array.from({ length: 500 }, (_, i) =>
        aServerView({ id: `server-${i}`, reason: 'x'.repeat(200) }),
      );
    };
    const path = await aConsole({ servers });
    const { socket } = aClient(path);
    socket.pause().write('servers\n'.repeat(2000));
    // The socket's buffers take a few of 100 KB; then it waits.
    await eventually(() => asked > 0);
    let before = -1;
    await eventually(async () => {
      const isStill = asked === before;
      before = asked;
      await new Promise((resolve) => setTimeout(resolve, 50));
      return isStill && asked === before;
    });
    expect(asked).toBeLessThan(100);
    expect(await oneShot(path, 'ready a\n')).toBe('a in pool web is ready\n\n');
  });

  it(`is one of ${MOST_CONNECTIONS}; more are told so and ended`, async () => {
    const path = await aConsole();
    const clients = Array.from({ length: MOST_CONNECTIONS }, () => aClient(path));
    for (const { socket } of clients) socket.write('ready a\n');
    await eventually(() => clients.every(({ said }) => said() !== ''));
    expect(await oneShot(path, 'ready a\n')).toBe('error: too many connections\n\n');
    clients[0]?.socket.destroy();
    await eventually(async () => (await oneShot(path, 'ready b\n')) === 'b in pool web is ready\n\n');
  });
});
