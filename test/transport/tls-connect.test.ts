import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls, { type TLSSocket, type TlsOptions } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Connection, HEADROOM, type SocketAddress } from '../../src/transport/connection.ts';
import { type Connect, type TlsConnectOptions, tlsConnector } from '../../src/transport/tls-connect.ts';
import { aCertificate } from '../support/a-certificate.ts';
import { eventually } from '../support/eventually.ts';
import { listeningPort } from './a-tls-listener.ts';
import { madeCertificate } from './made-certificates.ts';

const authority = madeCertificate({ subject: 'authority', isAuthority: true });
const good = madeCertificate({ names: ['DNS:a.example', 'IP:127.0.0.1'], by: authority });
const selfSigned = madeCertificate({ names: ['DNS:a.example'] });
const expired = aCertificate({ names: ['a.example'], to: '2021-01-01' });

interface TestServer {
  readonly port: number;
  readonly sockets: TLSSocket[];
}

/** A TLS server of Node's that echoes. */
const aServer = async (options: TlsOptions): Promise<TestServer> => {
  const sockets: TLSSocket[] = [];
  const server = tls.createServer(options, (socket) => {
    sockets.push(socket.on('error', () => {}));
    socket.pipe(socket);
  });
  return { port: await listeningPort(server), sockets };
};

interface Heard {
  readonly connection: Connection;
  readonly heard: string[];
  readonly starts: number[];
  text: string;
}

const at = (port: number): SocketAddress => ({ kind: 'tcp', host: '127.0.0.1', port });

/** Connects, and notes what its owner hears. */
const connecting = (connect: Connect, address: SocketAddress): Heard => {
  const heard: Omit<Heard, 'connection'> = { heard: [], starts: [], text: '' };
  const connection = connect(address, {
    onConnected: () => heard.heard.push('connected'),
    onData(bytes, start, end) {
      heard.starts.push(start);
      heard.text += bytes.toString('latin1', start, end);
    },
    onEnd: () => heard.heard.push('end'),
    onDrained: () => heard.heard.push('drained'),
    onFailed: (code) => heard.heard.push(code),
  });
  onTestFinished(() => connection.close());
  return Object.assign(heard, { connection });
};

const outcome = async (options: TlsConnectOptions, address: SocketAddress): Promise<readonly string[]> => {
  const { heard } = connecting(tlsConnector(options), address);
  await eventually(() => heard.length > 0);
  return heard;
};

describe('a TLS connection to a server', () => {
  it('is there once the server is verified, and moves bytes', async () => {
    const { port, sockets } = await aServer({ ...good, ALPNProtocols: ['h2', 'http/1.1'] });
    const one = connecting(tlsConnector({ ca: authority.cert, servername: 'a.example' }), at(port));
    await eventually(() => one.heard.length > 0);
    one.connection.write(Buffer.from('hello'));
    await eventually(() => one.text === 'hello');
    expect(one.heard[0]).toBe('connected');
    expect(one.starts[0]).toBeGreaterThanOrEqual(HEADROOM);
    expect(one.connection).toMatchObject({ isEncrypted: true, remoteAddress: '127.0.0.1', remotePort: port });
    expect(sockets[0]).toMatchObject({ alpnProtocol: 'http/1.1', servername: 'a.example' });
  });

  it('hears the end of the server, and can still be written to', async () => {
    const server = tls.createServer({ ...good, allowHalfOpen: true } as TlsOptions, (socket) =>
      socket.end('x'),
    );
    const received = once(server, 'secureConnection').then(([socket]) => once(socket as TLSSocket, 'data'));
    const one = connecting(tlsConnector({ ca: authority.cert }), at(await listeningPort(server)));
    await eventually(() => one.heard.includes('end'));
    one.connection.write(Buffer.from('late'));
    expect(String((await received)[0])).toBe('late');
    expect(one.text).toBe('x');
  });

  it('hears nothing after it was closed', async () => {
    const { port } = await aServer(good);
    const one = connecting(tlsConnector({ ca: authority.cert }), at(port));
    one.connection.close();
    const other = connecting(tlsConnector({ ca: authority.cert }), at(port));
    await eventually(() => other.heard.length > 0);
    expect(one.heard).toEqual([]);
  });

  it('goes over a unix socket too', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'forehand-tls-'));
    const path = join(folder, 's');
    const server = tls.createServer(good, (socket) => socket.pipe(socket)).listen(path);
    onTestFinished(() => {
      server.close();
      rmSync(folder, { recursive: true });
    });
    await once(server, 'listening');
    const options = { ca: authority.cert, servername: 'a.example' };
    expect(await outcome(options, { kind: 'unix', path })).toEqual(['connected']);
    const [code] = await outcome({ ca: authority.cert }, { kind: 'unix', path });
    expect(code).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
  });
});

