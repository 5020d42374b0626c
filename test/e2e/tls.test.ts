import { type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls, { type ConnectionOptions, type TLSSocket, type TlsOptions } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { command, eventually, type Running, startCommand, stopAll } from '../cli/command.ts';
import { listenForTest } from '../support/a-door.ts';
import { askRaw } from '../support/raw-client.ts';
import { madeCertificate } from '../transport/made-certificates.ts';

/** `forehand run` as a whole, with TLS on either side. */

const MAIN = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));
const GET = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

const authority = madeCertificate({ subject: 'authority', isAuthority: true });
const first = madeCertificate({ subject: 'first', names: ['DNS:first.example'] });
const second = madeCertificate({ subject: 'second', names: ['DNS:*.second.example'] });
const renewed = madeCertificate({ subject: 'renewed', names: ['DNS:first.example'] });
const ofServer = madeCertificate({ names: ['IP:127.0.0.1'], by: authority });
const ofClient = madeCertificate({ subject: 'client', by: authority });
const ofProxy = madeCertificate({ subject: 'proxy', by: authority });

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forehand-tls-'));
});

afterEach(async () => {
  await stopAll();
  await rm(folder, { recursive: true });
});

/** Files are replaced as a whole, as tools that renew certificates do. */
const write = async (name: string, text: string): Promise<string> => {
  await writeFile(join(folder, `${name}.new`), text);
  await rename(join(folder, `${name}.new`), join(folder, name));
  return name;
};

const writeCertificate = async (name: string, { cert, key }: typeof first): Promise<object> => ({
  cert: await write(`${name}.crt`, cert),
  key: await write(`${name}.key`, key),
});

interface Started {
  readonly program: Running;
  readonly port: number;
  readonly admin: string;
}

const start = async (config: object): Promise<Started> => {
  await write('forehand.yaml', JSON.stringify({ admin: '127.0.0.1:0', listen: '127.0.0.1:0', ...config }));
  const program = startCommand(['run'], { cwd: folder });
  const [, port] = await program.says(/serving on \S+?:(\d+),? with/);
  const [, admin = ''] = await program.says(/admin on http:\/\/(\S+)\//);
  return { program, port: Number(port), admin };
};

const tells: RequestListener = (req, res) =>
  void res.end(`<${req.headers['x-forwarded-proto']} ${req.headers.authorization ?? '-'}>`);

const aServer = async (): Promise<string> =>
  `http://127.0.0.1:${await listenForTest(createHttpServer(tells))}`;

const anHttpsServer = async (options: TlsOptions): Promise<string> => {
  const server = createHttpsServer({ ...options, keepAliveTimeout: 60_000 }, tells);
  server.on('tlsClientError', () => {});
  return `https://127.0.0.1:${await listenForTest(server)}`;
};

const aClient = async (port: number, options: ConnectionOptions = {}): Promise<TLSSocket> => {
  const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  return socket;
};

const ask = async (socket: TLSSocket): Promise<string> => {
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  let text = '';
  while (!text.endsWith('>')) text += String((await once(socket, 'data'))[0]);
  return /<(.*)>/.exec(text)?.[1] ?? '';
};

const isServed = (port: number, options: ConnectionOptions): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
    onTestFinished(() => void socket.destroy());
    socket.once('data', () => resolve(true)).on('error', () => {});
    socket.once('close', () => resolve(false));
    socket.write(GET);
  });

const shown = async (port: number, servername: string): Promise<string> =>
  String((await aClient(port, { servername })).getPeerCertificate().subject.CN);

describe('forehand run with TLS for clients', () => {
  it('chooses certificates by name, and takes new ones from their files under a live connection', async () => {
    const certificates = [await writeCertificate('first', first), await writeCertificate('second', second)];
    const { program, port, admin } = await start({
      listen: { address: '127.0.0.1:0', tls: { certificates } },
      pools: { web: { servers: [await aServer()] } },
    });
    expect(await shown(port, 'first.example')).toBe('first');
    expect(await shown(port, 'www.second.example')).toBe('second');
    const live = await aClient(port, { servername: 'first.example' });
    expect(await ask(live)).toBe('https -');
    await writeCertificate('first', renewed);
    await eventually(
      () => shown(port, 'first.example'),
      (name) => name === 'renewed',
    );
    expect(await ask(live)).toBe('https -');
    const metrics = await askRaw(
      Number(admin.split(':')[1]),
      `GET /metrics HTTP/1.1\r\nHost: ${admin}\r\nConnection: close\r\n\r\n`,
    );
    expect(metrics).toMatch(/forehand_tls_cert_not_after_timestamp_seconds\{name="first\.crt"\} \d+/);
    expect(program.said()).not.toContain('waiting for a restart');
    const ended = program.stop('SIGTERM');
    expect(await ask(live)).toBe('https -');
    expect(await ended).toBe(0);
  });

  it('serves those alone that show a certificate, where it is told whose', async () => {
    const { port } = await start({
      listen: {
        address: '127.0.0.1:0',
        tls: {
          certificates: [await writeCertificate('first', first)],
          clientCa: await write('ca.crt', authority.cert),
        },
      },
      pools: { web: { servers: [await aServer()] } },
    });
    expect(await isServed(port, { cert: ofClient.cert, key: ofClient.key })).toBe(true);
    expect(await isServed(port, {})).toBe(false);
  });
});

