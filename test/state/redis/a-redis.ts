import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { hasProgram, PROGRAM_ENV } from '../../interop/run-program.ts';
import { aCertificate } from '../../support/a-certificate.ts';
import { eventually } from '../../support/eventually.ts';
import { freePorts } from '../../support/free-ports.ts';

/** redis-server is there, or this is CI, where it must be. */
export const canRunRedis = hasProgram('redis-server', '--version') || Boolean(process.env['CI']);
export const WHY_SKIPPED =
  'redis-server is missing, so that its tests are skipped: apt-get install redis-server';

export interface RedisFacts {
  /** Further lines of its configuration. */
  readonly config?: string;
  readonly tls?: boolean;
}

/** A redis-server that the test started, on a port of 127.0.0.1. */
export interface TestRedis {
  readonly port: number;
  /** Where TLS is spoken; 0 without. */
  readonly tlsPort: number;
  readonly url: string;
  /** What its certificate is signed with. */
  readonly ca: string;
  readonly key: string;
  /** A client with all rights. Ended by `end`. */
  client(): Redis;
  /** Stops the process where it stands, or lets it go on. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
  /** kill -9. What was in it is lost. */
  kill(): Promise<void>;
  /** Starts it again on the same port, after `kill`. */
  start(): Promise<void>;
  end(): Promise<void>;
}

const answersPing = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.on('data', (data) => {
      // NOAUTH is an answer, too.
      resolve(/^(\+PONG|-NOAUTH)/.test(String(data)));
      socket.destroy();
    });
    socket.on('error', () => resolve(false)).on('close', () => resolve(false));
  });

/** Starts a redis-server that keeps nothing on disk. Resolves once it answers. */
export const aRedis = async ({ config = '', tls = false }: RedisFacts = {}): Promise<TestRedis> => {
  const folder = mkdtempSync(join(tmpdir(), 'forehand-redis-'));
  const [port = 0, tlsPort = 0] = await freePorts(2);
  const { cert, key } = aCertificate();
  writeFileSync(join(folder, 'cert.pem'), cert);
  writeFileSync(join(folder, 'key.pem'), key);
  const tlsConfig = `tls-port ${tlsPort}\ntls-cert-file cert.pem\ntls-key-file key.pem\ntls-auth-clients no\n`;
  writeFileSync(
    join(folder, 'redis.conf'),
    `bind 127.0.0.1\nport ${port}\nsave ""\nappendonly no\n${tls ? tlsConfig : ''}${config}\n`,
  );
  let child: ChildProcess | undefined;
  const clients: Redis[] = [];
  const start = async (): Promise<void> => {
    child = spawn('redis-server', ['redis.conf'], { cwd: folder, env: PROGRAM_ENV, stdio: 'ignore' });
    await eventually(() => answersPing(port), 'redis answers');
  };
  const kill = async (): Promise<void> => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  await start();
  return {
    port,
    tlsPort,
    url: `redis://127.0.0.1:${port}`,
    ca: cert,
    key,
    client: () => {
      const client = new Redis({ host: '127.0.0.1', port });
      client.on('error', () => undefined);
      clients.push(client);
      return client;
    },
    signal: (signal) => void child?.kill(signal),
    kill,
    start,
    end: async () => {
      for (const client of clients) client.disconnect();
      child?.kill('SIGCONT');
      await kill();
      rmSync(folder, { recursive: true });
    },
  };
};

/** A way to a port that can be cut: while it is, nothing passes and nothing is closed, as in a network that drops packets. */
export interface TestRelay {
  readonly port: number;
  cut(): void;
  /** Old connections stay dead: what they were sent is gone, as their TCP connection is by then. */
  mend(): void;
  end(): Promise<void>;
}

/** A relay to a port of 127.0.0.1. */
export const aRelay = async (to: number): Promise<TestRelay> => {
  let isCut = false;
  const sockets = new Set<net.Socket>();
  const server = net.createServer((near) => {
    const far = net.connect(to, '127.0.0.1');
    let dead = isCut;
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on('data', (data) => {
        dead ||= isCut;
        if (!dead) other.write(data);
      });
      one.on('error', () => undefined);
      one.on('close', () => {
        sockets.delete(one);
        if (!isCut) other.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as net.AddressInfo).port,
    cut: () => {
      isCut = true;
    },
    mend: () => {
      isCut = false;
    },
    end: async () => {
      for (const socket of sockets) socket.destroy();
      await once(server.close(), 'close');
    },
  };
};
