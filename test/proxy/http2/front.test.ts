import { once } from 'node:events';
import { connect } from 'node:http2';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TRANSPORTS } from '../../support/an-engine.ts';
import {
  connectFrames,
  DATA,
  END_STREAM,
  frame,
  framesIn,
  headers,
  INTERNAL_ERROR,
  pseudo,
  RST_STREAM,
  reset,
  resetIn,
} from '../../support/http2-frames.ts';
import { askRaw, connectRaw } from '../../support/raw-client.ts';
import { startBackend, startRawBackend, whenSaid } from '../../support/start-backend.ts';
import { anHttp2Engine, answerOf, aSession, ask } from './an-http2-engine.ts';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** A server that answers every request with the same bytes. */
const startSayer = (bytes: string) =>
  startRawBackend((socket) =>
    whenSaid(socket, (text) => {
      if (text.endsWith('\r\n\r\n')) socket.write(bytes, 'latin1');
    }),
  );

describe.each(TRANSPORTS)('HTTP/2 to a client, with servers reached by %s', (transport) => {
  it('forwards a request over HTTP/1.1, and its answer', async () => {
    const backend = await startBackend((req, res) => void res.end(`${req.method} ${req.url}`));
    const made = await anHttp2Engine({ transport, servers: { a: backend.url } });
    const session = await aSession(made.h2cPort);
    const answer = await ask(session, { ':path': '/some/path?x=1', accept: 'text/plain', x_odd: '1' });
    expect(answer).toMatchObject({ status: 200, body: 'GET /some/path?x=1', code: 0 });
    await made.settled();
    const [exchange] = made.finished;
    expect(exchange).toMatchObject({
      server: 'a',
      path: '/some/path',
      termination: 'ok',
      peerIp: '127.0.0.1',
    });
    expect(backend.requests[0]?.httpVersion).toBe('1.1');
    expect(backend.requests[0]?.headers).toEqual({
      host: `127.0.0.1:${made.h2cPort}`,
      accept: 'text/plain',
      via: '2.0 forehand',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': `127.0.0.1:${made.h2cPort}`,
      'x-forwarded-port': `${made.h2cPort}`,
      'x-request-id': exchange?.requestId,
    });
    expect(answer.headers).toMatchObject({ 'x-request-id': exchange?.requestId, date: expect.any(String) });
    expect(answer.headers).not.toHaveProperty('connection');
  });

  it('serves a hundred requests at a time on one session', async () => {
    let most = 0;
    let waiting: (() => void)[] = [];
    const backend = await startBackend((req, res) => {
      waiting.push(() => void res.end(req.url));
      most = Math.max(most, waiting.length);
      if (waiting.length < 100) return;
      for (const answer of waiting) answer();
      waiting = [];
    });
    const { h2cPort, settled } = await anHttp2Engine({ transport, servers: { a: backend.url } });
    const session = await aSession(h2cPort);
    expect(session.remoteSettings.maxConcurrentStreams).toBe(100);
    const answers = await Promise.all(
      Array.from({ length: 300 }, (_, i) => ask(session, { ':path': `/${i}` })),
    );
    expect(answers.map(({ body }) => body)).toEqual(answers.map((_, i) => `/${i}`));
    expect(most).toBe(100);
    await settled();
  });

  it.each([
    ['with a length', { 'content-length': '3000000' }],
    ['without a length', {}],
  ])('moves large content both ways, %s', async (_what, fields) => {
    const backend = await startBackend((req, res) => void req.pipe(res));
    const { h2cPort, settled } = await anHttp2Engine({ transport, servers: { a: backend.url } });
    const session = await aSession(h2cPort);
    const body = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => (i * 7919) >> 5));
    const answer = await ask(session, { ':method': 'PUT', ...fields }, body);
    expect(answer.status).toBe(200);
    expect(Buffer.from(answer.body, 'latin1').equals(body)).toBe(true);
    expect(backend.requests[0]?.headers['transfer-encoding']).toBe(
      'content-length' in fields ? undefined : 'chunked',
    );
    await settled();
  });

  it('frees the connection to the server when the client resets the stream', async () => {
    const backend = await startBackend(() => undefined);
    const { h2cPort, finished, settled } = await anHttp2Engine({ transport, servers: { a: backend.url } });
    const session = await aSession(h2cPort);
    const stream = session.request({ ':path': '/' });
    const heard = answerOf(stream);
    await expect.poll(() => backend.requests.length).toBe(1);
    const closed = once(backend.requests[0]!.socket, 'close');
    stream.close(8);
    await Promise.all([heard, closed]);
    await settled();
    expect(finished).toMatchObject([{ termination: 'client_abort' }]);
    expect(backend.open).toBe(0);
  });

  it('resets the stream where the answer of a server is cut', async () => {
    const backend = await startRawBackend((socket) =>
      whenSaid(socket, () => {
        socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf');
      }),
    );
    const { h2cPort, finished, settled } = await anHttp2Engine({ transport, servers: { a: backend.url } });
    const session = await aSession(h2cPort);
    expect(await ask(session)).toMatchObject({ status: 200, body: 'half', code: 2 });
    await settled();
    expect(finished).toMatchObject([{ termination: 'server_abort' }]);
  });
});

