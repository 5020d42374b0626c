import { afterEach, describe, expect, it } from 'vitest';
import type { Connection } from '../../src/transport/connection.ts';
import { eventually } from '../support/eventually.ts';
import { Bench, Recorder, someBytes, TRANSPORTS } from './transports.ts';

const MUCH = 32 * 1024 * 1024;

describe.each(TRANSPORTS)('the ends of a connection over the $name transport', (transport) => {
  const bench = new Bench(transport);
  afterEach(() => bench.close());

  /** A port that nobody listens at. */
  const deadAddress = async () => {
    const [listener, address] = await bench.listen(() => {});
    listener.close();
    return address;
  };

  it('close one after the other: who has ended still hears, who has heard still writes', async () => {
    const { client, server, clientHears, serverHears } = await bench.pair();
    client.end();
    await serverHears.hears('end');
    server.write(Buffer.from('still here'));
    await clientHears.has('still here');
    server.end();
    await clientHears.hears('end');
    expect(serverHears.heard).toEqual(['end']);
    expect(clientHears.heard.filter((word) => word !== 'data')).toEqual(['connected', 'end']);
    expect([client.isClosed, server.isClosed]).toEqual([false, false]);
  });

  it('send FIN only behind what is still to be written', async () => {
    const { client, server, serverHears } = await bench.pair();
    server.readStop();
    expect(client.write(Buffer.alloc(MUCH))).toBe(false);
    client.end();
    server.readStart();
    await serverHears.hears('end');
    expect(serverHears.length).toBe(MUCH);
  });

  it('tell FIN once, whatever reading does afterwards', async () => {
    const { client, server, serverHears } = await bench.pair();
    client.end();
    await serverHears.hears('end');
    server.readStop();
    server.readStart();
    await bench.roundTrip();
    expect(serverHears.heard).toEqual(['end']);
  });

  it('tell a reset as ECONNRESET', async () => {
    const { client, server, clientHears, serverHears } = await bench.pair();
    client.reset();
    await serverHears.hears('ECONNRESET');
    await bench.roundTrip();
    expect(serverHears.heard).toEqual(['ECONNRESET']);
    expect(clientHears.heard).toEqual(['connected']);
    expect([client.isClosed, server.isClosed]).toEqual([true, true]);
  });

  it('reset a connection whose FIN is under way, or that is not made yet', async () => {
    const { client, serverHears } = await bench.pair();
    client.end();
    client.reset();
    client.reset();
    await eventually(() => serverHears.heard.length > 0, 'the peer hears of it');
    const [, address] = await bench.listen(() => {});
    const owner = new Recorder();
    bench.connect(address, owner).reset();
    await bench.roundTrip();
    expect(owner.heard).toEqual([]);
  });

  it('tell once that nobody listens', async () => {
    const owner = new Recorder();
    const client = bench.connect(await deadAddress(), owner);
    expect(client.isClosed).toBe(false);
    await owner.hears('ECONNREFUSED');
    await bench.roundTrip();
    expect(owner.heard).toEqual(['ECONNREFUSED']);
    expect(client.isClosed).toBe(true);
  });

  it('tell that there is no such unix socket', async () => {
    const owner = new Recorder();
    bench.connect({ kind: 'unix', path: bench.socketPath() }, owner);
    await owner.hears('ENOENT');
    expect(owner.heard).toEqual(['ENOENT']);
  });

  it('say nothing of an attempt that was closed before it came to an end', async () => {
    const [, address] = await bench.listen(() => {});
    const owner = new Recorder();
    for (const target of [address, await deadAddress()]) bench.connect(target, owner).close();
    await bench.roundTrip();
    expect(owner.heard).toEqual([]);
  });

  it('tell a write that fails once, later, and not inside of a call', async () => {
    const { client, server, clientHears } = await bench.pair();
    client.readStop();
    server.reset();
    await bench.roundTrip();
    let isInside = true;
    const heardInside: boolean[] = [];
    clientHears.react = () => heardInside.push(isInside);
    for (let i = 0; i < 3; i++) client.write(Buffer.from('into the void'));
    client.end();
    isInside = false;
    await eventually(() => client.isClosed, 'it is closed');
    await bench.roundTrip();
    expect(clientHears.heard).toEqual(['connected', expect.stringMatching(/^(EPIPE|ECONNRESET)$/)]);
    expect(heardInside).toEqual([false]);
    expect(client.write(Buffer.from('x'))).toBe(false);
  });

  it('tell a write that waits and then fails', async () => {
    const { client, server, clientHears } = await bench.pair();
    server.readStop();
    client.write(Buffer.alloc(MUCH));
    server.reset();
    await eventually(() => client.isClosed, 'it is closed');
    expect(clientHears.heard).toEqual(['connected', expect.stringMatching(/^(EPIPE|ECONNRESET)$/)]);
  });

  it('say nothing more once closed, whatever was under way', async () => {
    const { client, server, clientHears } = await bench.pair();
    server.readStop();
    client.write(Buffer.alloc(MUCH));
    server.write(Buffer.from('too late'));
    client.close();
    client.close();
    client.readStart();
    client.readStop();
    client.end();
    client.reset();
    expect(client.write(Buffer.from('x'))).toBe(false);
    await bench.roundTrip();
    expect(clientHears.heard).toEqual(['connected']);
  });

  const closings: [string, (make: { client: Connection; server: Connection }) => void][] = [
    ['data', ({ server }) => server.write(someBytes(300_000))],
    ['end', ({ server }) => server.end()],
    ['drained', ({ client }) => client.write(Buffer.alloc(MUCH))],
    ['ECONNRESET', ({ server }) => server.reset()],
  ];
  it.each(closings)('can be closed while it tells %s', async (word, cause) => {
    for (const way of ['close', 'reset'] as const) {
      const { client, server, clientHears } = await bench.pair();
      clientHears.react = () => client[way]();
      cause({ client, server });
      await clientHears.hears(word);
      await bench.roundTrip();
      expect(clientHears.heard).toEqual(['connected', word]);
      expect(client.isClosed).toBe(true);
    }
  });

  it('can be closed while it tells that it is connected', async () => {
    const [, address] = await bench.listen((connection) => connection.write(Buffer.from('hello')));
    const owner = new Recorder();
    const client = bench.connect(address, owner);
    owner.react = () => client.close();
    await owner.hears('connected');
    await bench.roundTrip();
    expect(owner.heard).toEqual(['connected']);
  });

  it('can be closed while it is accepted', async () => {
    const accepted = new Recorder();
    const [, address] = await bench.listen((connection) => {
      connection.owner = accepted;
      connection.close();
    });
    const owner = new Recorder();
    bench.connect(address, owner);
    await owner.hears('end');
    expect(accepted.heard).toEqual([]);
  });
});

const rawTransports = TRANSPORTS.filter(({ name }) => name === 'raw');

describe.each(rawTransports)('the raw transport', (transport) => {
  const bench = new Bench(transport);
  afterEach(() => bench.close());

  it('reads an answer that came before the write that failed for it', async () => {
    const { client, server, clientHears } = await bench.pair();
    server.readStop();
    client.write(Buffer.from('some of the body'));
    server.write(Buffer.from('413'));
    server.reset();
    expect(client.write(Buffer.from('more of it'))).toBe(false);
    await eventually(() => client.isClosed, 'it is closed');
    expect(clientHears.text).toBe('413');
    expect(clientHears.heard).toEqual([
      'connected',
      'data',
      expect.stringMatching(/^(EPIPE|ECONNRESET|end)$/),
      ...clientHears.heard.slice(3),
    ]);
  });
});
