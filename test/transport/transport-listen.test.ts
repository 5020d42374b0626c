import { readdirSync } from 'node:fs';
import net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { SocketAddress } from '../../src/transport/connection.ts';
import { eventually } from '../support/eventually.ts';
import { addressOf, Bench, LOOPBACK, Recorder, TRANSPORTS } from './transports.ts';

/** Binds a socket as a parent process does that hands it down. It is closed by whoever listens on it. */
const boundFd = (address: SocketAddress): number => {
  const create = (net as unknown as { _createServerHandle(...args: unknown[]): { readonly fd: number } })
    ._createServerHandle;
  return address.kind === 'unix'
    ? create(address.path, -1, -1, -1, 0).fd
    : create(address.host, address.port, 4, -1, 0).fd;
};

const descriptors = (): number => readdirSync('/proc/self/fd').length;

describe.each(TRANSPORTS)('listening with the $name transport', (transport) => {
  const bench = new Bench(transport);
  afterEach(() => bench.close());

  const talks = async (address: SocketAddress): Promise<void> => {
    const owner = new Recorder();
    const client = bench.connect(address, owner);
    await owner.hears('connected');
    client.write(Buffer.from('echo'));
    await owner.has('echo');
  };

  const echo = (target: Parameters<Bench['listen']>[1]) =>
    bench.listen((connection) => {
      connection.owner = Object.assign(new Recorder(), {
        onData: (bytes: Buffer, start: number, end: number) => connection.write(bytes.subarray(start, end)),
      });
    }, target);

  it('says where, as people write it', async () => {
    const [listener, address] = await echo(LOOPBACK);
    expect(listener.address).toMatch(/^127\.0\.0\.1:[1-9]\d*$/);
    await talks(address);
  });

  it('works on IPv6', async ({ skip }) => {
    const [listener, address] = await echo({ kind: 'tcp', host: '::1', port: 0 }).catch(() =>
      skip('no IPv6'),
    );
    expect(listener.address).toMatch(/^\[::1\]:[1-9]\d*$/);
    await talks(address);
  });

  it('works on a unix socket, whose connections have no addresses', async () => {
    const target = { kind: 'unix', path: bench.socketPath() } as const;
    const { client, server, serverHears } = await bench.pair(target);
    expect([server.remoteAddress, server.remotePort, server.localAddress]).toEqual(['', 0, '']);
    expect([client.remoteAddress, client.remotePort]).toEqual(['', 0]);
    client.write(Buffer.from('local'));
    client.end();
    await serverHears.hears('end');
    expect(serverHears.text).toBe('local');
    server.reset();
  });

  it('says the path of a unix socket, which is gone afterwards', async () => {
    const path = bench.socketPath();
    const [listener] = await echo({ kind: 'unix', path });
    expect(listener.address).toBe(`unix:${path}`);
    expect(addressOf(listener)).toEqual({ kind: 'unix', path });
    listener.close();
    const [again] = await echo({ kind: 'unix', path });
    again.close();
  });

  it('works on a TCP socket that somebody else bound', async () => {
    const [listener, address] = await echo({ kind: 'held', fd: boundFd(LOOPBACK) });
    expect(listener.address).toMatch(/^127\.0\.0\.1:[1-9]\d*$/);
    await talks(address);
  });

  it('works on a unix socket that somebody else bound', async () => {
    const address = { kind: 'unix', path: bench.socketPath() } as const;
    const [listener] = await echo({ kind: 'held', fd: boundFd(address) });
    expect(listener.address).toBe('');
    await talks(address);
  });

  it('is bound before the call returns, so that a umask around the call holds', async () => {
    const path = bench.socketPath();
    const listening = echo({ kind: 'unix', path });
    expect(readdirSync(path.replace(/\/[^/]*$/, ''))).toEqual(['s.sock']);
    await listening;
  });

  it.each([
    ['an address in use', 'EADDRINUSE', undefined],
    ['an address that this machine has not', 'EADDRNOTAVAIL', { ...LOOPBACK, host: '192.0.2.1' }],
    ['a path without a folder', /^(EACCES|ENOENT)$/, { kind: 'unix', path: '/nowhere/at/all.sock' }],
    ['a descriptor that is no socket', 'EINVAL', { kind: 'held', fd: 1_000_000 }],
  ] as const)('is refused for %s', async (_, code, target) => {
    const [, address] = await echo(LOOPBACK);
    const matching = typeof code === 'string' ? code : expect.stringMatching(code);
    await expect(echo(target ?? address)).rejects.toMatchObject({ code: matching });
  });

  it('can end while connections live on', async () => {
    const { client, clientHears, server, serverHears } = await bench.pair();
    const [listener, address] = await echo(LOOPBACK);
    listener.close();
    listener.close();
    const late = new Recorder();
    bench.connect(address, late);
    await late.hears('ECONNREFUSED');
    client.write(Buffer.from('still'));
    await serverHears.has('still');
    server.write(Buffer.from('here'));
    await clientHears.has('here');
  });

  it('leaves nothing of 2,000 short connections, whoever ends them and how', async () => {
    await bench.roundTrip();
    bench.close();
    await bench.roundTrip();
    bench.close();
    const before = descriptors();
    const ways = ['end', 'close', 'reset'] as const;
    let accepted = 0;
    const [listener, address] = await bench.listen((connection) => {
      const way = ways[accepted++ % 3] ?? 'end';
      const owner = new Recorder();
      connection.owner = owner;
      owner.react = () => {
        connection[way]();
        if (way === 'end') connection.close();
      };
    });
    for (let round = 0; round < 20; round++) {
      const owners = Array.from({ length: 100 }, () => new Recorder());
      for (const [i, owner] of owners.entries()) {
        const client = bench.connect(address, owner);
        owner.react = (word) => {
          if (word === 'connected' && i % 7 === 0) client.close();
          else if (word === 'connected') client.write(Buffer.from('hello'));
          else client.close();
        };
      }
      await eventually(() => owners.every(({ heard }, i) => heard.length >= (i % 7 ? 2 : 1)), 'all ended');
    }
    expect(accepted).toBeGreaterThan(1_500);
    listener.close();
    await eventually(() => descriptors() <= before, `descriptors are as before (${before})`);
  });
});
