import { describe, expect, it } from 'vitest';
import type { FakeConnection } from '../support/a-fake-connection.ts';
import { aFakeEngine, type FakeEngine } from '../support/a-fake-engine.ts';

const UPGRADE = 'GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
const SWITCH = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';

interface Open {
  readonly made: FakeEngine;
  readonly client: FakeConnection;
  readonly server: FakeConnection;
}

const open = async (facts: Parameters<typeof aFakeEngine>[0] = {}): Promise<Open> => {
  const made = aFakeEngine(facts);
  const client = made.client();
  await client.says(UPGRADE);
  const server = await made.connected(0);
  await server.says(SWITCH);
  expect(client.takeAll()).toMatch(/^HTTP\/1\.1 101 [\s\S]*Upgrade: websocket\r\n[\s\S]*\r\n\r\n$/);
  expect(server.takeAll()).toMatch(/Connection: Upgrade\r\nUpgrade: websocket\r\n/);
  return { made, client, server };
};

const ended = ({ made, client, server }: Open, termination: string): void => {
  expect([client.isClosed, server.isClosed]).toEqual([true, true]);
  expect(made.finished).toEqual([expect.objectContaining({ kind: 'upgrade', status: 101, termination })]);
  expect(made.outcomes).toEqual(['a answered 101']);
  expect(made.engine.open).toBe(0);
  expect(made.inFlight()).toBe(0);
  expect(made.engine.pools.tunnels.size).toBe(0);
};

describe('a tunnel', () => {
  it('carries bytes both ways and counts them', async () => {
    const tunnel = await open();
    const { made, client, server } = tunnel;
    await client.says('one', 'two');
    await server.says('three', 'four');
    await client.says('five');
    expect(server.taken).toBe('onetwofive');
    expect(client.taken).toBe('threefour');
    expect(made.inFlight()).toBe(1);
    await client.fails();
    ended(tunnel, 'client_abort');
    expect(made.finished[0]!.bytesIn).toBe(10);
  });

  it('begins with what came right behind the heads', async () => {
    const made = aFakeEngine();
    const client = made.client();
    await client.says(`${UPGRADE}early`);
    const server = await made.connected(0);
    expect(server.takeAll()).not.toContain('early');
    await server.says(`${SWITCH}too`);
    expect(server.taken).toBe('early');
    expect(client.taken).toMatch(/\r\n\r\ntoo$/);
  });

  it('begins with much that came early, although its server does not read', async () => {
    const made = aFakeEngine();
    const client = made.client();
    const pieces = ['a', 'b', 'c'].map((char) => char.repeat(60_000));
    await client.says(UPGRADE + pieces[0], ...pieces.slice(1));
    expect(client.isReading).toBe(false);
    const server = await made.connected(0);
    server.takeAll();
    server.takes = false;
    await server.says(SWITCH);
    for (let i = 0; i < 6; i++) {
      await server.drains();
      await client.hears();
    }
    expect(server.taken).toBe(pieces.join(''));
  });

  it('begins with bytes of the server that its client does not take yet', async () => {
    const made = aFakeEngine();
    const client = made.client();
    await client.says(UPGRADE);
    const server = await made.connected(0);
    client.takes = false;
    await server.says(`${SWITCH}first`, 'second');
    await client.drains();
    await server.hears();
    expect(client.taken).toMatch(/\r\n\r\nfirstsecond$/);
  });

  it.each(['client', 'server'] as const)(
    'stops reading one side while the other, the %s, does not take',
    async (slow) => {
      const { client, server } = await open();
      const [from, to] = slow === 'server' ? [client, server] : [server, client];
      to.takes = false;
      await from.says('a'.repeat(1000), 'b'.repeat(70_000), 'c');
      expect(from.isReading).toBe(false);
      for (let i = 0; i < 4; i++) {
        await to.drains();
        await from.hears();
      }
      expect(to.taken).toBe(`${'a'.repeat(1000)}${'b'.repeat(70_000)}c`);
    },
  );

  it.each(['client', 'server'] as const)(
    'passes on that the %s ends, and goes on the other way',
    async (first) => {
      const tunnel = await open();
      const { client, server } = tunnel;
      const [one, other] = first === 'client' ? [client, server] : [server, client];
      await one.says('last words');
      await one.ends();
      expect(other.hasEnded).toBe(true);
      expect(other.isClosed).toBe(false);
      await other.says('still', 'here');
      expect(one.taken).toBe('stillhere');
      expect(other.taken).toBe('last words');
      await other.ends();
      ended(tunnel, 'ok');
    },
  );

  it('delivers what is on its way before it ends, when both sides have ended', async () => {
    const tunnel = await open();
    const { client, server } = tunnel;
    await client.ends();
    client.takes = false;
    // What was read before reading stopped, and the end, come together from some transports.
    server.owner.onData(Buffer.concat([Buffer.alloc(1024), Buffer.from('last')]), 1024, 1028);
    server.owner.onEnd();
    expect(client.isClosed).toBe(false);
    await client.drains();
    expect(client.taken).toBe('last');
    ended(tunnel, 'ok');
  });

  it.each([
    ['client', 'client_abort'],
    ['server', 'server_abort'],
  ] as const)('ends on both sides when the %s breaks off', async (side, termination) => {
    const tunnel = await open();
    await tunnel[side].fails();
    ended(tunnel, termination);
  });

  it('ends after silence, and not before', async () => {
    const tunnel = await open({ timeouts: { tunnel: 2000 } });
    const { made, client, server } = tunnel;
    for (const side of [client, server, server, client]) {
      await made.passes(1900);
      await side.says('.');
    }
    expect(client.isClosed).toBe(false);
    await made.passes(2100);
    ended(tunnel, 'idle_timeout');
  });

  it('may be silent for as long as ever after its client had stopped reading for a while', async () => {
    const { made, client, server } = await open({ timeouts: { tunnel: 60_000, responseIdle: 1000 } });
    client.takes = false;
    await server.says('wait');
    await made.passes(500);
    await client.drains();
    await made.passes(30_000);
    expect(client.isClosed).toBe(false);
    expect(client.taken).toBe('wait');
  });

  it('gives up a client that takes nothing for too long', async () => {
    const tunnel = await open({ timeouts: { tunnel: 60_000, responseIdle: 1000 } });
    tunnel.client.takes = false;
    await tunnel.server.says('wait');
    await tunnel.made.passes(60_200);
    ended(tunnel, 'idle_timeout');
  });

  it('has some time left when its server leaves, whatever moves meanwhile; others stay', async () => {
    const tunnel = await open({ timeouts: { drain: 1000, tunnel: 60_000 } });
    const { made, client, server } = tunnel;
    made.engine.take(made.engine.settings, made.pool.servers);
    await made.passes(2000);
    expect(client.isClosed).toBe(false);
    made.engine.take(made.engine.settings, []);
    for (let i = 0; i < 9; i++) {
      await made.passes(100);
      await server.says('.');
      await client.says('.');
    }
    expect(client.isClosed).toBe(false);
    await made.passes(200);
    ended(tunnel, 'idle_timeout');
  });

  it('has no more than that time when its client does not read either', async () => {
    const tunnel = await open({ timeouts: { drain: 1000, tunnel: 60_000, responseIdle: 50_000 } });
    const { made, client, server } = tunnel;
    made.engine.take(made.engine.settings, []);
    client.takes = false;
    await server.says('.');
    await made.passes(1200);
    ended(tunnel, 'idle_timeout');
  });

  it('ends when the engine closes', async () => {
    const tunnel = await open();
    tunnel.made.engine.close();
    expect([tunnel.client.isClosed, tunnel.server.isClosed]).toEqual([true, true]);
    expect(tunnel.made.engine.open).toBe(0);
  });
});

