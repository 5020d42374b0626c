import { once } from 'node:events';
import net from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openAgentConnection } from '../../../src/state/redis/agent-connection.ts';
import { parseRedisUrl } from '../../../src/state/redis/redis-address.ts';

/** A server that answers every piece of bytes that comes with the next of these texts, and then no more. */
const aServer = async (...answers: readonly string[]) => {
  const heard: string[] = [];
  const server = net.createServer((peer) => {
    const left = [...answers];
    peer.on('error', () => undefined);
    peer.on('data', (bytes) => {
      heard.push(String(bytes));
      peer.write(left.shift() ?? '');
    });
    onTestFinished(() => void peer.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as net.AddressInfo;
  const open = async (user = '', rest = '') => {
    const connection = await openAgentConnection(parseRedisUrl(`redis://${user}127.0.0.1:${port}${rest}`));
    onTestFinished(() => connection.drop('over'));
    return connection;
  };
  return { heard, open };
};

describe('the connection of an agent', () => {
  it('signs in and chooses the database before anything else', async () => {
    const { heard, open } = await aServer('+OK\r\n+OK\r\n+PONG\r\n', '+OK\r\n');
    await open('agent:secret@', '/3');
    expect(heard[0]).toMatch(/^\*3\r\n\$4\r\nauth\r\n.*agent\r\n.*secret\r\n.*select\r\n.*3\r\n.*ping\r\n$/s);
  });

  it('is used though a redis without a password was given one', async () => {
    const { open } = await aServer('-ERR Client sent AUTH, but no password is set\r\n+PONG\r\n');
    await open(':secret@');
  });

  it.each([
    ['WRONGPASS', '-WRONGPASS invalid\r\n-NOAUTH\r\n', 'bad_answer'],
    ['no redis', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'unreachable'],
    ['no redis', '+OK\r\n+OK\r\n+OK\r\n', 'unreachable'],
    ['no answer', '', 'timeout'],
  ])('is not opened where the answer is %s (%#)', async (why, answer, code) => {
    const { open } = await aServer(answer);
    await expect(open(':secret@')).rejects.toMatchObject({ code, message: expect.stringContaining(why) });
  });

  it('says what redis has against one of the commands, and goes on', async () => {
    const { open } = await aServer('+PONG\r\n', '+OK\r\n+OK\r\n-NOPERM that channel\r\n', '+OK\r\n');
    const connection = await open();
    await expect(connection.tell([['set'], ['publish']])).rejects.toMatchObject({
      code: 'bad_answer',
      message: 'NOPERM that channel',
    });
    await connection.tell([['set']]);
  });

  it('ends where another redis would do better', async () => {
    const { open } = await aServer('+PONG\r\n', '+OK\r\n-READONLY a replica\r\n');
    const connection = await open();
    await expect(connection.tell([['set']])).rejects.toThrow('READONLY');
    expect(await connection.ended).toBe('READONLY a replica');
    await expect(connection.tell([['set']])).rejects.toMatchObject({ code: 'unreachable' });
  });

  it('gives each command its own answer, though one before it was answered late', async () => {
    const { open } = await aServer('+PONG\r\n', '+OK\r\n', '', '+OK\r\n-ERR of the second\r\n');
    const connection = await open();
    await expect(connection.tell([['first']])).rejects.toMatchObject({ code: 'timeout' });
    await expect(connection.tell([['second']])).rejects.toThrow('ERR of the second');
  });

  it('ends when it is closed from afar, with whatever waits', async () => {
    const { open } = await aServer('+PONG\r\n');
    const connection = await open();
    const told = connection.tell([['set']]);
    connection.drop('a storm');
    await expect(told).rejects.toMatchObject({ code: 'unreachable', message: 'a storm' });
    expect(await connection.ended).toBe('a storm');
  });
});
