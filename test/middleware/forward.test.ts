import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect as connectH2, createServer as createH2Server } from 'node:http2';
import { Readable } from 'node:stream';
import { createServer as createTlsServer } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Agents } from '../../src/middleware/agents.ts';
import { createDoor } from '../../src/middleware/door.ts';
import { Forwarder } from '../../src/middleware/forward.ts';
import { aDoor, aDoorBoard, listenForTest } from '../support/a-door.ts';
import { eventually } from '../support/eventually.ts';
import { askRaw, connectRaw } from '../support/raw-client.ts';
import { aDeadUrl, resetNow, startBackend, startRawBackend } from '../support/start-backend.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const WAITS = { connect: 200, serverIdle: 1000 };

const QUIET = {
  connected: () => undefined,
  answered: () => undefined,
  failed: () => undefined,
  informed: () => undefined,
};

const aGet = (connection: 'any' | 'fresh' | 'new' = 'any') => ({
  method: 'GET',
  target: '/',
  fields: { Host: 'a' },
  connection,
});

describe('duty 1: framing is ours for every method', () => {
  it.each(['DELETE', 'OPTIONS', 'GET', 'PUT'])(
    'a request inside the chunked body of a %s stays inside',
    async (method) => {
      const paths: string[] = [];
      const bodies: string[] = [];
      const backend = await startBackend((req, res) => {
        paths.push(req.url ?? '');
        let body = '';
        req.on('data', (chunk) => {
          body += chunk;
        });
        req.on('end', () => {
          bodies.push(body);
          res.end('ok');
        });
      });
      const { url, port } = await aDoor({ servers: { a: backend.url } });
      await (await fetch(url)).text();
      const inside = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n';
      const text = await askRaw(
        port,
        `${method} /outer HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n` +
          `${inside.length.toString(16)}\r\n${inside}\r\n0\r\n\r\n`,
      );
      expect(text).toMatch(/^HTTP\/1.1 200 /);
      await (await fetch(url)).text();
      expect(paths).toEqual(['/', '/outer', '/']);
      expect(bodies[1]).toBe(inside);
      expect(backend.connections).toBe(1);
    },
  );

  it('a request with both framings is refused', async () => {
    const backend = await startBackend();
    const { port } = await aDoor({ servers: { a: backend.url } });
    const both = 'Content-Length: 5\r\nTransfer-Encoding: chunked';
    const text = await askRaw(port, `POST / HTTP/1.1\r\nHost: a\r\n${both}\r\n\r\n0\r\n\r\n`);
    expect(text).toMatch(/^HTTP\/1.1 400 /);
    expect(backend.requests).toHaveLength(0);
  });
});

describe('duty 2: fields for one connection end here, forwarding fields are ours', () => {
  it('drops hop-by-hop fields and what Connection names, and writes X-Forwarded-* anew', async () => {
    const backend = await startBackend();
    const { url } = await aDoor({ servers: { a: backend.url } });
    const { port } = new URL(url);
    await askRaw(
      Number(port),
      'GET / HTTP/1.1\r\nHost: shop.test\r\nConnection: close, X-Secret\r\nX-Secret: 1\r\nKeep-Alive: timeout=9\r\n' +
        'TE: trailers\r\nProxy-Authorization: Basic eA==\r\nProxy-Connection: keep-alive\r\nX-Forwarded-For: 6.6.6.6\r\nX-Kept: yes\r\n\r\n',
    );
    const { headers } = backend.requests[0]!;
    expect(headers).toMatchObject({
      host: 'shop.test',
      'x-kept': 'yes',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'shop.test',
      'x-forwarded-port': '80',
      via: '1.1 forehand',
      connection: 'keep-alive',
    });
    for (const name of ['x-secret', 'keep-alive', 'te', 'proxy-authorization', 'proxy-connection'])
      expect(headers).not.toHaveProperty(name);
  });
});