describe('HTTP/2 to a client', () => {
  it.each([
    ['HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n', { status: 200, body: '' }],
    ['GET', 'HTTP/1.1 204 No Content\r\n\r\n', { status: 204, body: '' }],
    ['GET', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nEtag: "x"\r\n\r\n', { status: 304, body: '' }],
    ['GET', 'HTTP/1.1 205 Reset Content\r\nContent-Length: 1\r\n\r\nx', { status: 205, body: '' }],
    ['GET', 'HTTP/1.1 999 Odd\r\nContent-Length: 1\r\n\r\nx', { status: 502, body: '' }],
    ['GET', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x\r\nok\r\n0\r\n\r\n', { body: 'ok' }],
  ])('answers %s with what is in %j', async (method, bytes, expected) => {
    const backend = await startSayer(bytes);
    const { h2cPort, settled } = await anHttp2Engine({ servers: { a: backend.url } });
    const session = await aSession(h2cPort);
    expect(await ask(session, { ':method': method })).toMatchObject({ ...expected, code: 0 });
    expect(await ask(session, { ':method': method })).toMatchObject({ ...expected, code: 0 });
    await settled();
  });

  it('ends an answer that ends with its connection', async () => {
    const backend = await startRawBackend((socket) =>
      whenSaid(socket, () => void socket.end('HTTP/1.1 200 OK\r\n\r\nall of it')),
    );
    const { h2cPort, settled } = await anHttp2Engine({ servers: { a: backend.url } });
    expect(await ask(await aSession(h2cPort))).toMatchObject({ status: 200, body: 'all of it', code: 0 });
    await settled();
  });

  it('relays interim answers', async () => {
    const backend = await startBackend((_req, res) => {
      res.writeEarlyHints({ link: '</a.css>; rel=preload' }, () => void res.end('ok'));
    });
    const { h2cPort } = await anHttp2Engine({ servers: { a: backend.url } });
    const answer = await ask(await aSession(h2cPort));
    expect(answer).toMatchObject({ status: 200, body: 'ok', interim: [{ ':status': 103 }] });
    expect(answer.interim[0]).toMatchObject({ link: '</a.css>; rel=preload' });
  });

  it('relays 100 (Continue) before the content is sent', async () => {
    const backend = await startBackend((req, res) => void req.pipe(res));
    const { h2cPort } = await anHttp2Engine({ servers: { a: backend.url } });
    const session = await aSession(h2cPort);
    const stream = session.request({ ':method': 'POST', expect: '100-continue' });
    stream.once('continue', () => stream.end('now'));
    expect(await answerOf(stream)).toMatchObject({ status: 200, body: 'now' });
  });

  it('relays trailers both ways, but for those that mean something to a server', async () => {
    const backend = await startBackend((req, res) => {
      res.writeHead(200, { trailer: 'x-sum' });
      req.resume().on('end', () => {
        res.write('ok');
        res.addTrailers({ 'X-Sum': JSON.stringify(req.trailers) });
        setImmediate(() => res.end());
      });
    });
    const { h2cPort } = await anHttp2Engine({ servers: { a: backend.url } });
    const session = await aSession(h2cPort);
    const stream = session.request({ ':method': 'POST' }, { waitForTrailers: true });
    stream.on('wantTrailers', () =>
      stream.sendTrailers({ 'x-md5': 'abc', authorization: 'x', host: 'evil' }),
    );
    stream.end('content');
    expect(await answerOf(stream)).toMatchObject({
      status: 200,
      body: 'ok',
      trailers: { 'x-sum': '{"x-md5":"abc"}' },
    });
  });

  it('joins crumbs of cookies for the server, and leaves cookies apart for the client', async () => {
    const backend = await startBackend((req, res) => {
      res.setHeader('set-cookie', ['a=1', 'b=2']).end(req.headers.cookie);
    });
    const { h2cPort } = await anHttp2Engine({ servers: { a: backend.url } });
    const answer = await ask(await aSession(h2cPort), { cookie: ['x=1', 'y=2'] });
    expect(answer.body).toBe('x=1; y=2');
    expect(answer.headers['set-cookie']).toEqual(['a=1', 'b=2']);
  });

  it.each([
    ['too large a body', { ':method': 'POST', 'content-length': '2000' }, 413],
    ['an expectation that nobody knows', { expect: 'a-miracle' }, 417],
    ['a broken escape', { ':path': '/%zz' }, 400],
    ['a path with a fragment', { ':path': '/a#b' }, 400],
    ['too long a path', { ':path': `/${'x'.repeat(9000)}` }, 414],
    ['too many fields', Object.fromEntries(Array.from({ length: 120 }, (_, i) => [`x-${i}`, 'y'])), 431],
    ['too large a head', { 'x-large': 'y'.repeat(16_384) }, 431],
  ])('answers as HTTP/1.1 does to %s', async (_what, fields, status) => {
    const backend = await startBackend();
    const { h2cPort, settled } = await anHttp2Engine({
      servers: { a: backend.url },
      limits: { bodyBytes: 1000 },
    });
    const session = await aSession(h2cPort);
    const body = ':method' in fields ? Buffer.alloc(2000) : undefined;
    expect(await ask(session, fields, body)).toMatchObject({ status });
    expect(await ask(session)).toMatchObject({ status: 200, body: 'ok' });
    expect(backend.requests).toHaveLength(1);
    await settled();
  });

  it('answers 405 to CONNECT', async () => {
    const { h2cPort, engine } = await anHttp2Engine({ servers: {} });
    const session = await aSession(h2cPort);
    const stream = session.request({ ':method': 'CONNECT', ':authority': 'a.example:443' });
    const answer = await answerOf(stream);
    expect(answer).toMatchObject({ status: 405, headers: { allow: expect.stringContaining('GET') } });
    expect(engine.refusals.get(405)).toBe(1);
  });

  it('answers early, and tells the client that the rest of its content is not wanted', async () => {
    const { h2cPort, settled } = await anHttp2Engine({ servers: {}, limits: { bodyBytes: 1000 } });
    const session = await aSession(h2cPort);
    const stream = session.request({ ':method': 'POST' });
    stream.write(Buffer.alloc(60_000));
    const answer = await answerOf(stream);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.body).toMatch(/^\d{3} /);
    expect(answer.code).toBe(0);
    await settled();
  });

  it('sends all of an early answer, its trailers included', async () => {
    const backend = await startBackend((_req, res) => {
      res.writeHead(200, { trailer: 'x-sum' });
      res.write('early');
      setTimeout(() => {
        res.addTrailers({ 'x-sum': '1' });
        res.end();
      }, 20);
    });
    const { h2cPort, settled } = await anHttp2Engine({ servers: { a: backend.url } });
    const session = await aSession(h2cPort);
    for (let i = 0; i < 5; i++) {
      const stream = session.request({ ':method': 'POST' });
      stream.write('a part');
      expect(await answerOf(stream)).toMatchObject({ body: 'early', trailers: { 'x-sum': '1' }, code: 0 });
    }
    await settled();
  });

  it('does not take content that was cut off for whole', async () => {
    const whole: string[] = [];
    const cut: string[] = [];
    const backend = await startBackend((req, res) => {
      req
        .resume()
        .on('end', () => void whole.push(req.url ?? ''))
        .on('error', () => void cut.push(req.url ?? ''));
      res.on('error', () => undefined);
    });
    const { h2cPort, settled } = await anHttp2Engine({ servers: { a: backend.url } });
    const client = await connectFrames(h2cPort);
    const post = (stream: number): void => {
      client.send(headers(stream, pseudo({ ':method': 'POST', ':path': `/${stream}` }), 0));
      client.send(frame(DATA, 0, stream, 'a part'));
    };
    for (const [i, code] of [0, 1, 2, 5, 8].entries()) {
      const stream = 2 * i + 1;
      post(stream);
      await expect.poll(() => backend.requests.some(({ url }) => url === `/${stream}`)).toBe(true);
      client.send(reset(stream, code));
      await expect.poll(() => cut).toContain(`/${stream}`);
    }
    post(11);
    await expect.poll(() => backend.requests.at(-1)?.url).toBe('/11');
    client.socket.end();
    await expect.poll(() => cut).toContain('/11');
    expect(whole).toEqual([]);
    await settled();
  });

  it.each([
    ['with a length', 'Content-Length: 10\r\n\r\nhalf'],
    ['in chunks', 'Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'],
    ['before any content', 'Transfer-Encoding: chunked\r\n\r\n'],
  ])('does not let an answer %s look whole that a server cuts off', async (_what, rest) => {
    for (const pause of ['none', 'a turn', 'a while']) {
      const backend = await startRawBackend((socket) =>
        whenSaid(socket, async () => {
          socket.write(`HTTP/1.1 200 OK\r\n${rest}`);
          if (pause === 'a turn') await new Promise((resolve) => setImmediate(resolve));
          if (pause === 'a while') await new Promise((resolve) => setTimeout(resolve, 20));
          socket.end();
        }),
      );
      const { h2cPort } = await anHttp2Engine({ servers: { a: backend.url } });
      const client = await connectFrames(h2cPort);
      client.send(headers(1, pseudo()));
      await expect.poll(() => resetIn(client.heard(), 1)).toBe(INTERNAL_ERROR);
      const ends = framesIn(client.heard()).filter(
        ({ type, flags, stream }) => stream === 1 && type !== RST_STREAM && (flags & END_STREAM) !== 0,
      );
      expect(ends).toEqual([]);
    }
  });

  it('serves the next request of a session after one was reset', async () => {
    const backend = await startBackend((req, res) => void (req.url === '/slow' || res.end('ok')));
    const { h2cPort } = await anHttp2Engine({ servers: { a: backend.url } });
    const session = await aSession(h2cPort);
    for (let i = 0; i < 20; i++) {
      const slow = session.request({ ':path': '/slow' });
      const heard = answerOf(slow);
      slow.close(8);
      await heard;
      expect(await ask(session)).toMatchObject({ status: 200 });
    }
  });

  it('speaks HTTP/1.1 on the same port with who does not begin with the preface', async () => {
    const backend = await startSayer(OK);
    const { h2cPort } = await anHttp2Engine({ servers: { a: backend.url } });
    const close = 'Host: a\r\nConnection: close\r\n\r\n';
    expect(await askRaw(h2cPort, `GET / HTTP/1.1\r\n${close}`)).toMatch(/^HTTP\/1\.1 200 /);
    expect(await askRaw(h2cPort, `PRIVATE / HTTP/1.1\r\n${close}`)).toMatch(/^HTTP\/1\.1 200 /);
    expect(await askRaw(h2cPort, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\rx')).toMatch(/^HTTP\/1\.1 (400|505) /);
    const slow = await connectRaw(h2cPort);
    for (const byte of `PRINT / HTTP/1.1\r\n${close}`) {
      slow.send(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await slow.hears(/ok$/)).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('hears of a client that says nothing, or leaves', async () => {
    const { h2cPort, engine } = await anHttp2Engine({ servers: {}, timeouts: { requestHeaders: 300 } });
    const silent = await connectRaw(h2cPort);
    const partial = await connectRaw(h2cPort);
    partial.send('PRI * HT');
    const leaving = await connectRaw(h2cPort);
    await expect.poll(() => engine.clients.size).toBe(3);
    leaving.socket.end();
    await Promise.all([silent.closed(), partial.closed(), leaving.closed()]);
    await expect.poll(() => engine.clients.size).toBe(0);
  });

  it('counts sessions among the connections of clients, and closes those that are too many', async () => {
    const { h2cPort, engine } = await anHttp2Engine({ servers: {}, limits: { connections: 2 } });
    const first = await aSession(h2cPort);
    const second = await aSession(h2cPort);
    expect(engine.clients.size).toBe(2);
    const third = await connectRaw(h2cPort);
    await third.closed();
    expect(engine.turnedAway).toBe(1);
    // There is no room for a stream, either: it may be tried again.
    expect(await ask(first)).toMatchObject({ status: 0, code: 7 });
    second.close();
    await expect.poll(() => engine.clients.size).toBe(1);
    expect(await ask(first)).toMatchObject({ status: 503, code: 0 });
  });

  it('closes a session that is idle', async () => {
    const backend = await startBackend();
    const { h2cPort, engine } = await anHttp2Engine({
      servers: { a: backend.url },
      timeouts: { requestHeaders: 300, clientIdle: 300 },
    });
    const [used, unused] = [await aSession(h2cPort), await aSession(h2cPort)];
    const goodbyes = Promise.all([once(used, 'goaway'), once(unused, 'goaway')]);
    expect(await ask(used)).toMatchObject({ status: 200 });
    expect((await goodbyes).map(([code]) => code)).toEqual([0, 0]);
    await expect.poll(() => engine.clients.size, { timeout: 5000 }).toBe(0);
  });

  it('asks a client that is silent for a sign of life, and lets one that waits wait', async () => {
    let answer = (): void => undefined;
    const backend = await startBackend((_req, res) => {
      answer = () => void res.end('at last');
    });
    const facts = { servers: { a: backend.url }, timeouts: { responseIdle: 500, responseHeaders: 20_000 } };
    const { h2cPort, engine, settled } = await anHttp2Engine(facts, 100);
    const session = await aSession(h2cPort);
    let asked = 0;
    session.on('ping', () => {
      asked += 1;
      if (asked === 3) answer();
    });
    expect(await ask(session)).toMatchObject({ status: 200, body: 'at last' });
    const mute = await connectFrames(h2cPort);
    mute.send(headers(1, pseudo()));
    await mute.closed();
    await settled();
    expect(engine.clients.size).toBe(1);
  });

  it('lets requests under way finish when it drains, and takes no more', async () => {
    let answer = (): void => undefined;
    const backend = await startBackend((_req, res) => {
      answer = () => void res.end('at last');
    });
    const { h2cPort, engine } = await anHttp2Engine({ servers: { a: backend.url } });
    const [busy, idle] = [await aSession(h2cPort), await aSession(h2cPort)];
    const slow = ask(busy);
    await expect.poll(() => backend.requests.length).toBe(1);
    const goodbyes = Promise.all([once(busy, 'goaway'), once(idle, 'goaway')]);
    const drained = engine.drain(5000);
    await expect.poll(() => busy.closed).toBe(true);
    answer();
    expect(await slow).toMatchObject({ status: 200, body: 'at last', code: 0 });
    expect(await drained).toBe(true);
    expect((await goodbyes).map(([code]) => code)).toEqual([0, 0]);
    await expect.poll(() => engine.clients.size, { timeout: 5000 }).toBe(0);
  });

  it('closes everything at once when the engine closes', async () => {
    const backend = await startBackend((_req, res) => void res.write('begun'));
    const { h2cPort, engine } = await anHttp2Engine({ servers: { a: backend.url } });
    const session = await aSession(h2cPort);
    const stream = session.request({ ':path': '/' });
    const heard = answerOf(stream);
    await once(stream, 'data');
    const closed = once(session, 'close');
    engine.close();
    await closed;
    expect((await heard).code).not.toBe(0);
    expect(engine.clients.size).toBe(0);
    expect(engine.open).toBe(0);
  });

  it('ends a stream whose client does not read its answer', async () => {
    const backend = await startBackend((_req, res) => void res.end(Buffer.alloc(400_000)));
    const { h2cPort, engine, finished, settled } = await anHttp2Engine({
      servers: { a: backend.url },
      timeouts: { responseIdle: 300 },
    });
    const session = connect(`http://127.0.0.1:${h2cPort}`, { settings: { initialWindowSize: 1000 } });
    onTestFinished(() => session.destroy());
    const stream = session.request({ ':path': '/' });
    await new Promise((resolve) => stream.on('error', () => {}).once('close', resolve));
    expect(stream.rstCode).toBe(2);
    await settled();
    expect(finished).toMatchObject([{ termination: 'idle_timeout' }]);
    expect(engine.clients.size).toBe(1);
  });

  it('ends a stream whose client leaves the end of a short answer unread', async () => {
    const backend = await startBackend((_req, res) => void res.end(Buffer.alloc(4000)));
    const { h2cPort, finished, settled } = await anHttp2Engine({
      servers: { a: backend.url },
      timeouts: { responseIdle: 300 },
    });
    const session = connect(`http://127.0.0.1:${h2cPort}`, { settings: { initialWindowSize: 1000 } });
    onTestFinished(() => session.destroy());
    const stream = session.request({ ':path': '/' });
    await new Promise((resolve) => stream.on('error', () => {}).once('close', resolve));
    expect(stream.rstCode).toBe(8);
    await settled();
    expect(finished).toMatchObject([{ termination: 'ok' }]);
  });
});
