/**
 * Plays the agents of so many nodes: each opens a stream and sends reports at the same pace, give or take a fifth. Ends
 * with an error as soon as a proxy refuses one or closes a stream. Arguments: one JSON object, see SenderSettings.
 */
import net from 'node:net';
import { STREAM_PATH, STREAM_PROTOCOL } from '../../src/state/http-protocol.ts';
import { reportLine } from '../../src/state/http-stream-protocol.ts';

/** What the program is told on its command line. */
export interface SenderSettings {
  readonly port: number;
  readonly token: string;
  /** Each has a node of its own. */
  readonly servers: readonly SentServer[];
  /** Reports a second of each node. */
  readonly hz: number;
}

/** A server as its report names it. */
export interface SentServer {
  readonly url: string;
  readonly pool: string;
}

const JITTER = 0.2;
/** Streams that are opened at a time, lest the proxy's backlog overflows. */
const AT_ONCE = 50;

const fail = (why: string): never => {
  console.error(why);
  process.exit(1);
};

/** What a real agent says on a machine of two cores: 600 bytes. */
const reportOf = (server: SentServer, boot: string, seq: number): string =>
  JSON.stringify({
    v: 1,
    node: `${server.url.replace(/^http:..|:/g, '-')}.rack-7.example.net`,
    boot,
    seq,
    stats: {
      load1: Math.round(Math.random() * 400) / 100,
      loadHighWater: 4,
      cpuIdle: Math.round(Math.random() * 1e4) / 1e4,
      cpus: 2,
      memoryTotal: 8_331_264_000,
      memoryAvailable: 4_000_000_000 + Math.floor(Math.random() * 1e9),
      arriba: 900 + Math.round(Math.random() * 1000) / 10,
      arribaNominal: 1003.4,
      pressure: { cpu: Math.random() / 10, memory: 0, io: Math.random() / 100 },
      throttled: 0,
      inFlight: Math.floor(Math.random() * 40),
      serviceTime: Math.round(Math.random() * 5000) / 100,
    },
    servers: [{ ...server, tags: ['rack-7'] }],
  });

const opened = ({ port, token }: SenderSettings): Promise<net.Socket> =>
  new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.setNoDelay(true);
    socket.write(
      `GET ${STREAM_PATH} HTTP/1.1\r\nhost: proxy\r\nconnection: upgrade\r\nupgrade: ${STREAM_PROTOCOL}\r\n` +
        `authorization: Bearer ${token}\r\n\r\n`,
    );
    socket.once('data', (first) => {
      if (!first.toString().startsWith('HTTP/1.1 101 ')) fail(`no stream: ${first}`);
      resolve(socket);
    });
    socket.on('data', (chunk) => {
      if (chunk.includes('refused')) fail(`refused: ${chunk}`);
    });
    socket.on('error', ({ message }) => fail(message)).on('close', () => fail('a stream was closed'));
  });

const sendForEver = (socket: net.Socket, server: SentServer, { hz }: SenderSettings): void => {
  const boot = Math.random().toString(36).slice(2);
  let seq = 0;
  const send = (): void => {
    seq += 1;
    socket.write(reportLine(reportOf(server, boot, seq), Date.now(), 1));
    setTimeout(send, (1000 / hz) * (1 + JITTER * (2 * Math.random() - 1)));
  };
  setTimeout(send, (1000 / hz) * Math.random());
};

const settings: SenderSettings = JSON.parse(process.argv[2] ?? '');
for (let from = 0; from < settings.servers.length; from += AT_ONCE)
  await Promise.all(
    settings.servers
      .slice(from, from + AT_ONCE)
      .map(async (server) => sendForEver(await opened(settings), server, settings)),
  );
console.log('all streams are open');
