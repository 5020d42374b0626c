import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import tls from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { aDataPlane } from '../support/a-data-plane.ts';
import { freePorts } from '../support/free-ports.ts';
import { madeCertificate } from '../transport/made-certificates.ts';
import { hasHaproxy, runHaproxy } from './haproxy.ts';

/** Who the client is: an address of loopback that nobody else uses. */
const CLIENT = '127.0.0.71';
const GET = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

/** HAProxy before and behind us: the one passes TCP on, the other answers with what it was told of the client. */
const configuration = (front: number, us: number, sender: string, behind: number): string => `
global
  nbthread 1
defaults
  mode tcp
  timeout connect 2s
  timeout client 9s
  timeout server 9s
listen front
  bind 127.0.0.1:${front}
  server us 127.0.0.1:${us} ${sender}
frontend behind
  mode http
  bind 127.0.0.1:${behind} accept-proxy
  http-request return status 200 content-type text/plain lf-string "%[src] %[src_port] %[dst] %[dst_port] %[req.hdr(x-forwarded-for)] %[req.hdr(x-forwarded-proto)]"
`;

const aClient = async (port: number): Promise<Socket> => {
  const socket = connect({ port, host: '127.0.0.1', localAddress: CLIENT });
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
};

const answerOn = async (socket: Socket): Promise<string | undefined> => {
  socket.write(GET);
  let text = '';
  for await (const piece of socket) text += piece;
  return text.split('\r\n\r\n')[1];
};

describe.skipIf(!hasHaproxy && !process.env['CI'])('the engine between two HAProxies', () => {
  const cases = ['raw', 'net'].flatMap((transport) =>
    ['send-proxy', 'send-proxy-v2'].flatMap((sender) =>
      ['v1', 'v2'].flatMap((version) =>
        [false, true].map((encrypted) => ({ transport, sender, version, encrypted })),
      ),
    ),
  );

  it.each(cases)(
    'tells the second what the first told it: $sender in, $version out, by $transport, TLS: $encrypted',
    async ({ transport, sender, version, encrypted }) => {
      const [front = 0, behind = 0] = await freePorts(2);
      const { port } = await aDataPlane(
        ({ writeCertificate }) => ({
          listen: {
            address: '127.0.0.1:0',
            proxyProtocol: true,
            ...(encrypted ? { tls: { certificates: [writeCertificate('a', madeCertificate())] } } : {}),
          },
          pools: { web: { servers: [`http://127.0.0.1:${behind}`], proxyProtocol: version } },
        }),
        { transport: transport as 'raw' | 'net' },
      );
      const end = await runHaproxy(configuration(front, port(), sender, behind), front);
      onTestFinished(end);
      const below = await aClient(front);
      const { localPort } = below;
      const socket = encrypted ? tls.connect({ socket: below, rejectUnauthorized: false }) : below;
      const scheme = encrypted ? 'https' : 'http';
      expect(await answerOn(socket)).toBe(`${CLIENT} ${localPort} 127.0.0.1 ${front} ${CLIENT} ${scheme}`);
    },
  );
});
