import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connectBehindHeader } from '../../src/transport/connect-behind-header.ts';
import type { Connection } from '../../src/transport/connection.ts';
import { tlsConnector } from '../../src/transport/tls-connect.ts';
import { FakeConnection } from '../support/a-fake-connection.ts';
import { eventually } from '../support/eventually.ts';
import { listeningPort } from './a-tls-listener.ts';
import { madeCertificate } from './made-certificates.ts';
import { Recorder, TRANSPORTS } from './transports.ts';

const HEADER = Buffer.from('PROXY UNKNOWN\r\n');
const at = (port: number) => ({ kind: 'tcp', host: '127.0.0.1', port }) as const;

const closing = <T extends Connection>(connection: T): T => {
  onTestFinished(() => connection.close());
  return connection;
};

describe.each(TRANSPORTS)('a connection behind a header, by $name', (transport) => {
  it('is connected once the header is out, and everything else goes behind that', async () => {
    const heard: string[] = [];
    const server = net.createServer((socket) => socket.on('data', (piece) => heard.push(String(piece))));
    const owner = new Recorder();
    const address = at(await listeningPort(server));
    const connection = closing(connectBehindHeader(transport, address, HEADER, owner));
    expect(owner.heard).toEqual([]);
    await owner.hears('connected');
    connection.write(Buffer.from('hello'));
    await eventually(() => heard.join('') === 'PROXY UNKNOWN\r\nhello');
    expect(owner.heard).toEqual(['connected']);
  });

  it('fails as any other', async () => {
    const server = net.createServer();
    const port = await listeningPort(server);
    await new Promise((resolve) => server.close(resolve));
    const owner = new Recorder();
    closing(connectBehindHeader(transport, at(port), HEADER, owner));
    await owner.hears('ECONNREFUSED');
    expect(owner.heard).toEqual(['ECONNREFUSED']);
  });
});

describe('a header that the server does not take at once', () => {
  const waiting = () => {
    const owner = new Recorder();
    const made: FakeConnection[] = [];
    const transport = {
      ...TRANSPORTS[0]!,
      connect: (_: unknown, itsOwner: ConstructorParameters<typeof FakeConnection>[0]) => {
        const connection = new FakeConnection(itsOwner);
        made.push(connection);
        connection.takes = false;
        return connection;
      },
    };
    connectBehindHeader(transport, at(1), HEADER, owner);
    return { owner, connection: made[0]! };
  };

  it('has the owner wait', async () => {
    const { owner, connection } = waiting();
    await connection.connects();
    expect(owner.heard).toEqual([]);
    await connection.drains();
    expect(owner.heard).toEqual(['connected']);
    expect(connection.taken).toBe('PROXY UNKNOWN\r\n');
  });

  it.each([
    ['speaks', (connection: FakeConnection) => connection.says('220 smtp\r\n'), 'EPROTO'],
    ['ends', (connection: FakeConnection) => connection.ends(), 'ECONNRESET'],
    ['breaks', (connection: FakeConnection) => connection.fails('EPIPE'), 'EPIPE'],
  ])('fails when the server %s', async (_, happens, code) => {
    const { owner, connection } = waiting();
    await connection.connects();
    await happens(connection);
    expect(owner.heard).toEqual([code]);
    expect(connection.isClosed).toBe(true);
  });
});

describe('a TLS connection behind a header', () => {
  const certificate = madeCertificate({ names: ['IP:127.0.0.1'] });
  const connect = tlsConnector({ ca: certificate.cert });

  it('sends the header before the handshake, and verifies the server', async () => {
    let first = '';
    const server = net.createServer(async (socket) => {
      await once(socket, 'readable');
      first = String(socket.read(HEADER.length));
      const secure = new tls.TLSSocket(socket, { isServer: true, ...certificate });
      secure.pipe(secure);
    });
    const owner = new Recorder();
    const connection = closing(connect(at(await listeningPort(server)), owner, HEADER));
    await owner.hears('connected');
    connection.write(Buffer.from('hello'));
    await owner.has('hello');
    expect(first).toBe('PROXY UNKNOWN\r\n');
    expect(connection).toMatchObject({ isEncrypted: true, remoteAddress: '127.0.0.1' });
  });

  it('fails once, with the code of the system or of TLS', async () => {
    const server = net.createServer((socket) =>
      socket
        .on('error', () => {})
        .resume()
        .end('220 smtp\r\n'),
    );
    const port = await listeningPort(server);
    const owner = new Recorder();
    closing(connect(at(port), owner, HEADER));
    await eventually(() => owner.heard.length > 0);
    expect(owner.heard).toEqual([expect.stringMatching(/^E/)]);
    await new Promise((resolve) => server.close(resolve));
    const refused = new Recorder();
    closing(connect(at(port), refused, HEADER));
    await refused.hears('ECONNREFUSED');
    expect(refused.heard).toEqual(['ECONNREFUSED']);
  });

  it('leaves no socket behind when it is closed while it connects', async () => {
    const sockets: net.Socket[] = [];
    const server = net.createServer((socket) => void sockets.push(socket.on('error', () => {}).resume()));
    const connection = connect(at(await listeningPort(server)), new Recorder(), HEADER);
    await eventually(() => sockets.length === 1);
    connection.close();
    await eventually(() => sockets[0]?.destroyed);
  });
});
