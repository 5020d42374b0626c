import { once } from 'node:events';
import http2 from 'node:http2';
import net, { type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import tls, { type ConnectionOptions, type TLSSocket } from 'node:tls';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { proxyHeader } from '../../src/transport/proxy-protocol-write.ts';
import type { ConnectionEnds } from '../../src/transport/tls-proxy-header.ts';
import { eventually } from '../support/eventually.ts';
import { aPlainClient, aTlsClient, aTlsListener, echoed, listeningPort } from './a-tls-listener.ts';
import { madeCertificate } from './made-certificates.ts';

const certificate = madeCertificate({ subject: 'a.example', names: ['DNS:a.example'] });
const certificates = [certificate];

/** Suites of TLS 1.2 for a client that would take any of them. */
const only = (ciphers: string): ConnectionOptions => ({
  ciphers: `${ciphers}:@SECLEVEL=0`,
  minVersion: 'TLSv1',
  maxVersion: 'TLSv1.2',
});

describe('a TLS handshake', () => {
  it.each<[string, ConnectionOptions]>([
    ['TLS 1.0', { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'ALL:@SECLEVEL=0' }],
    ['TLS 1.1', { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }],
    ['CBC with SHA-1', only('ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA')],
    ['CBC with SHA-2', only('ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES256-SHA384')],
    ['key exchange by RSA', only('AES128-GCM-SHA256:AES256-GCM-SHA384')],
    ['finite-field Diffie-Hellman', only('DHE-RSA-AES128-GCM-SHA256')],
    ['CCM', only('ECDHE-ECDSA-AES128-CCM8')],
    ['no authentication', only('AECDH-AES128-SHA:ADH-AES128-GCM-SHA256')],
    ['an unknown protocol', { ALPNProtocols: ['gopher'] }],
    ['HTTP/2, which is not offered', { ALPNProtocols: ['h2'] }],
  ])('fails with %s alone, and is counted', async (_, options) => {
    const { port, listener, refusals } = await aTlsListener({ certificates });
    await expect(aTlsClient(port, options)).rejects.toThrow();
    await eventually(() => listener.refused === 1);
    expect(refusals[0]).toMatch(/^ERR_SSL_/);
    expect(listener.handshakes).toBe(0);
    expect(await echoed(await aTlsClient(port), 'still there')).toBe('still there');
  });

  it.each([
    ['ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-AES128-GCM-SHA256'],
    ['ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305', 'ECDHE-ECDSA-AES256-GCM-SHA384'],
    ['ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-CHACHA20-POLY1305'],
  ])('of a client that likes %s agrees on %s', async (ciphers, agreed) => {
    const { port } = await aTlsListener({ certificates });
    const client = await aTlsClient(port, only(ciphers));
    expect(client.getCipher().name).toBe(agreed);
  });

  it('is not repeated on the same connection', async () => {
    const { port } = await aTlsListener({ certificates });
    const client = await aTlsClient(port, { maxVersion: 'TLSv1.2' });
    const failure = await new Promise<Error | null>((resolve) => {
      client.on('error', resolve).renegotiate({}, resolve);
    });
    expect(failure).toMatchObject({ code: 'ERR_SSL_NO_RENEGOTIATION' });
  });

  it.each([
    ['HTTP', 'GET / HTTP/1.1\r\n\r\n', 'ERR_SSL_HTTP_REQUEST'],
    ['garbage', '\xff'.repeat(100), 'ERR_SSL_WRONG_VERSION_NUMBER'],
  ])('that begins with %s is closed', async (_, text, code) => {
    const { port, refusals, listener } = await aTlsListener({ certificates });
    const client = await aPlainClient(port);
    client.resume().write(Buffer.from(text, 'latin1'));
    await once(client, 'close');
    expect(refusals).toEqual([code]);
    expect(listener.handshakes).toBe(0);
  });

  it.each<[string, (client: Socket) => unknown]>([
    ['breaks off', (client) => client.resetAndDestroy()],
    ['ends', (client) => client.end()],
  ])('that %s is counted', async (_, leave) => {
    const { port, refusals, listener } = await aTlsListener({ certificates });
    const client = await aPlainClient(port);
    client.write(Buffer.from('1603010200', 'hex'));
    await eventually(() => listener.handshakes === 1);
    leave(client);
    await eventually(() => refusals.length === 1);
    expect(refusals).toEqual(['ECONNRESET']);
  });

  it('that takes too long is closed, though bytes keep coming', async () => {
    const { port, refusals } = await aTlsListener({ certificates, handshakeTimeout: 150 });
    const client = await aPlainClient(port);
    client.write(Buffer.from('1603010200010001fc0303', 'hex'));
    const drip = setInterval(() => client.write(Buffer.of(0)), 20);
    // A byte that is on its way when the listener closes is answered by a reset.
    const closed = new Promise((resolve) => client.on('error', () => undefined).once('close', resolve));
    client.resume();
    await closed;
    clearInterval(drip);
    expect(refusals).toEqual(['ERR_TLS_HANDSHAKE_TIMEOUT']);
  });

  it('is one of a bounded number', async () => {
    const { port, refusals, listener } = await aTlsListener({ certificates, mostHandshakes: 1 });
    const waiting = await aPlainClient(port);
    await eventually(() => listener.handshakes === 1);
    await once((await aPlainClient(port)).resume(), 'close');
    expect(refusals).toEqual(['TOO_MANY_HANDSHAKES']);
    waiting.destroy();
    await eventually(() => listener.handshakes === 0);
    expect(await echoed(await aTlsClient(port), 'room again')).toBe('room again');
    expect(listener.handshakes).toBe(0);
  });
});

describe('a TLS listener that is sent anything', () => {
  /** What a client begins with. */
  const aHello = async (): Promise<Buffer> => {
    const server = net.createServer();
    const connected = once(server, 'connection');
    const client = tls
      .connect({ port: await listeningPort(server), host: '127.0.0.1' })
      .on('error', () => {});
    const [socket] = (await connected) as [Socket];
    const [hello] = (await once(socket, 'data')) as [Buffer];
    client.destroy();
    return hello;
  };

  it('closes and counts, and goes on', async () => {
    const { port, listener, connections } = await aTlsListener({ certificates, handshakeTimeout: 300 });
    const hello = await aHello();
    const change = fc.tuple(fc.nat(hello.length - 1), fc.integer({ min: 0, max: 255 }));
    const mutated = fc.array(change, { minLength: 1, maxLength: 4 }).map((changes) => {
      const bytes = Buffer.from(hello);
      for (const [at, value] of changes) bytes[at] = value;
      return bytes;
    });
    const anything = fc.oneof(mutated, fc.uint8Array({ minLength: 1, maxLength: 600 }));
    const samples = fc.sample(anything, { seed: 20_260_927, numRuns: 100 });
    const closed = samples.map(async (bytes) => {
      const client = await aPlainClient(port);
      client.resume().write(bytes);
      // A hello that still is one is answered, and then waited for.
      await once(client, 'close');
    });
    await Promise.all(closed);
    await eventually(() => listener.refused === samples.length);
    expect([listener.handshakes, connections.length]).toEqual([0, 0]);
    expect(await echoed(await aTlsClient(port), 'still there')).toBe('still there');
  });
});

describe('a TLS listener that asks for certificates of clients', () => {
  const authority = madeCertificate({ subject: 'clients', isAuthority: true });
  const known = madeCertificate({ subject: 'service-7', by: authority });
  const stranger = madeCertificate({ subject: 'service-7' });
  const other = madeCertificate({ names: ['DNS:b.example'] });
  const mutual = { certificates: [certificate, other], clientCa: authority.cert };

  it.each(['a.example', 'b.example'])(
    'lets those in that its authority signed, at %s',
    async (servername) => {
      const { port, facts } = await aTlsListener(mutual);
      const client = await aTlsClient(port, { cert: known.cert, key: known.key, servername });
      expect(await echoed(client, 'hello')).toBe('hello');
      expect(facts[0]?.client).toBe('CN=service-7');
    },
  );

  const atB = { servername: 'b.example' };
  const shown = { cert: stranger.cert, key: stranger.key };
  it.each([
    ['none', {}, 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE'],
    ['none at another name', atB, 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE'],
    ['one of their own', shown, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['one of their own at another name', { ...shown, ...atB }, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  ])('refuses those who show %s', async (_, options, code) => {
    const { port, refusals, facts } = await aTlsListener(mutual);
    // With TLS 1.3 a client is told only after its own handshake.
    const client = await aTlsClient(port, options).catch(() => undefined);
    client?.on('error', () => {}).resume();
    await eventually(() => refusals.length === 1 && client?.destroyed !== false);
    expect(refusals).toEqual([code]);
    expect(facts).toEqual([]);
  });
});

describe('a TLS listener behind a PROXY header', () => {
  const proxyProtocol = { isTrusted: (address: string) => address === '127.0.0.1' };
  const source = { address: '2001:db8::7', port: 4711 };
  const destination = { address: '2001:db8::1', port: 443 };

  /** Carries TLS over a socket; its first bytes go out behind a header of 28 bytes, in two pieces cut at `at`. */
  const behind = (socket: Socket, at: number): Duplex => {
    let header = proxyHeader(2, { address: '192.0.2.7', port: 1 }, { address: '192.0.2.1', port: 443 });
    const carrier = new Duplex({
      read: () => {},
      write: (chunk: Buffer, _, done) => {
        const all = Buffer.concat([header, chunk]);
        header = Buffer.alloc(0);
        socket.write(all.subarray(0, at));
        setImmediate(() => socket.write(all.subarray(at), done));
      },
    });
    socket.on('data', (bytes) => carrier.push(bytes)).on('close', () => carrier.destroy());
    return carrier;
  };

  it.each([1, 2] as const)('of version %d gives connections the ends that it tells', async (version) => {
    const { port, connections } = await aTlsListener({ certificates, proxyProtocol });
    const socket = await aPlainClient(port);
    socket.write(proxyHeader(version, source, destination));
    const client = await aTlsClient(port, { socket });
    expect(await echoed(client, 'hello')).toBe('hello');
    expect(connections[0]).toMatchObject({
      isEncrypted: true,
      remoteAddress: '2001:db8::7',
      remotePort: 4711,
      localAddress: '2001:db8::1',
      localPort: 443,
    });
  });

  it.each([1, 10, 27, 28, 29, 60, 1000])(
    'takes the header and the first bytes of TLS split at byte %d',
    async (at) => {
      const { port, connections } = await aTlsListener({ certificates, proxyProtocol });
      const client = await aTlsClient(port, { socket: behind(await aPlainClient(port), at) });
      expect(await echoed(client, 'hello')).toBe('hello');
      expect(connections[0]?.remoteAddress).toBe('192.0.2.7');
    },
  );

  it('keeps the ends of the connection where the header tells none', async () => {
    const { port, connections } = await aTlsListener({ certificates, proxyProtocol });
    const socket = await aPlainClient(port);
    socket.write('PROXY UNKNOWN\r\n');
    await echoed(await aTlsClient(port, { socket }), 'x');
    expect(connections[0]).toMatchObject({ remoteAddress: '127.0.0.1', remotePort: socket.localPort });
  });

  it.each([
    ['from a peer that is not trusted', { isTrusted: () => false }, 'PROXY UNKNOWN\r\n', 'PROXY_UNTRUSTED'],
    ['that is none', proxyProtocol, Buffer.from('16030102', 'hex'), 'PROXY_MALFORMED'],
    ['that does not end in time', { ...proxyProtocol, timeout: 50 }, 'PROXY ', 'PROXY_TIMEOUT'],
  ])('closes for one %s', async (_, options, bytes, code) => {
    const { port, listener, refusals } = await aTlsListener({ certificates, proxyProtocol: options });
    const socket = await aPlainClient(port);
    socket.write(bytes);
    await once(socket.resume(), 'close');
    await eventually(() => refusals.length === 1);
    expect(refusals).toEqual([code]);
    expect(listener.handshakes).toBe(0);
  });

  it('closes for one that the peer breaks off', async () => {
    const { port, listener, refusals } = await aTlsListener({ certificates, proxyProtocol });
    const socket = await aPlainClient(port);
    await eventually(() => listener.handshakes === 1);
    socket.end();
    await eventually(() => refusals.length === 1);
    expect(refusals).toEqual(['PROXY_ENDED']);
  });
});

describe('a TLS listener that takes HTTP/2', () => {
  const aHttp2Listener = async (ends: ConnectionEnds[]) => {
    const acceptHttp2 = (socket: TLSSocket, its: ConnectionEnds): void => {
      ends.push(its);
      http2.performServerHandshake(socket).on('stream', (stream) => {
        stream.respond({ ':status': 200 });
        stream.end('by HTTP/2');
      });
    };
    return aTlsListener({ certificates, acceptHttp2 });
  };

  it('hands over those who agree on it', async () => {
    const ends: ConnectionEnds[] = [];
    const { port, connections } = await aHttp2Listener(ends);
    const session = http2.connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
    const stream = session.request({ ':path': '/' });
    const pieces: Buffer[] = [];
    for await (const piece of stream) pieces.push(piece as Buffer);
    expect(String(Buffer.concat(pieces))).toBe('by HTTP/2');
    expect(ends).toMatchObject([{ remoteAddress: '127.0.0.1', localPort: port }]);
    expect(connections).toEqual([]);
    session.destroy();
  });

  it('accepts the others as ever', async () => {
    const { port, facts } = await aHttp2Listener([]);
    expect(await echoed(await aTlsClient(port, { ALPNProtocols: ['http/1.1'] }), 'x')).toBe('x');
    expect(await echoed(await aTlsClient(port), 'x')).toBe('x');
    expect(facts.map(({ protocol }) => protocol)).toEqual(['http/1.1', '']);
  });
});
