import { once } from 'node:events';
import net from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { dial } from '../../../src/state/redis/dial.ts';
import { parseRedisUrl } from '../../../src/state/redis/redis-address.ts';

const aServer = async () => {
  const server = net.createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { server, port: (server.address() as net.AddressInfo).port };
};

describe('a line to redis', () => {
  it('is reset and not closed, so that the kernel keeps nothing of it to send later', async () => {
    const { server, port } = await aServer();
    const accepted = once(server, 'connection');
    const line = await dial(parseRedisUrl(`redis://127.0.0.1:${port}`), 1000);
    const [peer] = (await accepted) as [net.Socket];
    const error = once(peer, 'error');
    peer.resume();
    line.reset();
    expect((await error)[0]).toMatchObject({ code: 'ECONNRESET' });
  });

  it('counts what it hears', async () => {
    const { server, port } = await aServer();
    server.on('connection', (peer) => peer.end('12345'));
    const line = await dial(parseRedisUrl(`redis://127.0.0.1:${port}`), 1000);
    line.stream.resume();
    await once(line.stream, 'end');
    expect(line.heard).toBe(5);
    line.reset();
  });

  it('is not waited for longer than the limit, with TLS either', async () => {
    const { server, port } = await aServer();
    const peers: net.Socket[] = [];
    server.on('connection', (peer) => peers.push(peer.on('error', () => undefined)));
    onTestFinished(() => {
      for (const peer of peers) peer.destroy();
    });
    await expect(dial(parseRedisUrl(`rediss://127.0.0.1:${port}`), 100)).rejects.toThrow(
      'no connection within 100 ms',
    );
  });

  it('says why there is none', async () => {
    const { server, port } = await aServer();
    await once(server.close(), 'close');
    await expect(dial(parseRedisUrl(`redis://127.0.0.1:${port}`), 1000)).rejects.toThrow('ECONNREFUSED');
  });
});