describe('forehand run with TLS to servers', () => {
  it('sends nothing to a server whose certificate it does not trust, says why, and does once it is told', async () => {
    const url = await anHttpsServer(ofServer);
    const { program, port, admin } = await start({ pools: { web: { servers: [url] } } });
    expect(await askRaw(port, GET)).toMatch(/^HTTP\/1\.1 502 /);
    await program.says(/warn +no TLS with a server pool="web" server="127\.0\.0\.1:\d+" detail="[A-Z_]+"/);
    const pools = { web: { servers: [url], tls: { ca: await write('ca.crt', authority.cert) } } };
    await write('forehand.yaml', JSON.stringify({ admin, listen: '127.0.0.1:0', pools }));
    await eventually(
      () => askRaw(port, GET),
      (answer) => answer.startsWith('HTTP/1.1 200 '),
    );
    const { stdout } = await command(['servers', '--json', '--admin', admin]);
    expect(JSON.parse(stdout)).toMatchObject([{ connections: { open: 1, idle: 1, waiting: 0 } }]);
  });

  it.each([
    [{ user: 'forehand', password: 'secret' }, `Basic ${Buffer.from('forehand:secret').toString('base64')}`],
    [{ bearerFile: 'token' }, 'Bearer s3cr3t'],
  ])('shows its certificate to those that ask for one, and sends %j', async (credentials, told) => {
    await write('token', 's3cr3t\n');
    const wanting = { ca: authority.cert, requestCert: true, rejectUnauthorized: true };
    const url = await anHttpsServer({ ...ofServer, ...wanting });
    const ca = await write('ca.crt', authority.cert);
    const open = { servers: [url], tls: { ca }, credentials };
    const known = { ...open, tls: { ca, ...(await writeCertificate('proxy', ofProxy)) } };
    const { port } = await start({
      pools: { known, unknown: open },
      routes: [{ pool: 'known' }, { path: '/unknown', pool: 'unknown' }],
    });
    expect(await askRaw(port, GET)).toContain(`<http ${told}>`);
    expect(await askRaw(port, GET.replace('/', '/unknown'))).toMatch(/^HTTP\/1\.1 502 /);
  });
});

describe('forehand run with sockets that somebody else opened', () => {
  const anOpenSocket = async (): Promise<{ readonly server: Server; readonly port: number }> => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    return { server, port: (server.address() as AddressInfo).port };
  };

  /** Starts it as systemd does: sockets from descriptor 3 on, and who they are for. */
  const activated = (sockets: readonly Server[], names: string) => {
    // The shell knows the number of the process that it becomes.
    const script = `LISTEN_PID=$$ exec "${process.execPath}" "${MAIN}" run`;
    // Node hands down handles too, whatever its types say.
    const handles = sockets.map((server) => (server as { readonly _handle?: unknown })._handle);
    const stdio = ['ignore', 'inherit', 'pipe', ...handles] as StdioOptions;
    const child = spawn('/bin/sh', ['-c', script], {
      cwd: folder,
      env: { ...process.env, LISTEN_FDS: String(sockets.length), LISTEN_FDNAMES: names },
      stdio,
    });
    const ended = once(child, 'exit');
    onTestFinished(async () => {
      child.kill('SIGTERM');
      await ended;
    });
    let said = '';
    child.stderr?.setEncoding('utf8').on('data', (text) => {
      said += text;
    });
    return { child, said: () => said, ended };
  };

  const answersAt = (port: number): Promise<string> =>
    eventually(
      () => askRaw(port, GET),
      (answer) => answer.startsWith('HTTP/1.1 200 '),
    );

  it('serves on them, by name and in order, and ends as it should', async () => {
    const url = await aServer();
    const [one, two] = [await anOpenSocket(), await anOpenSocket()];
    const listen = [
      { address: '127.0.0.1:1', name: 'public' },
      { address: '127.0.0.1:2', name: 'secure', tls: { certificates: [await writeCertificate('a', first)] } },
    ];
    await write(
      'forehand.yaml',
      JSON.stringify({ admin: false, listen, pools: { web: { servers: [url] } } }),
    );
    const { child, said, ended } = activated([one.server, two.server], 'secure:forehand.socket');
    one.server.close();
    two.server.close();
    expect(await answersAt(two.port)).toContain('<http -');
    expect(await ask(await aClient(one.port))).toBe('https -');
    expect(said()).toContain(`serving on 127.0.0.1:${two.port}, 127.0.0.1:${one.port} with`);
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  });

  it('does not start with more sockets than it has listeners', async () => {
    const [one, two] = [await anOpenSocket(), await anOpenSocket()];
    const pools = { web: { servers: ['http://127.0.0.1:1'] } };
    await write('forehand.yaml', JSON.stringify({ admin: false, listen: '127.0.0.1:0', pools }));
    const { said, ended } = activated([one.server, two.server], 'a:b');
    expect(await ended).toEqual([1, null]);
    expect(said()).toContain('there are 2 sockets in LISTEN_FDS, and 1 in `listen`');
  });

  it('takes no notice of sockets that are for another process', async () => {
    const url = await aServer();
    await write(
      'forehand.yaml',
      JSON.stringify({ admin: false, listen: '127.0.0.1:0', pools: { web: { servers: [url] } } }),
    );
    const env = { LISTEN_PID: '1', LISTEN_FDS: '1' };
    const program = startCommand(['run'], { cwd: folder, env });
    const [, port] = await program.says(/serving on \S+?:(\d+),? with/);
    expect(await askRaw(Number(port), GET)).toContain('<http -');
  });
});
