import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import net, { type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { HttpConnection } from '../../src/state/http-connection.ts';

const OK = 'HTTP/1.1 204 No Content\r\n\r\n';
const open: { close(): unknown }[] = [];
afterEach(() => {
  vi.restoreAllMocks();
  for (const thing of open.splice(0)) thing.close();
});

/** A server that answers every piece of bytes in the same way, and remembers the connections it got. */
const answering = async (answer: (socket: Socket) => void) => {
  const sockets: Socket[] = [];
  const server = net.createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined).on('data', () => answer(socket));
  });
  open.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/reports`);
  const connection = new HttpConnection(url, {});
  open.push(connection);
  return { connection, sockets, server, url };
};

describe('HttpConnection', () => {
  it('opens another connection when the proxy has closed the last one', async () => {
    const { connection, sockets } = await answering((socket) => socket.write(OK));
    await connection.post('{}', 2000);
    sockets[0]?.end();
    await once(sockets[0]!, 'close');
    expect(await connection.post('{}', 2000)).toMatchObject({ status: 204 });
    expect(sockets).toHaveLength(2);
  });

  it.each([
    ['an answer other than 204', 'HTTP/1.1 429 Too Many Requests\r\ncontent-length: 0\r\n\r\n'],
    ['a 204 that ends the connection', 'HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n'],
  ])('uses no connection again after %s', async (_, answer) => {
    const { connection, sockets } = await answering((socket) => socket.write(answer));
    for (let i = 0; i < 3; i++) await connection.post('{}', 2000);
    expect(sockets).toHaveLength(3);
  });

  it('does not mistake what comes between two requests for an answer', async () => {
    const late = 'HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\n\r\n';
    const { connection, sockets } = await answering((socket) => socket.write(OK));
    await connection.post('{}', 2000);
    sockets[0]?.write(late);
    sockets[0]?.end();
    await once(sockets[0]!, 'close');
    expect(await connection.post('{}', 2000)).toMatchObject({ status: 204 });
  });

  it.each([
    ['an end without an answer', (socket: Socket) => void socket.end(), 'unreachable'],
    ['a reset', (socket: Socket) => void socket.resetAndDestroy(), 'unreachable'],
    ['half an answer', (socket: Socket) => void socket.end('HTTP/1.1 204'), 'unreachable'],
    ['another protocol', (socket: Socket) => void socket.write(`+OK\r\n${'x'.repeat(20_000)}`), 'bad_answer'],
    ['silence', () => undefined, 'timeout'],
  ])('rejects on %s, and goes on', async (_, act, code) => {
    const acts = [act, (socket: Socket) => void socket.write(OK)];
    const { connection } = await answering((socket) => acts.shift()?.(socket));
    await expect(connection.post('{}', 100)).rejects.toMatchObject({ code });
    expect(await connection.post('{}', 2000)).toMatchObject({ status: 204 });
  });

  it('leaves no listener on a connection that it keeps', async () => {
    const { connection } = await answering((socket) => socket.write(OK));
    const on = vi.spyOn(net.Socket.prototype, 'on');
    await connection.post('{}', 2000);
    const socket = on.mock.contexts[0] as Socket;
    const listeners = () => ['data', 'error', 'close'].map((event) => socket.listenerCount(event));
    const before = listeners();
    for (let i = 0; i < 20; i++) await connection.post('{}', 2000);
    expect(listeners()).toEqual(before);
  });

  it('keeps its process alive only while a request is under way', async () => {
    const { connection } = await answering((socket) => socket.write(OK));
    const [ref, unref] = [vi.spyOn(net.Socket.prototype, 'ref'), vi.spyOn(net.Socket.prototype, 'unref')];
    await connection.post('{}', 2000);
    await connection.post('{}', 2000);
    expect([ref.mock.calls.length, unref.mock.calls.length]).toEqual([1, 2]);
  });

  it.skipIf(spawnSync('openssl', ['version']).status !== 0)(
    'speaks TLS, and believes no certificate that nobody vouches for',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'forehand-tls-'));
      const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
      const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'];
      const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
      spawnSync('openssl', ['req', '-x509', ...curve, '-keyout', key, '-out', cert, ...subject]);
      const ca = readFileSync(cert);
      const server = createTlsServer({ key: readFileSync(key), cert: ca }, (_, response) => {
        response.writeHead(204).end();
      });
      rmSync(folder, { recursive: true });
      open.push(server.listen(0, '127.0.0.1'));
      await once(server, 'listening');
      for (const host of ['127.0.0.1', 'localhost']) {
        const url = new URL(`https://${host}:${(server.address() as AddressInfo).port}/v1/reports`);
        const connection = new HttpConnection(url, {});
        open.push(connection);
        await expect(connection.post('{}', 2000)).rejects.toMatchObject({
          code: 'unreachable',
          message: 'self-signed certificate',
        });
        const connect = tls.connect;
        vi.spyOn(tls, 'connect').mockImplementation(((options: tls.ConnectionOptions) =>
          connect({ ...options, ca })) as typeof tls.connect);
        expect(await connection.post('{}', 2000)).toMatchObject({ status: 204 });
        expect(await connection.post('{}', 2000)).toMatchObject({ status: 204 });
        vi.restoreAllMocks();
        connection.close();
      }
    },
  );
});
