import { once } from 'node:events';
import net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { HEADROOM } from '../../src/transport/connection.ts';
import { connectionOn } from '../../src/transport/connection-on.ts';
import { Recorder, someBytes } from './transports.ts';

const open: { destroy?(): void; close?(): void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.destroy ? one.destroy() : one.close?.();
});

/** A socket that is connecting, and the one that will be accepted for it. */
const sockets = async (): Promise<[net.Socket, Promise<net.Socket>]> => {
  const server = net.createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection').then(([socket]) => {
    open.push(socket as net.Socket);
    return socket as net.Socket;
  });
  const { port } = server.address() as net.AddressInfo;
  const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  open.push(server, socket);
  return [socket, accepted];
};

describe('a connection on a socket of somebody else', () => {
  it('that we opened tells when it is made, and puts bytes behind free room', async () => {
    const [socket, accepted] = await sockets();
    const owner = new Recorder();
    const connection = connectionOn(socket, { isEncrypted: false, isOpened: true, owner });
    await owner.hears('connected');
    (await accepted).write('hello');
    await owner.has('hello');
    expect(owner.lastStart).toBeGreaterThanOrEqual(HEADROOM);
    expect(connection.write(Buffer.from('answer'))).toBe(true);
    expect(String((await once(await accepted, 'data'))[0])).toBe('answer');
  });

  it('has room for a piece of any size', async () => {
    const [socket] = await sockets();
    const owner = new Recorder();
    connectionOn(socket, { isEncrypted: false, isOpened: true, owner });
    const piece = someBytes(200_000);
    socket.emit('data', piece);
    expect(owner.received.equals(piece)).toBe(true);
    expect(owner.lastStart).toBeGreaterThanOrEqual(HEADROOM);
  });

  it('that was accepted hears what came, to its end', async () => {
    const [socket, accepted] = await sockets();
    const owner = new Recorder();
    const connection = connectionOn(await accepted, { isEncrypted: true, isOpened: false });
    connection.owner = owner;
    socket.end('all');
    await owner.hears('end');
    expect(owner.text).toBe('all');
    expect(connection.isEncrypted).toBe(true);
    expect(connection.isClosed).toBe(false);
  });

  it('closes at once where a reset is not possible', async () => {
    const [socket, accepted] = await sockets();
    const connection = connectionOn(await accepted, { isEncrypted: false, isOpened: false });
    (await accepted).resetAndDestroy = () => {
      throw new TypeError('not a TCP socket');
    };
    connection.reset();
    socket.resume();
    await once(socket, 'end');
    expect(connection.isClosed).toBe(true);
  });

  it('tells that somebody else destroyed it, with or without an error', async () => {
    for (const [error, code] of [
      [undefined, 'ECONNRESET'],
      [new Error('odd'), 'EIO'],
      [Object.assign(new Error('tls'), { code: 'ERR_TLS' }), 'ERR_TLS'],
    ] as const) {
      const [, accepted] = await sockets();
      const owner = new Recorder();
      connectionOn(await accepted, { isEncrypted: false, isOpened: false, owner });
      (await accepted).destroy(error);
      await owner.hears(code);
      expect(owner.heard).toEqual([code]);
    }
  });
});