describe('duty 3: a client that leaves frees the server', () => {
  it.each([
    ['before the head', ''],
    ['in the body', 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n'],
  ])('%s', async (_, begun) => {
    const backend = await startRawBackend((socket) => {
      socket.once('data', () => socket.write(begun));
      socket.once('end', () => socket.end());
    });
    const { port, settled } = await aDoor({ servers: { a: backend.url } });
    const client = await connectRaw(port);
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await (begun ? client.hears(/data: 1/) : eventually(() => backend.open === 1));
    client.socket.destroy();
    await eventually(() => backend.open === 0, 'the server is free', 500);
    await settled();
  });
});

describe('duty 4: answers', () => {
  it("keeps the server's own connection fields from the client", async () => {
    const backend = await startRawBackend((socket) =>
      socket.once('data', () =>
        socket.write(
          'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nKeep-Alive: timeout=77\r\nConnection: keep-alive, X-Inner\r\nX-Inner: 1\r\n' +
            'Proxy-Authenticate: Basic\r\nUpgrade: h2c\r\nX-Outer: 1\r\n\r\nok',
        ),
      ),
    );
    const { url } = await aDoor({ servers: { a: backend.url } });
    const answer = await fetch(url);
    expect(answer.headers.get('x-outer')).toBe('1');
    expect(answer.headers.get('keep-alive')).not.toContain('77');
    for (const name of ['x-inner', 'proxy-authenticate', 'upgrade'])
      expect(answer.headers.has(name)).toBe(false);
  });

  it.each([
    ['with a length', 'Content-Length: 10\r\n\r\nhalf'],
    ['chunked', 'Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'],
  ])('a body cut by the server is cut for the client: %s', async (_, rest) => {
    const backend = await startRawBackend((socket) =>
      socket.once('data', () => socket.end(`HTTP/1.1 200 OK\r\n${rest}`)),
    );
    const { url, outcomes, settled } = await aDoor({ servers: { a: backend.url } });
    const answer = await fetch(url);
    await expect(answer.text()).rejects.toThrow();
    await settled();
    expect(outcomes).toEqual(['a server body_cut']);
  });
});

it('duty 5: no stream.pipeline on the way of a request', async () => {
  const { readFile, readdir } = await import('node:fs/promises');
  const folder = new URL('../../src/middleware/', import.meta.url);
  for (const name of await readdir(folder)) {
    const code = (await readFile(new URL(name, folder), 'utf8')).replace(/^ *(?:\/?\*|\/\/).*$/gm, '');
    expect(code, name).not.toMatch(/\bpipeline\b/);
  }
});

describe('duty 6: connections to servers', () => {
  it('are kept and used again, last used first', async () => {
    const backend = await startBackend((req, res) => res.end(String(req.socket.remotePort)));
    const { url } = await aDoor({ servers: { a: backend.url } });
    const ask = async (): Promise<string> => (await fetch(url)).text();
    await Promise.all([ask(), ask(), ask()]);
    const last = await ask();
    expect([await ask(), await ask()]).toEqual([last, last]);
    expect(backend.connections).toBeLessThanOrEqual(3);
  });

  it('are closed when unused for so long', async () => {
    const backend = await startBackend();
    const { url } = await aDoor({ servers: { a: backend.url }, timeouts: { serverIdle: 50 } });
    await (await fetch(url)).text();
    await eventually(() => backend.connections === 1 && backend.open === 0, 'closed');
  });

  it('for a POST are used again within a second and closed then, however long the answer took', async () => {
    const backend = await startBackend((req, res) => {
      req.resume().on('end', () => setTimeout(() => res.end('late'), 1500));
    });
    const { url, outcomes } = await aDoor({ servers: { a: backend.url } });
    const answer = await fetch(url, { method: 'POST', body: 'x' });
    expect(await answer.text()).toBe('late');
    expect(backend.open).toBe(1);
    await eventually(() => backend.open === 0, 'closed', 2500);
    expect(outcomes).toEqual(['a answered 200']);
  });

  it('to a server that left are closed: unused ones at once, others when they are done', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const make = () =>
      startBackend(async (req, res) => {
        if (req.url === '/slow') await held;
        res.end('ok');
      });
    const [gone, stays] = [await make(), await make()];
    const one = await aDoor({ servers: { a: gone.url } });
    const forwarder = one.door;
    const slow = fetch(`${one.url}/slow`);
    await eventually(() => gone.open === 1);
    await (await fetch(one.url)).text();
    expect(gone.open).toBe(2);
    forwarder.retain([new URL(stays.url)]);
    await eventually(() => gone.open === 1, 'the unused one is closed');
    release();
    expect(await (await slow).text()).toBe('ok');
    await eventually(() => gone.open === 0, 'the used one is closed');
  });

  it('to servers that stay are kept, by name and by IPv6 address too', async () => {
    const backend = await startBackend();
    const { url, door } = await aDoor({ servers: { a: backend.url } });
    await (await fetch(url)).text();
    door.retain([new URL('http://[::1]:80'), new URL(backend.url)]);
    await (await fetch(url)).text();
    expect(backend.connections).toBe(1);
  });
});

