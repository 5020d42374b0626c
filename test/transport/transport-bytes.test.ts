import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { HEADROOM } from '../../src/transport/connection.ts';
import { eventually } from '../support/eventually.ts';
import { Bench, LOOPBACK, Recorder, someBytes, TRANSPORTS } from './transports.ts';

/** More than the socket buffers of a system hold. */
const MUCH = 32 * 1024 * 1024;

const digest = (bytes: Uint8Array): string => createHash('sha1').update(bytes).digest('hex');

describe.each(TRANSPORTS)('bytes over the $name transport', (transport) => {
  const bench = new Bench(transport);
  afterEach(() => bench.close());

  it('arrive in both directions', async () => {
    const { client, server, clientHears, serverHears } = await bench.pair();
    expect(client.write(Buffer.from('question'))).toBe(true);
    await serverHears.has('question');
    expect(server.write(new Uint8Array([97, 98]))).toBe(true);
    await clientHears.has('ab');
    expect(serverHears.heard).toEqual(['data']);
    expect(clientHears.heard).toEqual(['connected', 'data']);
  });

  it('arrive whole when a write has to wait for its reader', async () => {
    const { client, server, clientHears, serverHears } = await bench.pair();
    const bytes = someBytes(MUCH);
    server.readStop();
    expect(client.write(bytes)).toBe(false);
    await bench.roundTrip();
    expect(clientHears.heard).toEqual(['connected']);
    server.readStart();
    await clientHears.hears('drained');
    client.end();
    await serverHears.hears('end');
    expect(digest(serverHears.received)).toBe(digest(bytes));
    expect(clientHears.heard).toEqual(['connected', 'drained']);
  });

  it('arrive whole from the accepting side when a write has to wait', async () => {
    const { client, server, clientHears, serverHears } = await bench.pair();
    const bytes = someBytes(MUCH);
    client.readStop();
    expect(server.write(bytes)).toBe(false);
    server.end();
    client.readStart();
    await clientHears.hears('end');
    expect(digest(clientHears.received)).toBe(digest(bytes));
    expect(serverHears.heard).toEqual(['drained']);
  });

  it('can be written on as they came while the write waits and other clients send', async () => {
    const source = await bench.pair();
    const noise = await bench.pair();
    const sink = await bench.pair();
    sink.client.readStop();
    let isWaiting = false;
    let passed = 0;
    source.server.owner = Object.assign(new Recorder(), {
      onData: (bytes: Buffer, start: number, end: number) => {
        passed += end - start;
        isWaiting = !sink.server.write(bytes.subarray(start, end));
        if (isWaiting) source.server.readStop();
      },
    });
    sink.serverHears.react = () => source.server.readStart();
    const bytes = someBytes(MUCH);
    source.client.write(bytes);
    await eventually(() => isWaiting, 'a write waits');
    noise.client.write(Buffer.alloc(65_536, 'x'));
    await eventually(() => noise.serverHears.length === 65_536, 'the noise has come');
    sink.client.readStart();
    await eventually(() => sink.clientHears.length === MUCH, 'all has come');
    expect(passed).toBe(MUCH);
    expect(digest(sink.clientHears.received)).toBe(digest(bytes));
  });

  it('wait with the system while reading is stopped, and come when it starts', async () => {
    const { client, server, serverHears } = await bench.pair();
    server.readStop();
    server.readStop();
    client.write(Buffer.from('later'));
    client.end();
    await bench.roundTrip();
    expect(serverHears.heard).toEqual([]);
    server.readStart();
    server.readStart();
    await serverHears.hears('end');
    expect(serverHears.text).toBe('later');
  });

  it('come no more from the moment that reading is stopped inside of onData', async () => {
    const { client, server, serverHears } = await bench.pair();
    serverHears.react = () => server.readStop();
    client.write(someBytes(300_000));
    await serverHears.hears('data');
    await bench.roundTrip();
    expect(serverHears.heard).toEqual(['data']);
    serverHears.react = () => {};
    server.readStart();
    await eventually(() => serverHears.length === 300_000, 'the rest has come');
    expect(digest(serverHears.received)).toBe(digest(someBytes(300_000)));
  });

  it('are not read before the connection is made if reading was stopped at once', async () => {
    const [, address] = await bench.listen((connection) => connection.write(Buffer.from('hello')));
    const owner = new Recorder();
    const client = bench.connect(address, owner);
    client.readStop();
    await owner.hears('connected');
    await bench.roundTrip();
    expect(owner.heard).toEqual(['connected']);
    client.readStart();
    await owner.has('hello');
  });

  it('stand behind free room on a connection that we opened, until the next ones come', async () => {
    const { server, client, clientHears } = await bench.pair();
    const other = await bench.pair();
    for (const text of ['first', 'second']) {
      server.write(Buffer.from(text));
      await eventually(() => clientHears.text.endsWith(text), text);
      expect(clientHears.lastStart).toBeGreaterThanOrEqual(HEADROOM);
      clientHears.lastBytes.fill(0, clientHears.lastStart - HEADROOM, clientHears.lastStart);
      other.server.write(Buffer.alloc(2000, '!'));
      await eventually(() => other.clientHears.length >= 2000, 'the other has its bytes');
      const { lastBytes, lastStart } = clientHears;
      expect(lastBytes.toString('latin1', lastStart, lastStart + text.length)).toBe(text);
    }
    expect(client.isClosed).toBe(false);
  });

  it('go to whoever owns the connection then', async () => {
    const { client, server, serverHears } = await bench.pair();
    client.write(Buffer.from('one'));
    await serverHears.has('one');
    const next = new Recorder();
    server.owner = next;
    client.write(Buffer.from('two'));
    await next.has('two');
    expect(serverHears.text).toBe('one');
  });

  it('can be written and closed behind, and still arrive', async () => {
    const { client, server, serverHears } = await bench.pair();
    server.readStop();
    expect(client.write(Buffer.from('last words'))).toBe(true);
    client.close();
    await bench.roundTrip();
    server.readStart();
    await serverHears.hears('end');
    expect(serverHears.text).toBe('last words');
  });
});

describe.each(TRANSPORTS)('addresses over the $name transport', (transport) => {
  const bench = new Bench(transport);
  afterEach(() => bench.close());

  it('are those of both ends', async () => {
    const { client, server } = await bench.pair(LOOPBACK);
    expect([client.remoteAddress, client.localAddress]).toEqual(['127.0.0.1', '127.0.0.1']);
    expect([server.remoteAddress, server.localAddress]).toEqual(['127.0.0.1', '127.0.0.1']);
    expect(client.remotePort).toBe(server.localPort);
    expect(client.localPort).toBe(server.remotePort);
    expect(client.isEncrypted || server.isEncrypted).toBe(false);
  });

  it('of IPv4 have no IPv6 form where both are listened on', async () => {
    const both = { kind: 'tcp', host: '::ffff:127.0.0.1', port: 0 } as const;
    const { server } = await bench.pair(both);
    expect([server.remoteAddress, server.localAddress]).toEqual(['127.0.0.1', '127.0.0.1']);
  });

  it('can be changed', async () => {
    const { server } = await bench.pair();
    server.remoteAddress = '192.0.2.7';
    server.remotePort = 7;
    server.localAddress = '192.0.2.8';
    server.localPort = 8;
    expect([server.remoteAddress, server.remotePort]).toEqual(['192.0.2.7', 7]);
    expect([server.localAddress, server.localPort]).toEqual(['192.0.2.8', 8]);
  });
});
