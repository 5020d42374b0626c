import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { createServer } from 'node:https';
import net from 'node:net';
import tls, { type ConnectionOptions, type TLSSocket } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { aDataPlane } from '../support/a-data-plane.ts';
import { listenForTest } from '../support/a-door.ts';
import { eventually } from '../support/eventually.ts';
import { askRaw } from '../support/raw-client.ts';
import { startBackend } from '../support/start-backend.ts';
import { aTlsClient } from '../transport/a-tls-listener.ts';
import { madeCertificate } from '../transport/made-certificates.ts';

const authority = madeCertificate({ subject: 'authority', isAuthority: true });
const other = madeCertificate({ subject: 'other authority', isAuthority: true });
const first = madeCertificate({ subject: 'first', names: ['DNS:first.example'] });
const second = madeCertificate({ subject: 'second', names: ['DNS:*.second.example'] });
const renewed = madeCertificate({ subject: 'renewed', names: ['DNS:first.example'] });
const client = madeCertificate({ subject: 'client', by: authority });
const otherClient = madeCertificate({ subject: 'other client', by: other });

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

const aTeller = () =>
  startBackend((req, res) => {
    const { 'x-forwarded-for': from, 'x-forwarded-proto': scheme } = req.headers;
    res.end(`<${from} ${scheme}>`);
  });

/** Sends a request and resolves with the answer, whose body is a word in angle brackets. */
const ask = async (socket: TLSSocket): Promise<string> => {
  socket.write(GET);
  let text = '';
  while (!text.endsWith('>')) text += String((await once(socket, 'data'))[0]);
  return /<(.*)>/.exec(text)?.[1] ?? '';
};

const shown = (socket: TLSSocket): string => String(socket.getPeerCertificate().subject.CN);

/** Whether a client is served. By TLS 1.3 it may be told only behind the handshake that it is not. */
const isServed = (port: number, options: ConnectionOptions): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
    onTestFinished(() => void socket.destroy());
    socket.once('data', () => resolve(true)).on('error', () => {});
    socket.once('close', () => resolve(false));
    socket.write(GET);
  });

type Files = Parameters<Parameters<typeof aDataPlane>[0]>[0];

/** A listener with TLS before a server that answers who the proxy says the client is. */
const aTlsPlane = async (more: (files: Files) => object = () => ({}), listener: object = {}) => {
  const { url } = await aTeller();
  const config = (files: Files) => ({
    listen: {
      address: '127.0.0.1:0',
      name: 'public',
      tls: {
        certificates: [files.writeCertificate('first', first), files.writeCertificate('second', second)],
        ...more(files),
      },
      ...listener,
    },
    pools: { web: { servers: [url] } },
  });
  const made = await aDataPlane(config, { logLevel: 'debug' });
  /** As it was, but for what stands in the files. */
  const again = {
    ...config({ ...made, writeCertificate: (name) => ({ cert: `${name}.crt`, key: `${name}.key` }) }),
  };
  return { ...made, again, url };
};

describe('a listener with TLS', () => {
  it.each([
    ['first.example', 'first'],
    ['www.second.example', 'second'],
    ['nobody.example', 'first'],
  ])('shows a client that asks for %s the certificate %s', async (servername, name) => {
    const { port } = await aTlsPlane();
    expect(shown(await aTlsClient(port(), { servername }))).toBe(name);
  });

  it('answers request after request on a connection', async () => {
    const { port } = await aTlsPlane();
    const socket = await aTlsClient(port());
    for (let i = 0; i < 5; i++) expect(await ask(socket)).toBe('127.0.0.1 https');
  });

  it('tells servers that the client came by https', async () => {
    const { port } = await aTlsPlane();
    const socket = await aTlsClient(port(), { ALPNProtocols: ['h2', 'http/1.1'] });
    expect(socket.alpnProtocol).toBe('http/1.1');
    expect(await ask(socket)).toBe('127.0.0.1 https');
  });

  it('behind a proxy that writes PROXY headers, tells of the client before that', async () => {
    const { port } = await aTlsPlane(undefined, { proxyProtocol: true });
    const below = net.connect(port(), '127.0.0.1');
    below.write('PROXY TCP4 203.0.113.7 203.0.113.1 4711 443\r\n');
    const socket = tls.connect({ socket: below, rejectUnauthorized: false });
    onTestFinished(() => void socket.destroy());
    expect(await ask(socket)).toBe('203.0.113.7 https');
  });

  it('with `http2`, serves clients that ask for it, and all others as before', async () => {
    const { port } = await aTlsPlane(undefined, { http2: true });
    const session = connectHttp2(`https://127.0.0.1:${port()}`, { rejectUnauthorized: false });
    onTestFinished(() => session.destroy());
    let text = '';
    for await (const piece of session.request({ ':path': '/' })) text += piece;
    expect(text).toBe('<127.0.0.1 https>');
    expect(await ask(await aTlsClient(port()))).toBe('127.0.0.1 https');
  });

  it('with `clientCa`, serves those alone that have a certificate of it', async () => {
    const { port, said } = await aTlsPlane(({ write }) => ({ clientCa: write('ca.crt', authority.cert) }));
    expect(await ask(await aTlsClient(port(), { cert: client.cert, key: client.key }))).toBe(
      '127.0.0.1 https',
    );
    expect(await isServed(port(), {})).toBe(false);
    expect(await isServed(port(), { cert: otherClient.cert, key: otherClient.key })).toBe(false);
    const refused = said.filter(({ message }) => message === 'connection of a client refused');
    expect(refused.map(({ fields }) => fields['listener'])).toEqual(['public', 'public']);
  });

  it('has a limit for handshakes', async () => {
    const { url } = await aTeller();
    const { port } = await aDataPlane(({ writeCertificate }) => ({
      listen: { address: '127.0.0.1:0', tls: { certificates: [writeCertificate('a', first)] } },
      timeouts: { requestHeaders: '200ms' },
      pools: { web: { servers: [url] } },
    }));
    expect(await askRaw(port(), '')).toBe('');
  });
});

