import { once } from 'node:events';
import net, { type Socket } from 'node:net';
import tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { awaitProxyHeader } from '../../src/transport/proxy-protocol-await.ts';
import { ownProxyHeader, proxyHeader } from '../../src/transport/proxy-protocol-write.ts';
import { listenTls } from '../../src/transport/tls-listener.ts';
import { type ConnectionEnds, endsOf } from '../../src/transport/tls-proxy-header.ts';
import { eventually } from '../support/eventually.ts';
import { freePorts } from '../support/free-ports.ts';
import { Echo } from '../transport/an-echo.ts';
import { madeCertificate } from '../transport/made-certificates.ts';
import { TRANSPORTS } from '../transport/transports.ts';
import { hasHaproxy, runHaproxy } from './haproxy.ts';

/** How HAProxy sends headers. */
const SENDERS = [
  'send-proxy',
  'send-proxy-v2',
  'send-proxy-v2 proxy-v2-options crc32c,unique-id',
  'send-proxy-v2-ssl-cn',
];

/** The same of its checks, which speak for themselves: LOCAL in version 2. They want a word echoed. */
const CHECKS = ['send-proxy check inter 20ms', 'send-proxy-v2 check inter 20ms'];
const CHECK_LINES = `
  option tcp-check
  tcp-check connect send-proxy
  tcp-check send hello
  tcp-check expect string hello
`;

interface Front {
  readonly transport: string;
  readonly sender: string;
  /** Where HAProxy listens. */
  readonly port: number;
  /** Ends of the connections that had a header. */
  readonly accepted: ConnectionEnds[];
  readonly refusals: string[];
  /** Where we listen. */
  server: string;
}

const proxyProtocol = { isTrusted: (address: string) => address === '127.0.0.1' };
const target = { kind: 'tcp', host: '127.0.0.1', port: 0 } as const;
const open: { close(): void }[] = [];
const fronts: Front[] = [];
let haproxy = async (): Promise<void> => {};
let receiver = 0;
let ports: readonly number[] = [];

const plainPort = async (transport: (typeof TRANSPORTS)[number], front: Front): Promise<string> => {
  const listener = await transport.listen(target, { backlog: 100 }, (connection) => {
    open.push(connection);
    const accept = (): void => {
      front.accepted.push(endsOf(connection));
      new Echo(connection);
    };
    awaitProxyHeader(connection, proxyProtocol, accept, (reason) => front.refusals.push(reason));
  });
  open.push(listener);
  return listener.address;
};

const tlsPort = async (front: Front): Promise<string> => {
  const onRefused = (code: string): void => void front.refusals.push(code);
  const options = { certificates: [madeCertificate()], handshakeTimeout: 5000, backlog: 100 };
  const listener = await listenTls(target, { ...options, proxyProtocol, onRefused }, (connection) => {
    open.push(connection);
    front.accepted.push(endsOf(connection));
    new Echo(connection);
  });
  open.push(listener);
  return listener.address;
};

const frontLines = ({ port, sender, server }: Front): string => `
listen front-${port}
  bind 127.0.0.1:${port}
  ${CHECKS.includes(sender) ? CHECK_LINES : ''}
  unique-id-format %{+X}o%ci%cp
  server s ${server} ${sender}
`;

/** The ends as HAProxy takes them from a header. */
const receiverLines = (port: number): string => `
frontend receiver
  mode http
  bind 127.0.0.1:${port} accept-proxy
  http-request return status 200 content-type text/plain lf-string "%[src] %[src_port] %[dst] %[dst_port]"
`;

const aFront = (transport: string, sender: string): Front => {
  const port = ports[fronts.length + 1] ?? 0;
  const front: Front = { transport, sender, port, accepted: [], refusals: [], server: '' };
  fronts.push(front);
  return front;
};

const frontOf = (transport: string, sender: string): Front =>
  fronts.find((front) => front.transport === transport && front.sender === sender) as Front;

const connected = async (port: number): Promise<Socket> => {
  const socket = net.connect(port, '127.0.0.1').on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
};

