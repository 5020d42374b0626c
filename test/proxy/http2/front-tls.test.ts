import { once } from 'node:events';
import { type ClientHttp2Session, connect } from 'node:http2';
import https from 'node:https';
import { connect as connectNet, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createHttp2Front } from '../../../src/proxy/http2/front.ts';
import { listenTls, type TlsListenOptions } from '../../../src/transport/tls-listener.ts';
import { aCertificate } from '../../support/a-certificate.ts';
import { anEngine, type EngineFacts, type TestEngine } from '../../support/an-engine.ts';
import { startBackend } from '../../support/start-backend.ts';
import { ask } from './an-http2-engine.ts';

const { cert, key } = aCertificate();

/** An engine behind TLS, with HTTP/2 for who agrees on it. */
const aTlsEngine = async (
  facts: EngineFacts,
  options: Partial<TlsListenOptions> = {},
): Promise<TestEngine & { readonly tlsPort: number }> => {
  const made = await anEngine(facts);
  const front = createHttp2Front(made.engine);
  const listener = await listenTls(
    { kind: 'tcp', host: '127.0.0.1', port: 0 },
    {
      backlog: 100,
      handshakeTimeout: 5000,
      certificates: [{ cert, certFile: 'test.pem', key, keyFile: 'test.key' }],
      acceptHttp2: (socket, ends) => front.serve(socket, ends),
      ...options,
    },
    (connection) => made.engine.accept(connection),
  );
  onTestFinished(() => listener.close());
  return { ...made, tlsPort: Number(/:(\d+)$/.exec(listener.address)?.[1]) };
};

const connectTcp = (port: number): Socket => {
  const socket = connectNet(port, '127.0.0.1').on('error', () => {});
  onTestFinished(() => void socket.destroy());
  return socket;
};

const aTlsSession = async (port: number): Promise<ClientHttp2Session> => {
  const session = connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
  session.on('error', () => {});
  onTestFinished(() => session.destroy());
  await once(session, 'remoteSettings');
  return session;
};

describe('HTTP/2 over TLS', () => {
  it('is spoken with who agrees on it by ALPN', async () => {
    const backend = await startBackend((req, res) => void req.pipe(res));
    const { tlsPort, settled } = await aTlsEngine({ servers: { a: backend.url } });
    const session = await aTlsSession(tlsPort);
    expect(session.alpnProtocol).toBe('h2');
    const body = 'x'.repeat(500_000);
    const answers = await Promise.all([1, 2, 3].map(() => ask(session, { ':method': 'POST' }, body)));
    expect(answers.every((answer) => answer.status === 200 && answer.body === body)).toBe(true);
    expect(backend.requests[0]?.headers).toMatchObject({
      via: '2.0 forehand',
      'x-forwarded-proto': 'https',
      'x-forwarded-port': `${tlsPort}`,
    });
    await settled();
  });

  it('leaves HTTP/1.1 to the others', async () => {
    const backend = await startBackend();
    const { tlsPort } = await aTlsEngine({ servers: { a: backend.url } });
    const request = https.get({ port: tlsPort, host: '127.0.0.1', rejectUnauthorized: false, agent: false });
    const [answer] = await once(request, 'response');
    expect(answer).toMatchObject({ statusCode: 200, httpVersion: '1.1' });
    answer.resume();
    expect(backend.requests[0]?.headers['via']).toBe('1.1 forehand');
  });

  it('has the ends that a PROXY header told', async () => {
    const backend = await startBackend();
    const { tlsPort } = await aTlsEngine(
      { servers: { a: backend.url } },
      { proxyProtocol: { isTrusted: () => true } },
    );
    const session = connect(`https://127.0.0.1:${tlsPort}`, {
      createConnection: () => {
        const plain = connectTcp(tlsPort);
        plain.write('PROXY TCP4 192.0.2.7 192.0.2.1 5000 443\r\n');
        return connectTls({ socket: plain, ALPNProtocols: ['h2'], rejectUnauthorized: false });
      },
    });
    session.on('error', () => {});
    onTestFinished(() => session.destroy());
    expect(await ask(session)).toMatchObject({ status: 200 });
    expect(backend.requests[0]?.headers['x-forwarded-for']).toBe('192.0.2.7');
  });

  it('ends requests when their client leaves, with a goodbye or without', async () => {
    const backend = await startBackend(() => undefined);
    const { tlsPort, engine, finished, settled } = await aTlsEngine({ servers: { a: backend.url } });
    for (const [i, leave] of (['end', 'destroy', 'resetAndDestroy'] as const).entries()) {
      const plain = connectTcp(tlsPort);
      const socket = connectTls({ socket: plain, ALPNProtocols: ['h2'], rejectUnauthorized: false });
      socket.on('error', () => {});
      await once(socket, 'secureConnect');
      const session = connect('https://127.0.0.1', { createConnection: () => socket });
      session.on('error', () => {});
      session.request({ ':path': '/' }).on('error', () => {});
      await expect.poll(() => backend.requests.length).toBe(i + 1);
      if (leave === 'end') plain.end();
      else plain[leave]();
      await expect.poll(() => finished.length).toBe(i + 1);
    }
    await settled();
    expect(engine.clients.size).toBe(0);
    expect(backend.open).toBe(0);
  });
});
