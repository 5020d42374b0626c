import { randomBytes } from 'node:crypto';
import { createServer } from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket, TlsOptions } from 'node:tls';
import { describe, expect, it } from 'vitest';
import type { ServerTls } from '../../src/config/completing/tls-config.ts';
import { type ConnectingConfig, ServerConnector } from '../../src/control/server-connector.ts';
import { listenForTest } from '../support/a-door.ts';
import { aFakeEngine } from '../support/a-fake-engine.ts';
import {
  anEngine,
  type EngineFacts,
  type TestEngine,
  TRANSPORTS,
  transportNamed,
} from '../support/an-engine.ts';
import { eventually } from '../support/eventually.ts';
import { askRaw, connectRaw } from '../support/raw-client.ts';
import { startRawBackend, whenSaid } from '../support/start-backend.ts';
import { madeCertificate } from '../transport/made-certificates.ts';
import { Recorder } from '../transport/transports.ts';

const authority = madeCertificate({ subject: 'authority', isAuthority: true });
const stranger = madeCertificate({ subject: 'stranger', isAuthority: true });
const good = madeCertificate({ names: ['DNS:a.example', 'IP:127.0.0.1'], by: authority });
const forLocalhost = madeCertificate({ names: ['DNS:localhost'], by: authority });
const selfSigned = madeCertificate({ names: ['IP:127.0.0.1'] });
const forClient = madeCertificate({ subject: 'forehand', by: authority });
const TRUSTING: ServerTls = { verify: true, ca: authority.cert };

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const GET_ONCE = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

interface HttpsServer {
  readonly url: string;
  readonly port: number;
  readonly sockets: TLSSocket[];
}

/** Reads, and closes when the peer does. */
const hangUp = (socket: Socket): Socket => socket.once('end', () => socket.end()).resume();

/** An HTTPS server that echoes bodies. */
const aServer = async (options: TlsOptions): Promise<HttpsServer> => {
  const sockets: TLSSocket[] = [];
  const server = createServer(options, (req, res) => req.pipe(res));
  server.on('secureConnection', (socket: TLSSocket) => sockets.push(socket.on('error', () => {})));
  server.on('tlsClientError', () => {});
  const port = await listenForTest(server);
  return { url: `https://127.0.0.1:${port}`, port, sockets };
};

interface TlsEngine extends TestEngine {
  readonly connector: ServerConnector;
}

/** An engine that connects as a configuration of its pool says. */
const anEngineWith = async (
  pool: ConnectingConfig['pools'][string],
  facts: EngineFacts,
): Promise<TlsEngine> => {
  const connector = new ServerConnector(transportNamed(facts.transport ?? 'raw'));
  connector.take({ pools: { web: pool } });
  const { proxyProtocol } = pool;
  const made = await anEngine({
    ...facts,
    connections: { proxyProtocol: proxyProtocol && (proxyProtocol === 'v1' ? 1 : 2), ...facts.connections },
    parts: {
      connect: (server, address, owner, client) => connector.connect(server, address, owner, client),
      ...facts.parts,
    },
  });
  return { ...made, connector };
};

const statusOf = (answer: string): number => Number(answer.slice(9, 12));
const failures = ({ events }: TestEngine): readonly string[] =>
  events.filter(({ kind }) => kind === 'failed').map(({ detail }) => detail);

describe.each(TRANSPORTS)('an https server, by %s', (transport) => {
  it('that is verified gets requests, and its connection is kept', async () => {
    const server = await aServer(good);
    const { port, events } = await anEngineWith({ tls: TRUSTING }, { transport, servers: { a: server.url } });
    const client = await connectRaw(port);
    client.send(GET);
    await client.hears(/^HTTP\/1\.1 200 [\s\S]*\r\n\r\n/);
    client.send(GET_ONCE);
    expect((await client.closed()).text.match(/HTTP\/1\.1 200 /g)).toHaveLength(2);
    expect(server.sockets).toHaveLength(1);
    expect(server.sockets[0]).toMatchObject({ alpnProtocol: 'http/1.1' });
    expect(events.map(({ kind }) => kind)).toEqual(['opened', 'reused']);
  });

  it('gets large bodies as they are, and so does the client', async () => {
    const server = await aServer(good);
    const { port } = await anEngineWith({ tls: TRUSTING }, { transport, servers: { a: server.url } });
    const body = randomBytes(3_000_000);
    const answer = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body });
    expect(body.equals(Buffer.from(await answer.arrayBuffer()))).toBe(true);
  });
});

