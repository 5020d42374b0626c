import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage, type RequestListener } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { aLocalServer, type TestLocalServer } from '../support/a-local-server.ts';
import {
  anEngine,
  type EngineFacts,
  type TestEngine,
  TRANSPORTS,
  transportNamed,
} from '../support/an-engine.ts';
import { eventually } from '../support/eventually.ts';
import { askRaw, connectRaw } from '../support/raw-client.ts';

const bodyOf = async (req: IncomingMessage): Promise<Buffer> => {
  const pieces: Buffer[] = [];
  for await (const piece of req) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
};

const sum = (bytes: Buffer): string => createHash('sha1').update(bytes).digest('hex');

interface Served extends TestEngine {
  readonly local: TestLocalServer;
}

/** An engine with a route that a server in this process answers. */
const serving = async (
  transport: 'raw' | 'net',
  listener: RequestListener,
  facts: Partial<EngineFacts> = {},
): Promise<Served> => {
  const local = aLocalServer(listener);
  const made = await anEngine({
    servers: {},
    whenEmpty: 'local',
    transport,
    ...facts,
    rules: { local: local.server, ...facts.rules },
    parts: {
      connect: (server, address, owner) =>
        server === local.server ? local.connect(owner) : transportNamed(transport).connect(address, owner),
      begin: () => () => undefined,
      ...facts.parts,
    },
  });
  return { ...made, local };
};