describe('the verification of a server', () => {
  const ca = authority.cert;
  it.each<[string, TlsOptions, TlsConnectOptions, string]>([
    ['a good certificate', good, { ca, servername: 'a.example' }, 'connected'],
    ['a good certificate by its address', good, { ca }, 'connected'],
    ['a good certificate by an address as name', good, { ca, servername: '127.0.0.1' }, 'connected'],
    ['another name', good, { ca, servername: 'b.example' }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['another address as name', good, { ca, servername: '127.0.0.2' }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    [
      'no alternative name for its address',
      selfSigned,
      { ca: selfSigned.cert },
      'ERR_TLS_CERT_ALTNAME_INVALID',
    ],
    ['a self-signed certificate', selfSigned, { servername: 'a.example' }, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['its own certificate', selfSigned, { ca: selfSigned.cert, servername: 'a.example' }, 'connected'],
    ['an unknown authority', good, { servername: 'a.example' }, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    [
      'a certificate that is over',
      expired,
      { ca: expired.cert, servername: 'a.example' },
      'CERT_HAS_EXPIRED',
    ],
    ['anything, if it is off', expired, { verify: false, servername: 'b.example' }, 'connected'],
    [
      'TLS 1.1',
      { ...good, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' },
      { ca },
      'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
    ],
  ])('takes %s for what it is', async (_, server, options, said) => {
    const { port } = await aServer(server);
    expect(await outcome(options, at(port))).toEqual([said]);
  });

  it.each([
    ['speaks no TLS', (socket: net.Socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'), /^ERR_SSL_/],
    ['ends at once', (socket: net.Socket) => socket.end(), /^ECONNRESET$/],
    ['breaks off', (socket: net.Socket) => socket.resetAndDestroy(), /^ECONNRESET$/],
  ])('fails, and nothing else is heard, where the server %s', async (_, answer, code) => {
    const port = await listeningPort(net.createServer(answer));
    const one = connecting(tlsConnector({}), at(port));
    await eventually(() => one.heard.length > 0);
    await eventually(() => one.connection.isClosed);
    expect(one.heard).toEqual([expect.stringMatching(code)]);
  });

  it('fails where nobody listens', async () => {
    const server = net.createServer();
    const port = await listeningPort(server);
    server.close();
    expect(await outcome({}, at(port))).toEqual(['ECONNREFUSED']);
  });

  it('is refused from the start with a key that is none', () => {
    expect(() => tlsConnector({ cert: good.cert, key: 'x' })).toThrow();
    expect(() => tlsConnector({ cert: good.cert, key: selfSigned.key })).toThrow();
  });
});

describe('a server that asks for a certificate', () => {
  const client = madeCertificate({ subject: 'proxy', by: authority });
  const server: TlsOptions = { ...good, ca: authority.cert, requestCert: true, maxVersion: 'TLSv1.2' };

  it('is shown one', async () => {
    const { port, sockets } = await aServer(server);
    const options = { ca: authority.cert, cert: client.cert, key: client.key };
    expect(await outcome(options, at(port))).toEqual(['connected']);
    expect(sockets[0]?.getPeerCertificate().subject.CN).toBe('proxy');
  });

  it('refuses us without', async () => {
    const { port } = await aServer(server);
    // OpenSSL 3.0 and 3.5 name it differently.
    const [code] = await outcome({ ca: authority.cert }, at(port));
    expect(code).toMatch(/^ERR_SSL_.*_ALERT_HANDSHAKE_FAILURE$/);
  });
});

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('the session of %s with a server', (maxVersion) => {
  /** Connects, sees a byte come back, closes. */
  const isResumed = async (connect: Connect, server: TestServer): Promise<boolean | undefined> => {
    const before = server.sockets.length;
    const one = connecting(connect, at(server.port));
    await eventually(() => one.heard.length > 0);
    expect(one.heard[0]).toBe('connected');
    one.connection.write(Buffer.from('x'));
    await eventually(() => one.text === 'x');
    one.connection.close();
    return server.sockets[before]?.isSessionReused();
  };

  it('is resumed by the next connection', async () => {
    const server = await aServer({ ...good, maxVersion });
    const connect = tlsConnector({ ca: authority.cert });
    expect(await isResumed(connect, server)).toBe(false);
    expect(await isResumed(connect, server)).toBe(true);
    expect(await isResumed(connect, server)).toBe(true);
    expect(await isResumed(tlsConnector({ ca: authority.cert }), server)).toBe(false);
  });

  it('is not kept where the server was not verified, which nobody would look at again', async () => {
    const { port } = await aServer({ ...good, maxVersion });
    const connect = tlsConnector({ ca: authority.cert, servername: 'b.example' });
    for (let round = 0; round < 3; round += 1) {
      const one = connecting(connect, at(port));
      await eventually(() => one.heard.length > 0);
      expect(one.heard).toEqual(['ERR_TLS_CERT_ALTNAME_INVALID']);
    }
  });
});