describe('CONNECT', () => {
  it('becomes a tunnel where a route allows it and the server agrees', async () => {
    const made = aFakeEngine({ settings: { allowsConnect: true }, route: { allowsConnect: true } });
    const client = made.client();
    await client.says('CONNECT far.test:443 HTTP/1.1\r\nHost: far.test:443\r\n\r\n');
    const server = await made.connected(0);
    await server.says('HTTP/1.1 200 Fine\r\nContent-Length: 7\r\n\r\nhello');
    expect(client.taken).toMatch(/^HTTP\/1\.1 200 Fine\r\n(?:.*\r\n)*\r\nhello$/);
    expect(client.taken).not.toMatch(/content-length/i);
    server.takeAll();
    await client.says('there');
    expect(server.taken).toBe('there');
  });

  it('is an ordinary answer where the server refuses', async () => {
    const made = aFakeEngine({ settings: { allowsConnect: true }, route: { allowsConnect: true } });
    const client = made.client();
    await client.says('CONNECT far.test:443 HTTP/1.1\r\nHost: far.test:443\r\n\r\n');
    await (await made.connected(0)).says('HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno');
    expect(client.taken).toMatch(/^HTTP\/1\.1 403 No\r\n[\s\S]*\r\n\r\nno$/);
    expect(made.engine.pools.tunnels.size).toBe(0);
  });

  it('is a 405 elsewhere', async () => {
    const made = aFakeEngine();
    const client = made.client();
    await client.says('CONNECT far.test:443 HTTP/1.1\r\nHost: far.test:443\r\n\r\n');
    expect(client.taken).toMatch(/^HTTP\/1\.1 405 /);
    expect(made.opened).toEqual([]);
  });
});

it('an upgrade that the server does not take is an ordinary request, and the last one on its connection', async () => {
  const made = aFakeEngine();
  const client = made.client();
  await client.says(UPGRADE);
  await (await made.connected(0)).says('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
  expect(client.taken).toMatch(/ 200 OK[\s\S]*ok$/);
  expect(client.taken).toMatch(/\r\nConnection: close\r\n/);
  await client.says('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  expect(made.server(0).taken).not.toMatch(/GET \/ HTTP/);
});