describe('files of a listener that change', () => {
  it('give new connections another certificate, and those that are open stay', async () => {
    const { port, again, reload, writeCertificate, plane } = await aTlsPlane();
    const before = await aTlsClient(port(), { servername: 'first.example' });
    await ask(before);
    writeCertificate('first', renewed);
    expect(await reload(again)).toMatchObject({ ok: true, ignored: [] });
    expect(shown(await aTlsClient(port(), { servername: 'first.example' }))).toBe('renewed');
    expect(shown(await aTlsClient(port(), { servername: 'www.second.example' }))).toBe('second');
    expect(await ask(before)).toBe('127.0.0.1 https');
    expect(shown(before)).toBe('first');
    expect(plane.engine.clients.size).toBeGreaterThan(1);
  });

  it('are taken by listeners that are found again by their address', async () => {
    const { port, again, reload, writeCertificate } = await aTlsPlane();
    const listen = [{ address: '127.0.0.2:0' }, { ...again.listen, name: 'another' }];
    writeCertificate('first', renewed);
    expect(await reload({ ...again, listen })).toMatchObject({ ok: true, ignored: ['listen'] });
    expect(shown(await aTlsClient(port()))).toBe('renewed');
  });

  it('that do not go together leave everything as it was', async () => {
    const { port, again, reload, write } = await aTlsPlane();
    write('first.crt', renewed.cert);
    const result = await reload(again);
    expect(result).toMatchObject({ ok: false });
    expect(result.text).toContain('this key does not belong to the certificate');
    expect(shown(await aTlsClient(port()))).toBe('first');
  });

  it('give other authorities for clients', async () => {
    const { port, again, reload, write } = await aTlsPlane(({ write: to }) => ({
      clientCa: to('ca.crt', authority.cert),
    }));
    const known = { cert: client.cert, key: client.key, maxVersion: 'TLSv1.2' } as const;
    const session = (await aTlsClient(port(), known)).getSession();
    expect((await aTlsClient(port(), { ...known, session })).isSessionReused()).toBe(true);
    write('ca.crt', other.cert);
    expect(await reload(again)).toMatchObject({ ok: true, ignored: [] });
    expect(await isServed(port(), known)).toBe(false);
    expect(await isServed(port(), { ...known, session })).toBe(false);
    expect(await isServed(port(), { cert: otherClient.cert, key: otherClient.key })).toBe(true);
  });

  it('do not make a listener ask for certificates of clients that did not, nor the other way round', async () => {
    const open = await aTlsPlane();
    const wanting = { ...open.again.listen.tls, clientCa: open.write('ca.crt', authority.cert) };
    const listen = { ...open.again.listen, tls: wanting };
    expect(await open.reload({ ...open.again, listen })).toMatchObject({ ok: true, ignored: ['listen'] });
    expect(await isServed(open.port(), {})).toBe(true);
    const strict = await aTlsPlane(({ write }) => ({ clientCa: write('ca.crt', authority.cert) }));
    const { clientCa: _, ...free } = strict.again.listen.tls as { clientCa?: string };
    const freed = { ...strict.again, listen: { ...strict.again.listen, tls: free } };
    expect(await strict.reload(freed)).toMatchObject({ ok: true, ignored: ['listen'] });
    expect(await isServed(strict.port(), {})).toBe(false);
  });
});

