import { spawnSync } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import { publisherTo, receiverAt } from '../../src/state/driver-from-url.ts';
import { HttpReceiver } from '../../src/state/http-receive.ts';
import type { ReceiverTls } from '../../src/state/http-server.ts';
import type { Tokens } from '../../src/state/tokens.ts';
import { madeCertificate } from '../transport/made-certificates.ts';
import { RawStream, streamHead, tokensOf } from './http-support.ts';
import { aReport, Listener, TOKEN } from './support.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((thing) => thing.close()));
});

const listening = async (tls: ReceiverTls, tokens: Tokens = tokensOf(TOKEN)) => {
  const receiver = receiverAt('https://127.0.0.1:0', { tokens, tls });
  const listener = new Listener();
  await receiver.subscribe(listener);
  open.push(receiver);
  if (!(receiver instanceof HttpReceiver)) throw new TypeError('not by HTTP');
  return { receiver, listener, url: receiver.address! };
};
const publishing = (url: string, tls: { ca?: string; cert?: string; key?: string }, token = TOKEN) => {
  const publisher = publisherTo(url, { token, tls });
  open.push(publisher);
  return publisher;
};
const serverCertificate = (by?: ReturnType<typeof madeCertificate>) =>
  madeCertificate({ names: ['IP:127.0.0.1'], ...(by ? { by } : {}) });

describe.skipIf(spawnSync('openssl', ['version']).status !== 0)('reports over TLS', () => {
  const authority = madeCertificate({ subject: 'authority', isAuthority: true });
  const server = serverCertificate(authority);
  const agent = madeCertificate({ subject: 'agent', by: authority });
  const stranger = madeCertificate({ subject: 'stranger' });

  it('go down a stream, and through posts', async () => {
    const { url, listener, receiver } = await listening(server);
    expect(url).toMatch(/^https:/);
    const publisher = publishing(url, { ca: authority.cert });
    for (let seq = 1; seq <= 3; seq++) await publisher.publish(aReport({ seq }));
    await listener.until(3);
    expect(publisher.health().detail).toMatch(/\(stream\)$/);
    const raw = new RawStream(url, streamHead().replace('/stream', ''), { ca: authority.cert });
    await raw.until(() => raw.answer.includes('}}'));
    raw.socket.destroy();
    expect(raw.answer).toMatch(/^HTTP\/1.1 405 /);
    expect(receiver.snapshot()).toEqual([aReport({ seq: 3 })]);
  });

  it('are not sent to a proxy that nobody vouches for', async () => {
    const { url, listener } = await listening(server);
    const publisher = publishing(url, { ca: stranger.cert });
    await expect(publisher.publish(aReport())).rejects.toMatchObject({ code: 'unreachable' });
    expect(listener.total).toBe(0);
  });

  it('are heard from those only who show a certificate of the right authority, where one is asked for', async () => {
    const { url, listener } = await listening({ ...server, clientCa: authority.cert });
    await publishing(url, { ca: authority.cert, ...agent }).publish(aReport());
    for (const mine of [{}, stranger])
      await expect(publishing(url, { ca: authority.cert, ...mine }).publish(aReport())).rejects.toMatchObject(
        {
          code: 'unreachable',
        },
      );
    await expect(
      publishing(url, { ca: authority.cert, ...agent }, 'wrong').publish(aReport()),
    ).rejects.toMatchObject({ code: 'token' });
    expect(listener.reports).toHaveLength(1);
  });

  it('need TLS 1.2 at least', async () => {
    const { url } = await listening(server);
    const old = new RawStream(url, '', { ca: authority.cert, maxVersion: 'TLSv1.1', minVersion: 'TLSv1' });
    await old.closed;
    expect(old.answer).toBe('');
  });

  it('get a renewed certificate on new connections, and streams that are open stay', async () => {
    const { url, receiver, listener } = await listening(server);
    const first = publishing(url, { ca: authority.cert });
    await first.publish(aReport({ seq: 1 }));
    const [other, renewed] = [madeCertificate({ subject: 'other', isAuthority: true }), serverCertificate()];
    receiver.setTls(renewed);
    await first.publish(aReport({ seq: 2 }));
    await publishing(url, { ca: renewed.cert }).publish(aReport({ seq: 3 }));
    await expect(publishing(url, { ca: authority.cert }).publish(aReport())).rejects.toThrow();
    await listener.until(3);
    expect(() => receiver.setTls({ ...renewed, clientCa: other.cert })).toThrow('clientCa');
    expect(() => receiver.setTls({ cert: renewed.cert, key: server.key })).toThrow();
    const plain = new HttpReceiver({ listen: { host: '127.0.0.1', port: 0 } });
    expect(() => plain.setTls(renewed)).toThrow('does not speak TLS');
  });

  it('cannot be held up by somebody who never ends the handshake', async () => {
    const { url, receiver } = await listening(server);
    const silent = new RawStream(url.replace('https', 'http'), '');
    await publishing(url, { ca: authority.cert }).publish(aReport());
    await receiver.close();
    await silent.closed;
  });
});