describe('the certificate of a server', () => {
  it.each([
    ['nobody trusts', selfSigned, {}, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['an authority signed that is not trusted', good, { ca: stranger.cert }, /UNABLE_TO|SIGNATURE/],
    ['is for another name', forLocalhost, TRUSTING, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    [
      'is not for `servername`',
      good,
      { ...TRUSTING, servername: 'b.example' },
      'ERR_TLS_CERT_ALTNAME_INVALID',
    ],
  ] as const)('that %s keeps requests from it', async (_, certificate, tls, code) => {
    const server = await aServer(certificate);
    const made = await anEngineWith({ tls: { verify: true, ...tls } }, { servers: { a: server.url } });
    const answer = await askRaw(made.port, GET_ONCE);
    expect(statusOf(answer)).toBe(502);
    expect(answer).not.toContain('127.0.0.1');
    expect(failures(made)).toEqual([expect.stringMatching(code)]);
    expect(made.outcomes).toEqual(['a server connect_error']);
  });

  it('has a request go to the next server, whatever its method', async () => {
    const bad = await aServer(selfSigned);
    const other = await aServer(good);
    const servers = { a: bad.url, b: other.url };
    const made = await anEngineWith({ tls: TRUSTING }, { servers });
    const request = 'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi';
    expect(await askRaw(made.port, request)).toMatch(/^HTTP\/1\.1 200 [\s\S]*hi/);
    expect(made.outcomes).toEqual(['a server connect_error', 'b answered 200']);
  });

  it('is not looked at where that was asked for', async () => {
    const server = await aServer(selfSigned);
    const { port } = await anEngineWith({ tls: { verify: false } }, { servers: { a: server.url } });
    expect(statusOf(await askRaw(port, GET_ONCE))).toBe(200);
  });

  it.each([
    ['a name', 'https://localhost', forLocalhost, TRUSTING, 'localhost'],
    ['an address, for which nobody asks by name', 'https://127.0.0.1', good, TRUSTING, false],
    ['`servername`', 'https://127.0.0.1', good, { ...TRUSTING, servername: 'a.example' }, 'a.example'],
  ] as const)('is asked for and verified by the host of the URL: %s', async (_, url, cert, tls, asked) => {
    const server = await aServer(cert);
    const { port } = await anEngineWith({ tls }, { servers: { a: `${url}:${server.port}` } });
    expect(statusOf(await askRaw(port, GET_ONCE))).toBe(200);
    expect(server.sockets[0]).toMatchObject({ servername: asked });
  });
});

it('the name of a server is asked for without the dot that may end it', async () => {
  const server = await aServer(forLocalhost);
  const url = `https://localhost.:${server.port}`;
  const { connector, pool } = await anEngineWith({ tls: TRUSTING }, { servers: { a: url } });
  const hears = new Recorder();
  const address = { kind: 'tcp', host: '127.0.0.1', port: server.port } as const;
  const connection = connector.connect(pool.servers[0]!, address, hears, undefined);
  await hears.hears('connected');
  await eventually(() => server.sockets.length === 1);
  connection.close();
  expect(server.sockets[0]).toMatchObject({ servername: 'localhost' });
});

describe('a server that wants to know who asks', () => {
  const wanting = { ...good, ca: authority.cert, requestCert: true, rejectUnauthorized: true };

  it('sees our certificate', async () => {
    const server = await aServer(wanting);
    const tls = { ...TRUSTING, cert: forClient.cert, key: forClient.key };
    const { port } = await anEngineWith({ tls }, { servers: { a: server.url } });
    expect(statusOf(await askRaw(port, GET_ONCE))).toBe(200);
    expect(server.sockets[0]?.getPeerCertificate().subject.CN).toBe('forehand');
  });

  it('gets no requests without one', async () => {
    const server = await aServer(wanting);
    const made = await anEngineWith({ tls: TRUSTING }, { servers: { a: server.url } });
    expect(statusOf(await askRaw(made.port, GET_ONCE))).toBe(502);
    // By TLS 1.3 a client hears of it only after its side of the handshake, when the request is out.
    expect(made.outcomes[0]).toMatch(/^a server (connect_error|reset)$/);
  });
});

it('a handshake that never ends is ended by the limit for connecting', async () => {
  const silent = await startRawBackend(hangUp);
  const made = await anEngineWith(
    { tls: TRUSTING },
    { servers: { a: silent.url.replace('http:', 'https:') }, timeouts: { connect: 300 } },
  );
  expect(statusOf(await askRaw(made.port, GET_ONCE))).toBe(504);
  await eventually(() => silent.open === 0);
  expect(made.outcomes).toEqual(['a server connect_timeout']);
});

it('connections are opened ahead by TLS too, and resume the session of those before', async () => {
  const server = await aServer(good);
  const made = await anEngineWith(
    { tls: TRUSTING },
    { servers: { a: server.url }, connections: { warmup: 2, maxConnections: 2 } },
  );
  const { engine, pool } = made;
  engine.take(engine.settings, pool.servers);
  const { counts } = engine.pools.of(pool.servers[0]!);
  expect(counts).toMatchObject({ open: 2, idle: 0 });
  await eventually(() => engine.pools.of(pool.servers[0]!).counts.idle === 2);
  await eventually(() => server.sockets.length === 2);
  for (const socket of server.sockets) socket.end();
  await eventually(() => engine.pools.of(pool.servers[0]!).counts.open === 0);
  engine.take(engine.settings, pool.servers);
  await eventually(() => server.sockets.length === 4);
  expect(server.sockets.slice(2).some((socket) => socket.isSessionReused())).toBe(true);
});

describe('an encrypted connection that says late that a request is out, behind its answer', () => {
  const settling = async () => {
    const made = aFakeEngine({ servers: { a: 'https://127.0.0.1:1' } });
    const client = made.client();
    await client.says(GET);
    Object.assign(made.server(0), { isEncrypted: true, takes: false });
    const server = await made.connected(0);
    await server.says('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    expect(client.takeAll()).toMatch(/ok$/);
    const { pools } = made.engine;
    return { made, client, server, counts: () => pools.of(made.pool.servers[0]!).counts };
  };

  it('is free once it has said so', async () => {
    const { made, client, server, counts } = await settling();
    expect(counts()).toEqual({ open: 1, idle: 0, waiting: 0 });
    await server.drains();
    expect(counts()).toEqual({ open: 1, idle: 1, waiting: 0 });
    await client.says(GET);
    expect(made.opened).toHaveLength(1);
    await server.says('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nagain');
    expect(client.takeAll()).toMatch(/again$/);
  });

  it('is not waited for, by anybody or for long', async () => {
    const { made, client, server, counts } = await settling();
    await client.says(GET);
    expect(made.opened).toHaveLength(2);
    await made.passes(1100);
    expect(server.isClosed).toBe(true);
    expect(counts()).toEqual({ open: 1, idle: 0, waiting: 0 });
  });
});

describe('another configuration of a pool', () => {
  it('has connections that were made by the former one end once they are free', async () => {
    const server = await aServer(good);
    const made = await anEngineWith({ tls: { verify: false } }, { servers: { a: server.url } });
    const { engine, connector, pool } = made;
    const [a] = pool.servers;
    const client = await connectRaw(made.port);
    client.send(GET);
    await client.hears(/\r\n\r\n/);
    expect(connector.hasChanged(a!)).toBe(false);
    connector.take({ pools: { web: { tls: { verify: false } } } });
    expect(connector.hasChanged(a!)).toBe(false);
    connector.take({ pools: { web: { tls: TRUSTING } } });
    expect(connector.hasChanged(a!)).toBe(true);
    engine.pools.of(a!).renew();
    expect(engine.pools.of(a!).counts).toEqual({ open: 0, idle: 0, waiting: 0 });
    client.send(GET_ONCE);
    expect((await client.closed()).text.match(/HTTP\/1\.1 200 /g)).toHaveLength(2);
    expect(server.sockets).toHaveLength(2);
    expect(connector.hasChanged(a!)).toBe(false);
  });

  it('lets a request under way finish on the connection that it has', async () => {
    const held: Socket[] = [];
    const backend = await startRawBackend((socket) => void held.push(hangUp(socket)));
    const made = await anEngineWith({ tls: { verify: true } }, { servers: { a: backend.url } });
    const client = await connectRaw(made.port);
    client.send(GET_ONCE);
    await eventually(() => held.length === 1);
    made.engine.pools.of(made.pool.servers[0]!).renew();
    held[0]?.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    expect((await client.closed()).text).toMatch(/ok$/);
    await eventually(() => backend.open === 0);
  });
});

describe.each(TRANSPORTS)('a pool whose servers get PROXY headers, by %s', (transport) => {
  const texts: string[] = [];
  const aReceiver = () =>
    startRawBackend((socket, index) => {
      whenSaid(hangUp(socket), (text) => {
        texts[index] = text;
        if (text.endsWith('\r\n\r\n')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      });
    });

  it('gives each client connections of its own, and never one to two of them', async () => {
    const backend = await aReceiver();
    const made = await anEngineWith(
      { tls: { verify: true }, proxyProtocol: 'v1' },
      { transport, servers: { a: backend.url } },
    );
    const [one, other] = [await connectRaw(made.port), await connectRaw(made.port)];
    for (const client of [one, other, one]) {
      const before = client.heard();
      client.send(GET);
      await eventually(() => client.heard().length > before.length && client.heard().endsWith('ok'));
    }
    const header = (client: typeof one): string =>
      `PROXY TCP4 127.0.0.1 127.0.0.1 ${client.socket.localPort} ${made.port}\r\nGET / HTTP/1.1\r\n`;
    expect(texts.slice(0, 3).map((text) => text.slice(0, text.indexOf('Host')))).toEqual([
      header(one),
      header(other),
      header(one),
    ]);
    await eventually(() => backend.open === 0);
  });

  it('opens none ahead, and serves those that wait as others end', async () => {
    const backend = await aReceiver();
    const made = await anEngineWith(
      { tls: { verify: true }, proxyProtocol: 'v1' },
      { transport, servers: { a: backend.url }, connections: { warmup: 3, maxConnections: 1 } },
    );
    made.engine.take(made.engine.settings, made.pool.servers);
    const answers = await Promise.all([1, 2, 3].map(() => askRaw(made.port, GET_ONCE)));
    expect(answers.map(statusOf)).toEqual([200, 200, 200]);
    expect(backend.connections).toBe(3);
  });

  it('by version 2, before TLS', async () => {
    const firsts: Buffer[] = [];
    const server = createServer(good, (_, res) => res.end('ok'));
    const backend = await startRawBackend((socket) => {
      socket.once('readable', () => {
        firsts.push(socket.read(28) as Buffer);
        server.emit('connection', socket);
      });
    });
    const made = await anEngineWith(
      { tls: TRUSTING, proxyProtocol: 'v2' },
      { transport, servers: { a: backend.url.replace('http:', 'https:') } },
    );
    const client = await connectRaw(made.port);
    const { localPort } = client.socket;
    client.send(GET_ONCE);
    expect((await client.closed()).text).toMatch(/ok$/);
    const [first] = firsts;
    expect(first?.subarray(0, 12).toString('latin1')).toBe('\r\n\r\n\0\r\nQUIT\n');
    expect(first?.subarray(12, 24).toString('hex')).toBe('2111000c7f0000017f000001');
    expect([first?.readUInt16BE(24), first?.readUInt16BE(26)]).toEqual([localPort, made.port]);
  });

  it.each(['http:', 'https:'])('and cannot be reached by %s: as any server', async (scheme) => {
    const backend = await startRawBackend(() => {});
    await backend.close();
    const made = await anEngineWith(
      { tls: TRUSTING, proxyProtocol: 'v2' },
      { transport, servers: { a: backend.url.replace('http:', scheme) } },
    );
    expect(statusOf(await askRaw(made.port, GET_ONCE))).toBe(502);
    expect(failures(made)).toEqual(['ECONNREFUSED']);
  });
});