describe('duty 7: no deprecated function is called', () => {
  it('loading and forwarding warns of nothing, and util is as it was', async () => {
    const script = `
      import util from 'node:util';
      import { createServer } from 'node:http';
      const before = Object.getOwnPropertyDescriptor(util, '_extend');
      const warnings = [];
      process.on('warning', ({ name, code }) => warnings.push(code ?? name));
      const { Forwarder } = await import('./src/middleware/forward.ts');
      const { Readable } = await import('node:stream');
      const server = createServer((_req, res) => res.end('ok')).listen(0, '127.0.0.1', () => {
        const forwarder = new Forwarder();
        const url = new URL('http://127.0.0.1:' + server.address().port);
        const outgoing = { method: 'GET', target: '/', fields: { Host: 'a' }, connection: 'any' };
        forwarder.web(outgoing, url, Readable.from([]), { connect: 1000, serverIdle: 1000 }, {
          connected() {}, informed() {}, failed(error) { throw error; },
          answered(answer) { answer.resume().on('end', () => setImmediate(() => {
            const after = Object.getOwnPropertyDescriptor(util, '_extend');
            console.log(JSON.stringify({ status: answer.statusCode, warnings, same: before?.value === after?.value && before?.get === after?.get }));
            forwarder.close(); server.close(); server.closeAllConnections();
          })); },
        });
      });`;
    const { build } = await import('esbuild');
    const built = await build({
      stdin: { contents: script, resolveDir: ROOT, loader: 'ts' },
      bundle: true,
      format: 'esm',
      platform: 'node',
      packages: 'external',
      write: false,
      define: {
        'import.meta.url': JSON.stringify(new URL('../../src/middleware/forward.ts', import.meta.url)),
      },
    });
    const child = spawn(
      process.execPath,
      [
        '--throw-deprecation',
        '--pending-deprecation',
        '--input-type=module',
        '-e',
        built.outputFiles[0]!.text,
      ],
      { cwd: ROOT },
    );
    onTestFinished(() => void child.kill());
    let said = '';
    child.stdout.on('data', (chunk) => {
      said += chunk;
    });
    let complaint = '';
    child.stderr.on('data', (chunk) => {
      complaint += chunk;
    });
    await once(child, 'close');
    expect(complaint).toBe('');
    expect(JSON.parse(said)).toEqual({ status: 200, warnings: [], same: true });
  });
});

describe('duty 8: no error is left alone, and every wait for a connection ends', () => {
  it('a refused connection is a 502 that names no address', async () => {
    const url = await aDeadUrl();
    const door = await aDoor({ servers: { a: url } });
    const answer = await fetch(door.url);
    expect(answer.status).toBe(502);
    expect(await answer.text()).not.toMatch(/127\.0\.0\.1|ECONN/);
  });

  it('a request that gets no connection in time fails, leaves the queue and frees the next', async () => {
    const backend = await startRawBackend((socket) => socket.resume().once('end', () => socket.end()));
    const agents = new Agents(1);
    const forwarder = new Forwarder(agents);
    onTestFinished(() => forwarder.close());
    const server = new URL(backend.url);
    const first = forwarder.web(aGet(), server, Readable.from([]), WAITS, QUIET);
    await eventually(() => first.connected);
    const errors: (string | undefined)[] = [];
    const wait = (): Promise<void> =>
      new Promise((resolve) => {
        forwarder.web(aGet(), server, Readable.from([]), WAITS, {
          ...QUIET,
          failed: ({ code }) => {
            errors.push(code);
            resolve();
          },
        });
      });
    await Promise.all([wait(), wait()]);
    expect(errors).toEqual(['FOREHAND_CONNECT_TIMEOUT', 'FOREHAND_CONNECT_TIMEOUT']);
    const agent = agents.for('http:', 'any', 1000, () => undefined);
    expect(Object.values(agent.requests).flat()).toEqual([]);
    first.abort();
    await eventually(() => backend.open === 0);
  });

  it('a request that waits for a connection goes out when one is free', async () => {
    const backend = await startBackend((req, res) => res.end(req.url));
    const forwarder = new Forwarder(new Agents(1));
    onTestFinished(() => forwarder.close());
    const ask = (target: string): Promise<string> =>
      new Promise((resolve, failed) => {
        forwarder.web({ ...aGet(), target }, new URL(backend.url), Readable.from([]), WAITS, {
          ...QUIET,
          failed,
          answered: (answer) =>
            void answer.toArray().then((chunks) => resolve(String(Buffer.concat(chunks)))),
        });
      });
    expect(await Promise.all(['/1', '/2//3', '/4'].map(ask))).toEqual(['/1', '/2//3', '/4']);
    expect(backend.connections).toBe(1);
  });

  it.each([
    ['web', 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'],
    ['upgrade', 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'],
  ])('a server that talks no HTTP is a 502: %s', async (_, request) => {
    const backend = await startRawBackend((socket) =>
      socket.once('data', () => socket.end('SSH-2.0-x\r\n\r\n')),
    );
    const { port, outcomes, settled } = await aDoor({ servers: { a: backend.url } });
    expect(await askRaw(port, request)).toMatch(/^HTTP\/1.1 502 /);
    await settled();
    expect(outcomes).toEqual(['a server bad_response']);
  });

  it('a server that resets an open tunnel ends it for the client', async () => {
    const backend = await startRawBackend((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
        socket.once('data', () => resetNow(socket));
      });
    });
    const { port, settled, outcomes, finished } = await aDoor({ servers: { a: backend.url } });
    const client = await connectRaw(port);
    client.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    await client.hears(/ 101 /);
    client.send('now');
    await client.closed();
    await settled();
    expect(outcomes).toEqual(['a answered 101']);
    expect(finished[0]?.termination).toBe('server_abort');
  });
});

