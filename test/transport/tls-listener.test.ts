import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ConfigError } from '../../src/core/errors.ts';
import type { Connection } from '../../src/transport/connection.ts';
import { listenTls } from '../../src/transport/tls-listener.ts';
import { eventually } from '../support/eventually.ts';
import { aListeningOwner } from './a-connection.ts';
import { aPlainClient, aTlsClient, aTlsListener, echoed } from './a-tls-listener.ts';
import { madeCertificate } from './made-certificates.ts';

const first = madeCertificate({ subject: 'first', names: ['DNS:first.example'] });
const exact = madeCertificate({ subject: 'exact', names: ['DNS:www.b.example', 'DNS:first.example'] });
const wildcard = madeCertificate({ subject: 'wildcard', names: ['DNS:*.b.example', 'DNS:b.example'] });
const certificates = [first, exact, wildcard];

const shown = async (port: number, servername?: string): Promise<string> => {
  const client = await aTlsClient(port, servername === undefined ? {} : { servername });
  return String(client.getPeerCertificate().subject.CN);
};

describe('a TLS listener', () => {
  it.each([
    ['first.example', 'first'],
    ['www.b.example', 'exact'],
    ['WWW.B.EXAMPLE', 'exact'],
    ['api.b.example', 'wildcard'],
    ['b.example', 'wildcard'],
    ['deep.api.b.example', 'first'],
    ['nobody.example', 'first'],
    ['localhost', 'first'],
    [undefined, 'first'],
  ])('shows a client that asks for %s the certificate %s', async (servername, subject) => {
    const { port } = await aTlsListener({ certificates });
    expect(await shown(port, servername)).toBe(subject);
  });

  it('hands out encrypted connections and tells what was agreed on', async () => {
    const { port, facts, connections } = await aTlsListener({ certificates });
    const client = await aTlsClient(port, { servername: 'api.b.example', ALPNProtocols: ['h2', 'http/1.1'] });
    expect(await echoed(client, 'hello')).toBe('hello');
    expect(client.alpnProtocol).toBe('http/1.1');
    expect(facts).toEqual([
      { servername: 'api.b.example', protocol: 'http/1.1', version: 'TLSv1.3', isResumed: false, client: '' },
    ]);
    expect(connections[0]).toMatchObject({
      isEncrypted: true,
      remoteAddress: '127.0.0.1',
      remotePort: client.localPort,
      localAddress: '127.0.0.1',
      localPort: port,
    });
  });

  it('tells of a client that offers and names nothing', async () => {
    const { port, facts } = await aTlsListener({ certificates });
    await aTlsClient(port, { maxVersion: 'TLSv1.2' });
    await eventually(() => facts.length === 1);
    expect(facts[0]).toMatchObject({ servername: '', protocol: '', version: 'TLSv1.2' });
  });

  it('moves much data in both directions unchanged', async () => {
    const { port } = await aTlsListener({ certificates });
    const client = await aTlsClient(port);
    const sent = randomBytes(3_000_000);
    client.end(sent);
    const pieces: Buffer[] = [];
    for await (const piece of client) pieces.push(piece as Buffer);
    expect(Buffer.concat(pieces).equals(sent)).toBe(true);
  });

  it('hears the end of a client, who can still be written to', async () => {
    const { port, connections } = await aTlsListener({ certificates });
    const client = await aTlsClient(port, { allowHalfOpen: true } as tls.ConnectionOptions);
    await echoed(client, 'x');
    const connection = connections[0] as Connection;
    const owner = aListeningOwner();
    connection.owner = owner;
    client.end('bye');
    await eventually(() => owner.heard.length > 0);
    expect([owner.heard, owner.text]).toEqual([['end'], 'bye']);
    await new Promise((resolve) => setImmediate(resolve));
    connection.write(Buffer.from('late'));
    connection.end();
    let late = '';
    for await (const piece of client) late += piece;
    expect(late).toBe('late');
  });

  it('hears a client break', async () => {
    const { port, echoes } = await aTlsListener({ certificates });
    const raw = await aPlainClient(port);
    const client = await aTlsClient(port, { socket: raw });
    await echoed(client, 'x');
    raw.resetAndDestroy();
    await eventually(() => echoes[0]?.heard.length);
    expect(echoes[0]?.heard).toEqual(['ECONNRESET']);
    expect(echoes[0]?.connection.isClosed).toBe(true);
  });

  it('listens on a unix socket', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'forehand-tls-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 's');
    const { listener, connections } = await aTlsListener({ certificates }, { kind: 'unix', path });
    const client = tls.connect({ path, rejectUnauthorized: false });
    onTestFinished(() => void client.destroy());
    await once(client, 'secureConnect');
    expect(await echoed(client, 'hello')).toBe('hello');
    expect(listener.address).toBe(`unix:${path}`);
    expect(connections[0]).toMatchObject({ remoteAddress: '', remotePort: 0 });
  });

  it('listens on a socket that was handed down', async () => {
    type Bound = { readonly fd: number; close(): void };
    const create = (net as unknown as { _createServerHandle: (...args: unknown[]) => Bound })
      ._createServerHandle;
    const bound = create('127.0.0.1', 0, 4, -1, 0);
    onTestFinished(() => bound.close());
    const { port } = await aTlsListener({ certificates }, { kind: 'held', fd: bound.fd });
    expect(await shown(port)).toBe('first');
  });

  it('rejects with the code of the system where it cannot listen', async () => {
    const { port } = await aTlsListener({ certificates });
    const again = aTlsListener({ certificates }, { kind: 'tcp', host: '127.0.0.1', port });
    await expect(again).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('accepts no more once closed, and connections stay', async () => {
    const { port, listener } = await aTlsListener({ certificates });
    const client = await aTlsClient(port);
    listener.close();
    await expect(aTlsClient(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(await echoed(client, 'still')).toBe('still');
  });
});

describe('the certificates of a TLS listener', () => {
  it('change without touching a connection', async () => {
    const { port, listener } = await aTlsListener({ certificates });
    const before = await aTlsClient(port);
    listener.update([wildcard, first]);
    expect(await echoed(before, 'goes on')).toBe('goes on');
    expect(await shown(port)).toBe('wildcard');
    expect(await shown(port, 'first.example')).toBe('first');
    expect(await shown(port, 'www.b.example')).toBe('wildcard');
    expect(await echoed(before, 'and on')).toBe('and on');
  });

  it('stay when new ones cannot be used', async () => {
    const { port, listener } = await aTlsListener({ certificates });
    const bad = { ...exact, key: first.key };
    expect(() => listener.update([wildcard, bad])).toThrow(ConfigError);
    expect(() => listener.update([wildcard, bad])).toThrow('exact.key is not the key of exact.pem');
    expect(() => listener.update([])).toThrow('at least one certificate');
    expect(await shown(port)).toBe('first');
    expect(await shown(port, 'www.b.example')).toBe('exact');
  });

  it('have to be good from the start', async () => {
    const options = { backlog: 1, handshakeTimeout: 1000, certificates: [{ ...first, cert: 'x' }] };
    const listening = listenTls({ kind: 'tcp', host: '127.0.0.1', port: 0 }, options, () => {});
    await expect(listening).rejects.toThrow('first.pem holds no certificate');
  });
});
