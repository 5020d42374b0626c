import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/core/random.ts';
import { anEngine, type EngineFacts, type TestEngine, TRANSPORTS } from '../support/an-engine.ts';
import { eventually } from '../support/eventually.ts';
import { connectRaw } from '../support/raw-client.ts';
import { resetNow, startRawBackend, whenSaid } from '../support/start-backend.ts';

const HEAD = 'Host: a\r\n';
const UPGRADE = `GET / HTTP/1.1\r\n${HEAD}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;
const SWITCH = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';

/** What was sent and answered when one side leaves. */
interface Phase {
  readonly name: string;
  readonly request: string;
  /** What the server says when it has the head; empty: nothing yet. */
  readonly answer: string;
}

const PHASES: readonly Phase[] = [
  { name: 'waiting for the head', request: `GET / HTTP/1.1\r\n${HEAD}\r\n`, answer: '' },
  {
    name: 'in a request body with a length',
    request: `POST / HTTP/1.1\r\n${HEAD}Content-Length: 100\r\n\r\nsome`,
    answer: '',
  },
  {
    name: 'in a chunked request body',
    request: `PATCH / HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked\r\n\r\n4\r\nsome\r\n`,
    answer: '',
  },
  {
    name: 'in an answer with a length',
    request: `GET / HTTP/1.1\r\n${HEAD}\r\n`,
    answer: 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome',
  },
  {
    name: 'in a chunked answer',
    request: `GET / HTTP/1.1\r\n${HEAD}\r\n`,
    answer: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nsome\r\n',
  },
  {
    name: 'in both bodies',
    request: `POST / HTTP/1.1\r\n${HEAD}Content-Length: 100\r\n\r\nsome`,
    answer: 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome',
  },
  { name: 'waiting for a switch', request: UPGRADE, answer: '' },
  {
    name: 'in an answer that is no switch',
    request: UPGRADE,
    answer: 'HTTP/1.1 403 No\r\nContent-Length: 100\r\n\r\nsome',
  },
];

const TUNNEL: Phase = { name: 'in a tunnel', request: UPGRADE, answer: `${SWITCH}some` };

const closes = (socket: Socket): void => void socket.destroy();
const WAYS = [
  ['closes', closes],
  ['resets', resetNow],
] as const;

const CASES = TRANSPORTS.flatMap((transport) =>
  PHASES.flatMap((phase) => WAYS.map(([way, leave]) => ({ ...phase, transport, way, leave }))),
);

/** A request that has come as far as its phase says: the server's sockets and the client. */
const begin = async ({ request, answer }: Phase, facts: Partial<EngineFacts>) => {
  const sockets: Socket[] = [];
  const backend = await startRawBackend((socket) => {
    sockets.push(socket);
    let answered = false;
    whenSaid(socket, (text) => {
      if (answered || !text.includes('\r\n\r\n')) return;
      answered = true;
      socket.write(answer);
    });
    socket.once('end', () => socket.end());
  });
  const made = await anEngine({ servers: { a: backend.url }, retry: { attempts: 0, budget: 0 }, ...facts });
  const client = await connectRaw(made.port);
  client.send(request);
  await eventually(() => sockets.length === 1 && sockets[0]!.bytesRead > 0);
  if (answer) await client.hears(/some/);
  return { backend, made, client, serverSide: sockets[0]! };
};

/** Nothing is left of anything. */
const isGone = async ({ engine, settled, faults, inFlight }: TestEngine): Promise<void> => {
  await settled();
  await eventually(() => engine.clients.size === 0, 'no client is connected');
  expect(engine.pools.list().every(({ counts }) => counts.open === counts.idle && counts.waiting === 0)).toBe(
    true,
  );
  expect(engine.pools.tunnels.size).toBe(0);
  expect(inFlight()).toBe(0);
  expect(faults).toEqual([]);
};

describe.each(CASES)('$name, one side $way, on $transport', (phase) => {
  it('R9: the client leaves: the server is freed within half a second, and it is the client who broke off', async () => {
    const { backend, made, client } = await begin(phase, phase);
    phase.leave(client.socket);
    await eventually(() => backend.open === 0, 'the server is free', 500);
    await isGone(made);
    expect(made.finished).toEqual([expect.objectContaining({ termination: 'client_abort' })]);
    expect(made.outcomes).toEqual(['a client client_abort']);
  });

  it('the server leaves: the client hears of it and cannot take what it has for a whole answer', async () => {
    const { made, client, serverSide } = await begin(phase, phase);
    phase.leave(serverSide);
    if (phase.answer) {
      const { text, reset } = await client.closed();
      expect(text).toMatch(/some(?:\r\n)?$/);
      expect(reset).toBe(true);
      expect(made.outcomes).toEqual(['a server body_cut']);
    } else {
      await client.hears(/^HTTP\/1\.1 502 [\s\S]*without an answer/);
      expect(made.outcomes).toEqual(['a server reset']);
    }
    client.socket.destroy();
    await isGone(made);
    expect(made.finished).toEqual([expect.objectContaining({ termination: 'server_abort' })]);
  });
});

describe.each(TRANSPORTS)('in a tunnel, on %s', (transport) => {
  it.each([
    ['client', 'closes', 'ok'],
    ['client', 'resets', 'client_abort'],
    ['server', 'closes', 'ok'],
    ['server', 'resets', 'server_abort'],
  ] as const)('the %s %s: the other side is closed too', async (side, way, termination) => {
    const { backend, made, client, serverSide } = await begin(TUNNEL, { transport });
    const socket = side === 'client' ? client.socket : serverSide;
    WAYS.find(([name]) => name === way)?.[1](socket);
    await client.closed();
    await eventually(() => backend.open === 0, 'the server is free', 500);
    await isGone(made);
    expect(made.finished).toEqual([expect.objectContaining({ kind: 'upgrade', status: 101, termination })]);
    expect(made.outcomes).toEqual(['a answered 101']);
  });

  it('what the server sent before it closed arrives, however slowly the client reads', async () => {
    const { made, client, serverSide } = await begin(TUNNEL, { transport });
    client.socket.pause();
    serverSide.end(Buffer.alloc(3_000_000, 'x'));
    await new Promise((resolve) => setTimeout(resolve, 100));
    client.socket.resume();
    const { text } = await client.closed();
    expect(text.length - text.indexOf('some')).toBe(3_000_004);
    await isGone(made);
  });

  it('what the client sent before it ended arrives, and the server may go on', async () => {
    const { made, client, serverSide } = await begin(TUNNEL, { transport });
    serverSide.pause();
    let heard = 0;
    serverSide.on('data', (chunk) => {
      heard += chunk.length;
    });
    serverSide.pause();
    client.socket.end(Buffer.alloc(3_000_000, 'x'));
    await new Promise((resolve) => setTimeout(resolve, 100));
    serverSide.resume();
    await eventually(() => heard === 3_000_000);
    const { text } = await client.closed();
    expect(text).toMatch(/some$/);
    await isGone(made);
  });
});

describe.each(TRANSPORTS)('clients that leave, on %s', (transport) => {
  it('a client that had asked ahead leaves nothing behind', async () => {
    const backend = await startRawBackend((socket) => {
      whenSaid(
        socket,
        (text) =>
          text.includes('\r\n\r\n') && socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nsome'),
      );
      socket.once('end', () => socket.end());
    });
    const made = await anEngine({ transport, servers: { a: backend.url } });
    const client = await connectRaw(made.port);
    client.send(`GET / HTTP/1.1\r\n${HEAD}\r\n`.repeat(50));
    await client.hears(/some/);
    client.socket.destroy();
    await eventually(() => backend.open === 0, 'the server is free', 500);
    await isGone(made);
    expect(made.finished).toHaveLength(1);
  });

  it('two thousand that break off at random moments leave no socket, no count and no memory behind', async () => {
    const { next } = seededRandom(20_260_101);
    const random = (below: number): number => Math.floor(next() * below);
    const phases = [...PHASES, TUNNEL];
    const leave = (socket: Socket): void => WAYS[random(2)]![1](socket);
    const backend = await startRawBackend((socket) => {
      const { answer } = phases[random(phases.length)]!;
      const leaves = next() < 0.3;
      whenSaid(socket, (text) => {
        if (!text.includes('\r\n\r\n')) return;
        setTimeout(() => socket.writable && socket.write(answer.slice(0, random(200))), random(8));
      });
      socket.once('end', () => socket.end());
      if (leaves) setTimeout(() => leave(socket), random(8));
    });
    const finished: string[] = [];
    const made = await anEngine({
      transport,
      servers: { a: backend.url, b: backend.url.replace('127.0.0.1', 'localhost') },
      connections: { maxConnections: 40 },
      parts: { finished: ({ termination }) => void finished.push(termination) },
    });
    const one = async (): Promise<void> => {
      const { request } = phases[random(phases.length)]!;
      const socket = connect(made.port, '127.0.0.1');
      socket.on('error', () => undefined).resume();
      await once(socket, 'connect');
      socket.write(request.slice(0, next() < 0.2 ? random(request.length) : undefined));
      await new Promise((resolve) => setTimeout(resolve, random(60)));
      leave(socket);
    };
    const many = async (count: number): Promise<number> => {
      for (let i = 0; i < count; i += 50) await Promise.all(Array.from({ length: 50 }, one));
      await isGone(made);
      // What the test itself has written down.
      made.events.length = 0;
      made.outcomes.length = 0;
      return heapAfterCollection();
    };
    const before = await many(500);
    const after = await many(2000);
    expect((after - before) / 2000).toBeLessThan(1024);
    expect(new Set(finished).size).toBeGreaterThan(1);
    expect(finished.length).toBeGreaterThan(1200);
    made.engine.close();
    await eventually(() => backend.open === 0, 'no server is connected');
  });
});

/** Bytes in use: heap, and buffers outside of it. */
const heapAfterCollection = (): number => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};