describe('servers that speak TLS', () => {
  it.each([
    ['web', 'GET / HTTP/1.1\r\nHost: evil.test\r\nConnection: close\r\n\r\n'],
    ['upgrade', 'GET / HTTP/1.1\r\nHost: evil.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'],
  ])("are asked for by their own name, not by the client's Host: %s", async (_, request) => {
    const names: string[] = [];
    const server = createTlsServer({
      SNICallback: (name, done) => {
        names.push(name);
        done(new Error('enough'));
      },
    });
    const tlsPort = await listenForTest(server);
    const { port, outcomes } = await aDoor({ servers: { a: `https://localhost:${tlsPort}` } });
    expect(await askRaw(port, request)).toMatch(/^HTTP\/1.1 502 /);
    expect(names).toEqual(['localhost']);
    expect(outcomes).toEqual(['a server connect_error']);
  });
});

describe('duty 9: clients that speak HTTP/2', () => {
  const startH2 = async (url: string) => {
    const made = aDoorBoard({ servers: { a: url } });
    const door = createDoor(made.parts);
    onTestFinished(() => door.close());
    const server = createH2Server((req, res) => door.web(req as never, res as never));
    const port = await listenForTest(server);
    const session = connectH2(`http://127.0.0.1:${port}`);
    onTestFinished(() => void session.destroy());
    return { ...made, door, session };
  };

  it('the answer comes without connection fields and reason, the body arrives framed', async () => {
    const backend = await startBackend(async (req, res) => {
      const body = Buffer.concat(await req.toArray()).toString();
      res.writeHead(201, 'Made Just Now', { 'Keep-Alive': 'timeout=5', 'X-Two': ['1', '2'] });
      res.end(`${req.method} ${req.url} ${req.headers.host} ${body}`);
    });
    const { session, door } = await startH2(backend.url);
    const head = { ':method': 'DELETE', ':path': '/a//b?c', ':authority': 'h2.test', cookie: 'a=1' };
    const stream = session.request(head, { endStream: false });
    stream.end('hello');
    const [headers] = await once(stream, 'response');
    expect(headers[':status']).toBe(201);
    expect(headers['keep-alive']).toBeUndefined();
    expect(headers['x-two']).toBe('1, 2');
    expect(Buffer.concat(await stream.toArray()).toString()).toBe('DELETE /a//b?c h2.test hello');
    expect(backend.requests[0]?.headers).toMatchObject({
      via: '2.0 forehand',
      'transfer-encoding': 'chunked',
    });
    expect(Object.keys(backend.requests[0]!.headers).some((name) => name.startsWith(':'))).toBe(false);
    await eventually(() => door.open === 0);
  });

  it('a GET without a body is sent without framing', async () => {
    const backend = await startBackend();
    const { session } = await startH2(backend.url);
    const stream = session.request({ ':path': '/' });
    expect(Buffer.concat(await stream.toArray()).toString()).toBe('ok');
    expect(backend.requests[0]?.headers['transfer-encoding']).toBeUndefined();
  });

  it('a body cut by the server resets the stream; a stream reset by the client frees the server', async () => {
    const backend = await startRawBackend((socket) => {
      socket.once('data', (head) => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf');
        if (head.includes('/cut')) socket.end();
      });
      socket.once('end', () => socket.end());
    });
    const { session, outcomes, finished, door } = await startH2(backend.url);
    const cut = session.request({ ':path': '/cut' });
    await expect(cut.toArray()).rejects.toThrow(/INTERNAL_ERROR/);
    const left = session.request({ ':path': '/left' });
    await once(left, 'data');
    left.close(8);
    await eventually(() => backend.open === 0 && door.open === 0);
    expect(outcomes).toEqual(['a server body_cut', 'a client client_abort']);
    expect(finished.map(({ termination }) => termination)).toEqual(['server_abort', 'client_abort']);
  });
});
