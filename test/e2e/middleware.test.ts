import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { aDoor } from '../support/a-door.ts';
import { aLink, anApplication, ask } from '../support/an-application.ts';
import { eventually } from '../support/eventually.ts';
import { askRaw, connectRaw } from '../support/raw-client.ts';
import { aDeadUrl, startBackend, startRawBackend, whenSaid } from '../support/start-backend.ts';

const digest = (data: Buffer): string => createHash('sha256').update(data).digest('hex');

/** Says back what came. */
const startEcho = () =>
  startBackend((req, res) => {
    res.setHeader('X-Method', req.method ?? '');
    req.pipe(res);
  });

const MOUNTS = [
  ['a plain server', aDoor],
  ['an Express application', anApplication],
] as const;

describe.each(MOUNTS)('in %s', (_, mount) => {
  it('bodies with a length and chunked ones go both ways', async () => {
    const backend = await startEcho();
    const { url } = await mount({ servers: { a: backend.url } });
    const fixed = await ask(url, { method: 'POST', headers: { 'Content-Length': 5 } }, [
      Buffer.from('fixed'),
    ]);
    expect(fixed.body.toString()).toBe('fixed');
    expect(backend.requests[0]?.headers).toMatchObject({ 'content-length': '5' });
    const chunked = await ask(url, { method: 'PUT' }, [Buffer.from('chun'), Buffer.from('ked')]);
    expect(chunked.body.toString()).toBe('chunked');
    expect(backend.requests[1]?.headers).toMatchObject({ 'transfer-encoding': 'chunked' });
    expect(chunked.res.headers['transfer-encoding']).toBe('chunked');
  });

  it('HEAD, 204 and 304 have no body and leave the connection usable', async () => {
    const backend = await startBackend((req, res) => {
      if (req.method === 'HEAD') res.writeHead(200, { 'Content-Length': 1234 }).end();
      else res.writeHead(Number(req.url?.slice(1)), { ETag: '"1"' }).end();
    });
    const { port } = await mount({ servers: { a: backend.url } });
    const client = await connectRaw(port);
    client.send('HEAD / HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(await client.hears(/\r\n\r\n/)).toMatch(/content-length: 1234/i);
    client.send('GET /204 HTTP/1.1\r\nHost: a\r\n\r\n');
    await client.hears(/ 204 [\s\S]*\r\n\r\n/);
    client.send('GET /304 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    const { text } = await client.closed();
    expect(text.match(/^HTTP\/1.1 \d+/gm)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 204', 'HTTP/1.1 304']);
    expect(text).toMatch(/ETag: "1"/);
    expect(text.endsWith('\r\n\r\n')).toBe(true);
  });

  it('5 MB go up and down unchanged', async () => {
    const backend = await startEcho();
    const { url, finished } = await mount({ servers: { a: backend.url } });
    const sent = randomBytes(5 * 1024 * 1024);
    const answer = await fetch(url, { method: 'POST', body: sent });
    expect(digest(Buffer.from(await answer.arrayBuffer()))).toBe(digest(sent));
    await eventually(() => finished.length === 1);
    expect(finished[0]).toMatchObject({ bytesIn: sent.length, bytesOut: sent.length, termination: 'ok' });
  });

  it('Expect: 100-continue is met before the body is sent, and not passed on', async () => {
    const backend = await startEcho();
    const { port } = await mount({ servers: { a: backend.url } });
    const client = await connectRaw(port);
    client.send(
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n',
    );
    await client.hears(/^HTTP\/1.1 100 Continue\r\n\r\n/);
    client.send('hello');
    expect((await client.closed()).text).toMatch(/HTTP\/1.1 200 OK[\s\S]*hello/);
    expect(backend.requests[0]?.headers.expect).toBeUndefined();
  });

  it('an event stream stays open however long the server is silent', async () => {
    let say = (_text: string): void => undefined;
    const backend = await startBackend((_req, res) => {
      res.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8' });
      res.write('data: 1\n\n');
      say = (text) => void res.write(text);
    });
    const { url, door } = await mount({ servers: { a: backend.url }, timeouts: { responseIdle: 30 } });
    const leave = new AbortController();
    const answer = await fetch(url, { signal: leave.signal });
    const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader.read()).value).toBe('data: 1\n\n');
    await new Promise((resolve) => setTimeout(resolve, 150));
    say('data: 2\n\n');
    expect((await reader.read()).value).toBe('data: 2\n\n');
    leave.abort();
    await eventually(() => door.open === 0 && backend.open === 0);
  });

  it('another answer whose server falls silent is cut', async () => {
    const backend = await startBackend((_req, res) => void res.write('some'));
    const { url, finished, outcomes } = await mount({
      servers: { a: backend.url },
      timeouts: { responseIdle: 50 },
    });
    await expect((await fetch(url)).text()).rejects.toThrow();
    await eventually(() => finished.length === 1);
    expect(finished[0]?.termination).toBe('idle_timeout');
    expect(outcomes).toEqual(['a server idle_timeout']);
  });

  it('WebSockets: messages both ways, also large ones and those that come with the handshake', async () => {
    const backend = await startBackend();
    const server = new WebSocketServer({ server: backend.server, maxPayload: 10_000_000 });
    server.on('connection', (socket) => {
      socket.send('welcome');
      socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
    });
    const { port, finished, door, outcomes } = await mount({
      servers: { dead: await aDeadUrl(), a: backend.url },
    });
    const client = new WebSocket(`ws://127.0.0.1:${port}/chat?x=1`);
    const heard: Buffer[] = [];
    client.on('message', (data) => heard.push(data as Buffer));
    await once(client, 'open');
    const large = randomBytes(2_000_000);
    client.send('hello');
    client.send(large);
    await eventually(() => heard.length === 3);
    expect(String(heard[0])).toBe('welcome');
    expect(String(heard[1])).toBe('hello');
    expect(digest(heard[2]!)).toBe(digest(large));
    expect(door.open).toBe(1);
    client.close(1000);
    const [code] = await once(client, 'close');
    expect(code).toBe(1000);
    await eventually(() => door.open === 0);
    expect(outcomes).toEqual(['dead server connect_refused', 'a answered 101']);
    expect(finished[0]).toMatchObject({ kind: 'upgrade', status: 101, attempts: 2, termination: 'ok' });
    expect(finished[0]!.bytesIn).toBeGreaterThan(2_000_000);
  });

  it('what a client sent behind its handshake reaches the server once, also after a failed attempt', async () => {
    const said: string[] = [];
    const backend = await startRawBackend((socket) => {
      whenSaid(socket, (text) => {
        said[0] = text;
        if (text.endsWith('\r\n\r\n'))
          socket.write(
            'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
          );
      });
      socket.once('end', () => socket.end('bye'));
    });
    const { port } = await mount({ servers: { dead: await aDeadUrl(), a: backend.url } });
    const client = await connectRaw(port);
    client.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nEARLY');
    await client.hears(/ 101 [\s\S]*\r\n\r\n/);
    await eventually(() => said[0]?.includes('EARLY'));
    client.socket.end('LAST');
    const { text } = await client.closed();
    expect(text.split('\r\n\r\n')[1]).toBe('bye');
    expect(said[0]?.split('\r\n\r\n')[1]).toBe('EARLYLAST');
  });

  it('an answer other than 101 to an upgrade is relayed whole', async () => {
    const body = randomBytes(300_000).toString('hex');
    const backend = await startBackend();
    backend.server.on('upgrade', (_req, socket) => {
      socket.on('error', () => undefined);
      const half = body.length / 2;
      const chunks = [body.slice(0, half), body.slice(half), ''];
      const framed = chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('');
      socket.end(
        `HTTP/1.1 403 No Way\r\nTransfer-Encoding: chunked\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\n${framed}`,
      );
    });
    const { url, finished } = await mount({ servers: { a: backend.url } });
    const { res, body: got } = await ask(url, { headers: { Connection: 'Upgrade', Upgrade: 'websocket' } });
    expect(res.statusCode).toBe(403);
    expect(res.statusMessage).toBe('No Way');
    expect(res.headers['set-cookie']).toEqual(['a=1', 'b=2']);
    expect(got.toString()).toBe(body);
    await eventually(() => finished.length === 1);
    expect(finished[0]).toMatchObject({ status: 403, termination: 'ok', bytesOut: body.length });
  });

  it('an upgrade to something else is served without it, and never tunnelled', async () => {
    const backend = await startEcho();
    const { url } = await mount({ servers: { a: backend.url } });
    const headers = {
      Connection: 'Upgrade, HTTP2-Settings',
      Upgrade: 'h2c',
      'HTTP2-Settings': 'AAMAAABkAAQAAP__',
    };
    const { res } = await ask(url, { headers });
    expect(res.statusCode).toBe(200);
    expect(res.headers.connection).toBe('close');
    for (const name of ['upgrade', 'http2-settings'])
      expect(backend.requests[0]?.headers).not.toHaveProperty(name);
  });

  it('a redirect goes to the client and no server is asked', async () => {
    const backend = await startBackend();
    const { url, finished } = await mount({
      servers: { a: backend.url },
      links: [
        aLink('redirect', (servers, moment) => {
          for (const server of servers) moment.deliver(server, { location: 'http://b.test/x', status: 302 });
          return servers;
        }),
      ],
    });
    const answer = await fetch(url, { redirect: 'manual' });
    expect(answer.status).toBe(302);
    expect(answer.headers.get('location')).toBe('http://b.test/x');
    expect(backend.requests).toHaveLength(0);
    await eventually(() => finished.length === 1);
    expect(finished[0]?.termination).toBe('redirect');
  });

  it('duplicated Set-Cookie, repeated and oddly spelled fields come through', async () => {
    const backend = await startRawBackend((socket) => {
      whenSaid(socket, (text) => {
        if (!text.endsWith('\r\n\r\n')) return;
        const seen = /x-odd: .*/i.exec(text)?.[0] ?? '';
        const all = text.match(/^x-odd: .*/gim)?.join('|') ?? seen;
        socket.end(
          `HTTP/1.1 200 Fine\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nSet-Cookie: c=3\r\nConstructor: x\r\nX-Seen: ${all}\r\nContent-Length: 2\r\n\r\nok`,
        );
      });
    });
    const { url } = await mount({ servers: { a: backend.url } });
    const headers = [
      'Host',
      'a',
      'X-Odd',
      '1',
      'x-odd',
      '2',
      'toString',
      't',
      'constructor',
      'c',
      'X-ODD',
      '3',
    ];
    const { res } = await ask(url, { headers });
    expect(res.headers['set-cookie']).toEqual(['a=1', 'b=2', 'c=3']);
    expect(res.headers['constructor']).toBe('x');
    expect(res.headers['x-seen']).toBe('X-Odd: 1|X-Odd: 2|X-Odd: 3');
  });

  it.each(['//a//b', '/a%2Fb', '/x?u=http://x//y', '/a/../b', '/?q=a\\b|c^{d}', '/%7Euser;v=1/', '/?'])(
    '%s is forwarded to the letter',
    async (target) => {
      const heads: string[] = [];
      const backend = await startRawBackend((socket) =>
        whenSaid(socket, (text) => {
          heads.push(text);
          socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
        }),
      );
      const { port } = await mount({ servers: { a: backend.url } });
      const text = await askRaw(port, `GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
      expect(text).toMatch(/^HTTP\/1.1 200 /);
      expect(heads[0]?.split('\r\n')[0]).toBe(`GET ${target} HTTP/1.1`);
    },
  );

  it('early hints reach the client, broken ones do no harm', async () => {
    const backend = await startRawBackend((socket) =>
      socket.once('data', () => {
        socket.write(
          'HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload, </b.js>; rel="preload"; as=script\r\n\r\n',
        );
        socket.write('HTTP/1.1 103 Early Hints\r\nLink: broken "\r\n\r\n');
        socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      }),
    );
    const { port } = await mount({ servers: { a: backend.url } });
    const text = await askRaw(port, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect(text).toMatch(/^HTTP\/1.1 103 Early Hints\r\nLink: .*a\.css.*b\.js/);
    expect(text.match(/^HTTP\/1.1 \d+/gm)).toEqual(['HTTP/1.1 103', 'HTTP/1.1 200']);
  });

  it('clients of HTTP/1.0 get an answer that ends with the connection', async () => {
    const backend = await startBackend((_req, res) => {
      res.write('one ');
      res.end('two');
    });
    const { port } = await mount({ servers: { a: backend.url } });
    const text = await askRaw(port, 'GET / HTTP/1.0\r\nHost: a\r\n\r\n');
    expect(text).toMatch(/^HTTP\/1.1 200 OK\r\n[\s\S]*\r\n\r\none two$/);
    expect(text).not.toMatch(/chunked/i);
  });

  it('pipelined requests are answered in order', async () => {
    const backend = await startBackend((req, res) => {
      setTimeout(() => res.end(`<${req.url}>`), req.url === '/1' ? 50 : 0);
    });
    const { port, door } = await mount({ servers: { a: backend.url } });
    const one = (path: string, more = ''): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n${more}\r\n`;
    const text = await askRaw(port, one('/1') + one('/2') + one('/3', 'Connection: close\r\n'));
    expect(text.match(/<.*?>/g)).toEqual(['</1>', '</2>', '</3>']);
    await eventually(() => door.open === 0);
  });

  it.each([
    ['text/html', /^502 Bad Gateway: .*\nrequest [\w-]+\n$/],
    ['application/json', /^\{"error":\{"status":502,"reason":".*","requestId":"[\w-]+"\}\}\n$/],
  ])('an error is told in %s if that is accepted, and never names a server', async (accept, form) => {
    const { url } = await mount({ servers: { a: await aDeadUrl() } });
    const answer = await fetch(url, { headers: { accept } });
    expect(answer.status).toBe(502);
    const text = await answer.text();
    expect(text).toMatch(form);
    expect(text).toContain(answer.headers.get('x-request-id'));
    const head = JSON.stringify([...answer.headers]);
    for (const part of [text, head]) expect(part).not.toMatch(/127\.0\.0\.1|localhost|ECONN/);
  });
});