describe.skipIf(!hasHaproxy && !process.env['CI'])('the PROXY protocol with HAProxy', () => {
  beforeAll(async () => {
    ports = await freePorts(1 + SENDERS.length + (SENDERS.length + CHECKS.length) * TRANSPORTS.length);
    receiver = ports[0] ?? 0;
    let config = 'global\n  nbthread 1\ndefaults\n  mode tcp\n';
    config += '  timeout connect 2s\n  timeout client 9s\n  timeout server 9s\n';
    for (const sender of [...SENDERS, ...CHECKS])
      for (const transport of TRANSPORTS) {
        const front = aFront(transport.name, sender);
        front.server = await plainPort(transport, front);
        config += frontLines(front);
      }
    for (const sender of SENDERS) {
      const front = aFront('tls', sender);
      front.server = await tlsPort(front);
      config += frontLines(front);
    }
    haproxy = await runHaproxy(config + receiverLines(receiver), receiver);
  });

  afterAll(async () => {
    await haproxy();
    for (const one of open) one.close();
  });

  describe.each(['raw', 'net'])('in, by %s', (transport) => {
    it.each(SENDERS)('takes the ends that `%s` tells', async (sender) => {
      const { port, accepted } = frontOf(transport, sender);
      const socket = await connected(port);
      socket.write('hello');
      expect(String((await once(socket, 'data'))[0])).toBe('hello');
      const ours = accepted.find(({ remotePort }) => remotePort === socket.localPort);
      expect(ours).toMatchObject({ remoteAddress: '127.0.0.1', localAddress: '127.0.0.1', localPort: port });
    });
  });

  it.each(SENDERS)('takes the ends that `%s` tells before TLS', async (sender) => {
    const { port, accepted } = frontOf('tls', sender);
    const socket = tls.connect({ socket: await connected(port), rejectUnauthorized: false });
    socket.write('hello');
    expect(String((await once(socket, 'data'))[0])).toBe('hello');
    const [ours] = accepted.slice(-1);
    expect(ours).toMatchObject({ remoteAddress: '127.0.0.1', localPort: port });
  });

  describe.each(['raw', 'net'])('in, by %s', (transport) => {
    it.each(CHECKS)('leaves the ends of a check by `%s` as they are', async (sender) => {
      const { accepted, refusals, server } = frontOf(transport, sender);
      await eventually(() => accepted.length > 2);
      expect(accepted[0]).toMatchObject({ remoteAddress: '127.0.0.1', localAddress: '127.0.0.1' });
      expect(`127.0.0.1:${accepted[0]?.localPort}`).toBe(server);
      // A check that we were too slow for is gone when we look.
      expect(refusals.filter((reason) => !/^E[A-Z]+$/.test(reason))).toEqual([]);
    });
  });

  it.each([
    [1, '192.0.2.7', '203.0.113.1'],
    [1, '2001:db8::7', '2001:db8::1'],
    [2, '192.0.2.7', '203.0.113.1'],
    [2, '2001:db8::7', '2001:db8::1'],
  ] as const)('out, by version %d, tells HAProxy of %s', async (version, client, server) => {
    const socket = await connected(receiver);
    const [source, destination] = [
      { address: client, port: 4711 },
      { address: server, port: 443 },
    ];
    socket.write(proxyHeader(version, source, destination));
    socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    let answer = '';
    for await (const piece of socket) answer += piece;
    expect(answer.split('\r\n\r\n')[1]).toBe(`${client} 4711 ${server} 443`);
  });

  it.each([1, 2] as const)('out, by version %d, speaks for itself', async (version) => {
    const socket = await connected(receiver);
    const { localPort } = socket;
    socket.write(ownProxyHeader(version));
    socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    let answer = '';
    for await (const piece of socket) answer += piece;
    expect(answer.split('\r\n\r\n')[1]).toBe(`127.0.0.1 ${localPort} 127.0.0.1 ${receiver}`);
  });
});
