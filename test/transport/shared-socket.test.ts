import net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { Connection, ListenTarget, SharedSocket } from '../../src/transport/connection.ts';
import { listenSockets } from '../../src/transport/listen-sockets.ts';
import { addressOf, Bench, Recorder, TRANSPORTS } from './transports.ts';

/** Two descriptors of one bound socket cannot be had within a process, so the second listener has a socket of its own. */
const held = (shared: SharedSocket): ListenTarget => {
  const create = (net as unknown as { _createServerHandle(...args: unknown[]): { readonly fd: number } })
    ._createServerHandle;
  return { kind: 'held', fd: create('127.0.0.1', 0, 4, -1, 0).fd, shared };
};

const notYet = (): never => {
  throw new Error('nobody listens');
};

/** Passes every second connection on. */
const everySecond = (take: (handle: object) => void): SharedSocket => {
  let count = 0;
  return { other: () => (count++ % 2 === 1 ? take : undefined), adopt: notYet };
};

const keep = (): SharedSocket => ({ other: () => undefined, adopt: notYet });

describe.each(TRANSPORTS)('a socket that is shared, with the $name transport', (transport) => {
  const bench = new Bench(transport);
  afterEach(() => bench.close());

  const served = (who: string) => (connection: Connection) => {
    connection.owner = Object.assign(new Recorder(), {
      onData: (bytes: Buffer, start: number, end: number) =>
        connection.write(Buffer.from(`${who}: ${bytes.toString('latin1', start, end)}`)),
    });
  };

  it('gives its connections to this process or to the other, with all that the client sent', async () => {
    const there = keep();
    await bench.listen(served('there'), held(there));
    const here = everySecond((handle) => there.adopt(handle));
    const [listener] = await bench.listen(served('here'), held(here));
    for (const who of ['here', 'there', 'here', 'there']) {
      const owner = new Recorder();
      const client = bench.connect(addressOf(listener), owner);
      await owner.hears('connected');
      client.write(Buffer.from('hello'));
      await owner.has(`${who}: hello`);
    }
  });

  it('gives a connection on whose first bytes came at once', async () => {
    const there = keep();
    await bench.listen(served('there'), held(there));
    const kept: object[] = [];
    const here: SharedSocket = { other: () => (handle) => void kept.push(handle), adopt: notYet };
    const [listener] = await bench.listen(served('here'), held(here));
    const { port } = addressOf(listener) as { readonly port: number };
    const client = net.connect(port, '127.0.0.1', () => client.write('early'));
    const answer = new Promise((resolve) => client.once('data', (bytes) => resolve(String(bytes))));
    await expect.poll(() => kept.length).toBe(1);
    await bench.roundTrip();
    there.adopt(kept[0]!);
    expect(await answer).toBe('there: early');
    client.destroy();
  });
});

describe("Node's own sockets on a shared socket", () => {
  it('go on to another process too, and come from one', async () => {
    const heard: string[] = [];
    const serve = (who: string) => (socket: net.Socket) => {
      socket.on('data', (bytes: Buffer) => {
        heard.push(`${who}: ${bytes}`);
        socket.end();
      });
    };
    const options = { backlog: 16, allowHalfOpen: false };
    const there = keep();
    const other = await listenSockets(held(there), options, serve('there'));
    const here = everySecond((handle) => there.adopt(handle));
    const listener = await listenSockets(held(here), options, serve('here'));
    const port = Number(listener.address.split(':')[1]);
    for (let i = 0; i < 2; i++) {
      const client = net.connect(port, '127.0.0.1', () => client.write('hello'));
      await new Promise((resolve) => client.resume().once('close', resolve));
    }
    expect(heard).toEqual(['here: hello', 'there: hello']);
    listener.close();
    other.close();
  });
});
