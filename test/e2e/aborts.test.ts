import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/core/random.ts';
import type { Termination } from '../../src/middleware/door.ts';
import { aDoor, type TestDoor } from '../support/a-door.ts';
import { eventually } from '../support/eventually.ts';
import { connectRaw, type RawClient } from '../support/raw-client.ts';
import { resetNow, startRawBackend, whenSaid } from '../support/start-backend.ts';

const HEAD = 'Host: a\r\n';
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
    request: `PUT / HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked\r\n\r\n4\r\nsome\r\n`,
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
  {
    name: 'waiting for a switch',
    request: `GET / HTTP/1.1\r\n${HEAD}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    answer: '',
  },
  {
    name: 'in an answer that is no switch',
    request: `GET / HTTP/1.1\r\n${HEAD}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    answer: 'HTTP/1.1 403 No\r\nContent-Length: 100\r\n\r\nsome',
  },
];

const TUNNEL: Phase = {
  name: 'in a tunnel',
  request: `GET / HTTP/1.1\r\n${HEAD}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
  answer: `${SWITCH}some`,
};

const WAYS: readonly (readonly [string, (socket: Socket) => void])[] = [
  ['closes', (socket) => void socket.destroy()],
  ['resets', resetNow],
];

const CASES = PHASES.flatMap((phase) => WAYS.map(([way, leave]) => ({ ...phase, way, leave })));

/** A request that has come as far as its phase says: the server's sockets and the client. */
const begin = async (
  { request, answer }: Phase,
  onConnection: (socket: Socket) => void = () => undefined,
) => {
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
  const door: TestDoor = await aDoor({ servers: { a: backend.url } });
  door.server.on('connection', onConnection);
  const client: RawClient = await connectRaw(door.port);
  client.send(request);
  await eventually(() => sockets.length === 1 && sockets[0]!.bytesRead > 0);
  if (answer) await client.hears(/some/);
  return { backend, door, client, serverSide: sockets[0]! };
};

const lastTermination = ({ finished }: TestDoor): Termination | undefined => finished.at(-1)?.termination;

describe.each(CASES)('$name, one side $way', (phase) => {
  it('the client leaves: the server is freed within half a second, and it is the client who broke off', async () => {
    const { backend, door, client } = await begin(phase);
    phase.leave(client.socket);
    await eventually(() => backend.open === 0, 'the server is free', 500);
    await door.settled();
    expect(lastTermination(door)).toBe('client_abort');
    expect(door.outcomes).toEqual(['a client client_abort']);
    expect(door.finished).toHaveLength(1);
  });

  it('the server leaves: the client hears of it and cannot take what it has for a whole answer', async () => {
    const { door, client, serverSide } = await begin(phase);
    phase.leave(serverSide);
    if (phase.answer) {
      const { text } = await client.closed();
      expect(text).toMatch(/some(?:\r\n)?$/);
      expect(lastTermination(door)).toBe('server_abort');
      expect(door.outcomes).toEqual(['a server body_cut']);
    } else {
      await client.hears(/^HTTP\/1.1 502 [\s\S]*without an answer/);
      expect(lastTermination(door)).toBe('server_abort');
      expect(door.outcomes).toEqual(['a server reset']);
    }
    await door.settled();
    expect(door.finished).toHaveLength(1);
  });
});

describe('in a tunnel', () => {
  it.each([
    ['client', 'closes', 'ok'],
    ['client', 'resets', 'client_abort'],
    ['server', 'closes', 'ok'],
    ['server', 'resets', 'server_abort'],
  ] as const)('the %s %s: the other side is closed too', async (side, way, termination) => {
    const { backend, door, client, serverSide } = await begin(TUNNEL);
    const socket = side === 'client' ? client.socket : serverSide;
    WAYS.find(([name]) => name === way)?.[1](socket);
    await client.closed();
    await eventually(() => backend.open === 0, 'the server is free', 500);
    await door.settled();
    expect(lastTermination(door)).toBe(termination);
    expect(door.outcomes).toEqual(['a answered 101']);
  });

  it('what the server sent before it closed arrives, however slowly the client reads', async () => {
    const { door, client, serverSide } = await begin(TUNNEL);
    client.socket.pause();
    serverSide.end(Buffer.alloc(3_000_000, 'x'));
    await eventually(() => serverSide.writableFinished);
    client.socket.resume();
    const { text } = await client.closed();
    expect(text.length - text.indexOf('some')).toBe(3_000_004);
    await door.settled();
  });

  it('the last piece arrives too when it still waits here for a slow client', async () => {
    const accepted: Socket[] = [];
    const { door, client, serverSide, backend } = await begin(TUNNEL, (socket) => accepted.push(socket));
    client.socket.pause();
    let sent = 4;
    while (accepted[0]!.writableLength === 0) {
      sent += 4096;
      await new Promise((resolve) => serverSide.write(Buffer.alloc(4096, 'x'), resolve));
      await new Promise((resolve) => setImmediate(resolve));
    }
    serverSide.end();
    await eventually(() => backend.open === 0, 'the server has closed');
    client.socket.resume();
    const { text } = await client.closed();
    expect(text.length - text.indexOf('some')).toBe(sent);
    await door.settled();
  });

  it('silence for too long ends it', async () => {
    const backend = await startRawBackend((socket) => {
      socket.once('data', () => socket.write(SWITCH));
      socket.once('end', () => socket.end());
    });
    const door = await aDoor({ servers: { a: backend.url }, timeouts: { tunnel: 50 } });
    const client = await connectRaw(door.port);
    client.send(TUNNEL.request);
    await client.hears(/ 101 /);
    await client.closed();
    await door.settled();
    await eventually(() => backend.open === 0);
    expect(lastTermination(door)).toBe('idle_timeout');
  });

  it('a server that leaves the pool keeps its tunnels for a while only; others stay', async () => {
    const { door, client } = await begin(TUNNEL);
    door.door.retain(door.pool.servers.map(({ url }) => url));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(client.socket.destroyed).toBe(false);
    door.door.retain([]);
    await client.closed();
    await door.settled();
  });

  it('closing the door ends it', async () => {
    const { backend, door, client } = await begin(TUNNEL);
    await door.door.close();
    await client.closed();
    await eventually(() => backend.open === 0);
    await door.settled();
  });
});

it('a client of HTTP/1.0 sees a cut answer as a reset, not as its end', async () => {
  const { client, serverSide, door } = await begin({
    name: '',
    request: `GET / HTTP/1.0\r\n${HEAD}\r\n`,
    answer: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nsome\r\n',
  });
  serverSide.destroy();
  expect((await client.closed()).reset).toBe(true);
  await door.settled();
});

it('pipelined requests end with their client, also those whose answer waits for its turn', async () => {
  const backend = await startRawBackend((socket) => {
    whenSaid(socket, (text) => {
      if (text.includes('/3')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome');
    });
    socket.once('end', () => socket.end());
  });
  const door = await aDoor({ servers: { a: backend.url } });
  const client = await connectRaw(door.port);
  client.send(['/1', '/2', '/3'].map((path) => `GET ${path} HTTP/1.1\r\n${HEAD}\r\n`).join(''));
  await eventually(() => backend.open === 3 && door.inFlight() === 3);
  client.socket.destroy();
  await door.settled();
  await eventually(() => backend.open === 0);
  expect(door.finished.map(({ termination }) => termination)).toEqual([
    'client_abort',
    'client_abort',
    'client_abort',
  ]);
});

it('a connection that carries many requests does not collect listeners', async () => {
  const backend = await startRawBackend((socket) => {
    socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'));
  });
  const door = await aDoor({ servers: { a: backend.url } });
  const counts: number[] = [];
  let listeners = (): number => 0;
  door.server.on('connection', (socket) => {
    listeners = () => socket.eventNames().reduce((sum, name) => sum + socket.listenerCount(name), 0);
  });
  const client = await connectRaw(door.port);
  for (let i = 1; i <= 30; i++) {
    client.send(`GET / HTTP/1.1\r\n${HEAD}\r\n`);
    await eventually(() => client.heard().split('\r\n\r\nok').length === i + 1);
    await door.settled();
    counts.push(listeners());
  }
  expect(counts.at(-1)).toBe(counts[4]);
});

it('a thousand aborts at random moments leave no socket and no count behind', async () => {
  const { next } = seededRandom(20_260_101);
  const random = (below: number): number => Math.floor(next() * below);
  const phases = [...PHASES, TUNNEL];
  const leave = (socket: Socket): void => WAYS[random(2)]![1](socket);
  const later = (what: () => void): void => void setTimeout(what, random(12));
  const backend = await startRawBackend((socket) => {
    const { answer } = phases[random(phases.length)]!;
    const leaves = next() < 0.3;
    whenSaid(socket, (text) => {
      if (text.includes('\r\n\r\n'))
        later(() => socket.writable && socket.write(answer.slice(0, random(200))));
    });
    socket.once('end', () => socket.end());
    if (leaves) later(() => leave(socket));
  });
  const door = await aDoor({ servers: { a: backend.url, b: backend.url.replace('127.0.0.1', 'localhost') } });
  const one = async (): Promise<void> => {
    const { request } = phases[random(phases.length)]!;
    const client = await connectRaw(door.port);
    client.send(request.slice(0, next() < 0.2 ? random(request.length) : undefined));
    await new Promise((resolve) => setTimeout(resolve, random(15)));
    leave(client.socket);
  };
  for (let i = 0; i < 1000; i += 50) await Promise.all(Array.from({ length: 50 }, one));
  await door.settled();
  const connections = (): Promise<number> =>
    new Promise((resolve) => door.server.getConnections((_, count) => resolve(count)));
  await eventually(async () => (await connections()) === 0, 'no client is connected');
  await door.door.close();
  await eventually(() => backend.open === 0, 'no server is connected');
  expect(door.inFlight()).toBe(0);
  expect(door.finished.length).toBeGreaterThan(500);
});