describe.each(TRANSPORTS)('a server in this process, over %s', (transport) => {
  it('answers as any other, on connections that are kept, and its requests end as local ones', async () => {
    const made = await serving(transport, (req, res) => void res.end(`${req.method} ${req.url}`));
    for (const path of ['/a', '/b?c=d'])
      expect(await (await fetch(`${made.url}${path}`)).text()).toBe(`GET ${path}`);
    await made.settled();
    expect(made.local.connections).toBe(1);
    expect(
      made.finished.map(({ termination, server, attempts, bytesOut }) => [
        termination,
        server,
        attempts,
        bytesOut,
      ]),
    ).toEqual([
      ['local', 'files', 1, 6],
      ['local', 'files', 1, 10],
    ]);
  });

  it('gets large content and gives large answers back, at the pace of who is slower', async () => {
    const made = await serving(transport, async (req, res) => {
      const body = await bodyOf(req);
      res.setHeader('X-Sum', sum(body));
      if (!res.write(body)) await once(res, 'drain');
      res.end();
    });
    const sent = randomBytes(3_000_000);
    const answer = await fetch(made.url, { method: 'POST', body: sent });
    const got = Buffer.from(await answer.arrayBuffer());
    expect([answer.headers.get('x-sum'), sum(got)]).toEqual([sum(sent), sum(sent)]);
  });

  it('is asked by HEAD, and gives answers that have no content', async () => {
    const made = await serving(transport, (req, res) => {
      if (req.url === '/none') res.statusCode = 304;
      res.setHeader('X-Method', req.method ?? '');
      res.end('content');
    });
    const head = await fetch(made.url, { method: 'HEAD' });
    expect([head.headers.get('x-method'), await head.text()]).toEqual(['HEAD', '']);
    expect((await fetch(`${made.url}/none`)).status).toBe(304);
  });

  it('asks for content that the client holds back', async () => {
    const made = await serving(transport, async (req, res) => void res.end(await bodyOf(req)));
    const client = await connectRaw(made.port);
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n');
    await client.hears(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
    client.send('later');
    await client.hears(/HTTP\/1\.1 200 OK[\s\S]*later/);
  });

  it('becomes a tunnel', async () => {
    const made = await serving(transport, (_req, res) => void res.end());
    const sockets = new WebSocketServer({ noServer: true });
    onTestFinished(() => sockets.close());
    made.local.http.on('upgrade', (req, socket, head) =>
      sockets.handleUpgrade(req, socket, head, (one) => one.on('message', (data) => one.send(data))),
    );
    const client = new WebSocket(`ws://127.0.0.1:${made.port}/socket`);
    await once(client, 'open');
    const sent = randomBytes(500_000);
    client.send(sent);
    const [echo] = (await once(client, 'message')) as [Buffer];
    expect(sum(echo)).toBe(sum(sent));
    client.close(1000);
    const [code] = (await once(client, 'close')) as [number];
    expect(code).toBe(1000);
    await made.settled();
    expect(made.finished.map(({ kind, status, termination }) => [kind, status, termination])).toEqual([
      ['upgrade', 101, 'local'],
    ]);
  });

  it('that breaks off in the middle of an answer has it cut', async () => {
    const made = await serving(transport, (_req, res) => {
      res.writeHead(200, { 'Content-Length': '100' });
      res.write('only this', () => res.destroy());
    });
    const client = await connectRaw(made.port);
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    expect((await client.closed()).text).toMatch(/Content-Length: 100[\s\S]*\r\n\r\nonly this$/);
    await made.settled();
    expect(made.finished[0]).toMatchObject({ termination: 'server_abort', status: 200 });
  });

  it('that closes without an answer is not replaced by any other', async () => {
    const made = await serving(transport, (req) => void req.destroy());
    expect((await fetch(made.url)).status).toBe(502);
    await made.settled();
    expect(made.finished[0]).toMatchObject({ attempts: 1, server: 'files', termination: 'server_abort' });
  });

  it('hears that a client has left in the middle of its answer', async () => {
    let hasHeard = false;
    const made = await serving(transport, (_req, res) => {
      res.once('close', () => {
        hasHeard = true;
      });
      res.write('the beginning');
    });
    const client = await connectRaw(made.port);
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await client.hears(/the beginning/);
    client.socket.destroy();
    await eventually(() => hasHeard, 'the server knows');
    await made.settled();
    expect(made.finished[0]).toMatchObject({ termination: 'client_abort' });
  });

  it('waits with an endless answer while the client does not read', async () => {
    let written = 0;
    const made = await serving(transport, async (_req, res) => {
      const piece = Buffer.alloc(100_000, 'x');
      res.setMaxListeners(0);
      while (!res.destroyed) {
        written += piece.length;
        if (!res.write(piece)) await Promise.race([once(res, 'drain'), once(res, 'close')]);
      }
    });
    const client = await connectRaw(made.port);
    client.socket.pause();
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    let before = -1;
    await eventually(() => {
      const hasStopped = written > 0 && written === before;
      before = written;
      return hasStopped;
    }, 'it writes no more');
    expect(written).toBeLessThan(30_000_000);
    client.socket.destroy();
    await made.settled();
  });

  it('is asked for what the rules make of the target, and is told what they add', async () => {
    const made = await serving(
      transport,
      (req, res) => void res.end(`${req.url} ${req.headers['x-added']} ${req.headers['x-gone']}`),
      {
        rules: {
          target: ({ path }) => `/site${path}`,
          requestEdits: { removes: new Set(['x-gone']), lines: () => 'X-Added: yes\r\n' },
        },
      },
    );
    const answer = await fetch(`${made.url}/x`, { headers: { 'X-Gone': 'here' } });
    expect(await answer.text()).toBe('/site/x yes undefined');
  });
});

it('is there for clients that ask while others do, each on a connection of its own', async () => {
  const made = await serving('raw', (req, res) => void setImmediate(() => res.end(req.url)));
  const paths = Array.from({ length: 50 }, (_, i) => `/${i}`);
  const answers = await Promise.all(
    paths.map((path) => askRaw(made.port, `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)),
  );
  expect(answers.map((text) => text.split('\r\n\r\n')[1])).toEqual(paths);
});

it('stays through a reload that keeps it, and loses its connections with one that does not', async () => {
  const made = await serving('raw', (_req, res) => void res.end('ok'));
  const ask = (): Promise<string> => fetch(made.url).then((answer) => answer.text());
  await ask();
  made.engine.take(made.engine.settings, [], [made.local.server]);
  await ask();
  expect(made.local.connections).toBe(1);
  made.engine.take(made.engine.settings, []);
  await ask();
  expect(made.local.connections).toBe(2);
});

it('is told of a fault when it cannot be reached, and the client gets a 502', async () => {
  const made = await serving('raw', () => undefined, {
    parts: {
      connect: () => {
        throw new Error('nobody is here');
      },
    },
  });
  expect((await fetch(made.url)).status).toBe(502);
});

it('takes a request with an absolute target, without what it names as host in the path', async () => {
  const made = await serving('raw', (req, res) => void res.end(`${req.headers.host} ${req.url}`), {
    rules: { target: ({ path }) => `/in${path}` },
  });
  const text = await askRaw(
    made.port,
    'GET http://b.example/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
  );
  expect(text).toMatch(/b\.example \/in\/x$/);
  const asked = httpRequest({ port: made.port, method: 'OPTIONS', path: '*' });
  asked.end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  expect((await bodyOf(answer)).toString()).toMatch(/ \*$/);
});