describe('session tickets', () => {
  const session = async (port: number): Promise<Buffer> => {
    const socket = await aTlsClient(port, { maxVersion: 'TLSv1.2' });
    const ticket = socket.getSession();
    socket.destroy();
    if (!ticket) throw new Error('no session');
    return ticket;
  };
  const resumes = async (port: number, ticket: Buffer): Promise<boolean> =>
    (await aTlsClient(port, { session: ticket, maxVersion: 'TLSv1.2' })).isSessionReused();
  const keys = (): string => randomBytes(48).toString('base64');

  it('are sealed with keys that change, which costs a handshake and nothing else', async () => {
    const { port, plane } = await aTlsPlane();
    const ticket = await session(port());
    expect(await resumes(port(), ticket)).toBe(true);
    plane.setTicketKeys(randomBytes(48));
    expect(await resumes(port(), ticket)).toBe(false);
    expect(await resumes(port(), await session(port()))).toBe(true);
  });

  it('are opened by whoever has the same file', async () => {
    const shared = keys();
    const files = ({ write }: Files) => ({ ticketKeys: write('ticket.keys', shared) });
    const [one, two] = [await aTlsPlane(files), await aTlsPlane(files)];
    one.plane.setTicketKeys(randomBytes(48));
    expect(await resumes(two.port(), await session(one.port()))).toBe(true);
  });

  it('are sealed with the keys of a file that has changed', async () => {
    const made = await aTlsPlane(({ write }) => ({ ticketKeys: write('ticket.keys', keys()) }));
    const ticket = await session(made.port());
    made.write('ticket.keys', keys());
    const tlsAgain = { ...made.again.listen.tls, ticketKeys: 'ticket.keys' };
    made.write('ticket.keys', keys());
    const again = { ...made.again, listen: { ...made.again.listen, tls: tlsAgain } };
    expect(await made.reload(again)).toMatchObject({ ok: true, ignored: [] });
    expect(await resumes(made.port(), ticket)).toBe(false);
    const { ticketKeys: _, ...without } = tlsAgain as { ticketKeys?: string };
    const fresh = await session(made.port());
    await made.reload({ ...again, listen: { ...again.listen, tls: without } });
    expect(await resumes(made.port(), fresh)).toBe(false);
  });
});

describe('an https server', () => {
  const anHttpsServer = async () => {
    const certificate = madeCertificate({ names: ['IP:127.0.0.1'], by: authority });
    const server = createServer(certificate, (req, res) => res.end(`<${req.headers.authorization}>`));
    server.on('tlsClientError', () => {});
    return `https://127.0.0.1:${await listenForTest(server)}`;
  };
  const ONCE = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

  it('gets requests once it is trusted, by a reload; before that the log says once why not', async () => {
    const url = await anHttpsServer();
    const pool = (tlsOfPool: object) => ({ pools: { web: { servers: [url], tls: tlsOfPool } } });
    const { port, said, reload, write } = await aDataPlane(() => pool({}));
    for (let i = 0; i < 3; i++) expect(await askRaw(port(), ONCE)).toMatch(/^HTTP\/1\.1 502 /);
    const warnings = () => said.filter(({ message }) => message === 'no TLS with a server');
    expect(warnings()).toMatchObject(
      [{ level: 'warn', fields: { pool: 'web', detail: /^[A-Z_]+$/ } }].map((line) => ({
        ...line,
        fields: { ...line.fields, detail: expect.stringMatching(line.fields.detail) },
      })),
    );
    await reload(pool({ ca: write('ca.crt', authority.cert) }));
    expect(await askRaw(port(), ONCE)).toMatch(/^HTTP\/1\.1 200 /);
    await reload(pool({}));
    expect(await askRaw(port(), ONCE)).toMatch(/^HTTP\/1\.1 502 /);
    expect(warnings()).toHaveLength(2);
  });

  it.each([
    [{ user: 'forehand', password: 'Füße' }, `Basic ${Buffer.from('forehand:Füße').toString('base64')}`],
    [{ bearerFile: 'token' }, 'Bearer s3cr3t'],
  ])('is told %j in place of what the client says', async (credentials, told) => {
    const url = await anHttpsServer();
    const { port } = await aDataPlane(({ write }) => {
      write('token', 's3cr3t\n');
      return { pools: { web: { servers: [url], tls: { verify: false }, credentials } } };
    });
    const answer = await askRaw(port(), ONCE.replace('\r\n\r\n', '\r\nAuthorization: Basic eDp5\r\n\r\n'));
    expect(answer).toContain(`<${told}>`);
  });

  it('is connected to ahead, and its connections are seen', async () => {
    const url = await anHttpsServer();
    const { traffic } = await aDataPlane(() => ({
      pools: { web: { servers: [url], tls: { verify: false }, warmup: 2 } },
    }));
    await eventually(() => traffic.servers()[0]?.connections?.idle === 2);
  });
});

it('the metrics tell when certificates end', async () => {
  const { traffic } = await aTlsPlane();
  const { body } = await traffic.metrics.text();
  const ends = [...body.matchAll(/^forehand_tls_cert_not_after_timestamp_seconds\{name="(.*)"\} (\d+)$/gm)];
  expect(ends.map(([, name]) => name)).toEqual(['first.crt', 'second.crt']);
  for (const [, , at] of ends) expect(Number(at) * 1000).toBeGreaterThan(Date.now());
});
