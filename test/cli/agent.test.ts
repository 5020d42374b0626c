import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeReport, isRefusal, type Report } from '../../src/core/report.ts';
import { command, startCommand, stopAll } from './command.ts';

const SERVER = ['--url', 'http://10.0.0.5:3001', '--pool', 'web', '--tag', 'big'];
let folder = '';
const open: { close(): unknown }[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forehand-agent-command-'));
});
afterEach(async () => {
  await stopAll();
  for (const thing of open.splice(0)) thing.close();
  rmSync(folder, { recursive: true });
});

const written = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

const reportIn = (stdout: string): Report => {
  const report = decodeReport(stdout);
  if (isRefusal(report)) throw new Error(report.message);
  return report;
};

/** What is said to somebody who connects, up to the end of the connection. */
const ask = async (address: string): Promise<string> => {
  const socket = net.connect(Number(address.split(':')[1]), '127.0.0.1');
  let heard = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    heard += text;
  });
  await once(socket, 'close');
  return heard;
};

describe('forehand agent --print', () => {
  it('prints one report as JSON and nothing else, and ends', async () => {
    const env = { XDG_CACHE_HOME: folder };
    const { code, stdout } = await command(['agent', '--print', '--json', ...SERVER], { env });
    const report = reportIn(stdout);
    expect([code, stdout.split('\n').length]).toEqual([0, 2]);
    expect(Object.keys(report).sort()).toEqual(['boot', 'node', 'seq', 'servers', 'stats', 'v']);
    expect(report.servers).toEqual([{ url: 'http://10.0.0.5:3001', pool: 'web', tags: ['big'] }]);
    expect(report.stats).toMatchObject({ cpuIdle: expect.any(Number), arribaFrom: expect.any(String) });
    expect(report.stats.arribaNominal).toBeGreaterThan(1);
    expect(report.stats.arriba).toBeGreaterThanOrEqual(1);
  });

  it('needs no server and no proxy', async () => {
    const { code, stdout } = await command(['agent', '--print', '--json', '--arriba', '800', '--node', 'n']);
    expect([code, reportIn(stdout)]).toMatchObject([
      0,
      { node: 'n', servers: [], stats: { arribaNominal: 800 } },
    ]);
  });

  it('prints lines for people without --json', async () => {
    const { code, stdout } = await command(['agent', '--print', '--arriba', '800', '--node', 'n', ...SERVER]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^node +n\nserver +http:\/\/10\.0\.0\.5:3001 +pool web, tag big\n/);
    expect(stdout).toMatch(/^cpuIdle +[\d.]+ % {2}/m);
    expect(stdout).toMatch(/^memoryTotal +[\d.]+ GiB/m);
    expect(stdout).toMatch(/^arribaNominal +800 +speed of one core/m);
    expect(stdout).toMatch(/^arribaFrom +\w+ +how arriba was found$/m);
  });

  it('shows the numbers of the application', async () => {
    const json = written('numbers.json', '{"inFlight":3,"queues":{"mail":4},"serviceTime":-1}');
    const text = written('numbers.prom', 'jobs{queue="a"} 1\njobs{queue="b"} 2\n');
    const scrape = ['--scrape', json, '--scrape', text];
    const metrics = [
      '--metric',
      'mail=queues.mail',
      '--metric',
      'jobs=jobs{queue="b"}',
      '--metric',
      'x=none',
    ];
    const args = ['agent', '--print', '--json', '--arriba', '1', ...scrape, ...metrics];
    const { code, stdout, said } = await command(args);
    expect(code).toBe(0);
    const { inFlight, serviceTime, custom } = reportIn(stdout).stats;
    expect([inFlight, serviceTime, custom]).toEqual([3, undefined, { mail: 4, jobs: 2 }]);
    expect(said).toMatch(/numbers\.json: serviceTime: expected a number from 0/);
  });
});

describe('forehand agent', () => {
  it.each([
    [[], 'expected --to, or one of --listen, --agent-check, --print'],
    [['--to', 'http://127.0.0.1:1'], '--to: expected --url with it'],
    [['--json', '--listen', '127.0.0.1:0'], '--json: goes with --print'],
    [['--drain', '1s', '--listen', '127.0.0.1:0'], '--drain: goes with --agent-check'],
    [['--drain', '1', '--agent-check', '127.0.0.1:0'], '--drain: expected a duration'],
    [['--listen', '9777'], '--listen: expected host:port'],
    [['--agent-check', 'unix:/x'], '--agent-check: expected host:port'],
    [['--print', '--metric', 'a=b'], '--metric: says what to take'],
    [['--print', '--scrape', 'x', '--metric', 'a'], '--metric: expected name=series'],
    [['--print', '--scrape', 'x', '--metric', 'a={'], 'a: expected a series'],
    [['--print', '--scrape', 'ftp://x/'], 'scrape: expected http://'],
    [['--print', '--interval', '1ms'], '--interval: expected'],
    [['--print', '--arriba', '0'], '--arriba: expected'],
    [['--print', '--cert', 'x'], '--cert and --key: expected both'],
    [['--print', '--ca', '/none'], '--ca: ENOENT'],
    [['--print', '--ca', fileURLToPath(import.meta.url)], '--ca: expected a PEM file'],
    [['--print', '--token-file', '/none'], 'ENOENT'],
  ])('refuses %j', async (args, fault) => {
    const { code, stdout, said } = await command(['agent', ...args]);
    expect([code, stdout]).toEqual([1, '']);
    expect(said).toContain(fault);
  });

  it('ends when an address is taken', async () => {
    const taken = net.createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    open.push(taken);
    const { port } = taken.address() as AddressInfo;
    const args = ['agent', '--agent-check', '127.0.0.1:0', '--listen', `127.0.0.1:${port}`, '--arriba', '1'];
    expect(await command(args)).toMatchObject({ code: 1, said: expect.stringContaining('EADDRINUSE') });
  });

  it('answers those who ask it, without a proxy, until a signal', async () => {
    const listen = ['--listen', '127.0.0.1:0', '--agent-check', '127.0.0.1:0', '--arriba', '800'];
    const slots = written('numbers.json', '{"slots":{"total":8,"available":4}}');
    const program = startCommand(['agent', ...listen, '--scrape', slots]);
    const [, url = '', check = ''] = await program.says(/telling at (\S+), answering agent-checks at (\S+)/);
    const report = reportIn(await (await fetch(url)).text());
    expect(report).toMatchObject({ servers: [], stats: { arribaNominal: 800, slots: { available: 4 } } });
    expect(await ask(check)).toMatch(/^up \d{1,2}% maxconn:8\n$/);
    expect([await program.stop(), program.stdout()]).toEqual([0, '']);
  });

  it('has HAProxy drain before it ends, and at once at a second signal', async () => {
    const start = async (drain: string) => {
      const program = startCommand([
        'agent',
        '--agent-check',
        '127.0.0.1:0',
        '--drain',
        drain,
        '--arriba',
        '800',
      ]);
      const [, check = ''] = await program.says(/agent-checks at (\S+)/);
      return { program, check };
    };
    const { program, check } = await start('300ms');
    expect(await ask(check)).toMatch(/^up \d{1,3}%\n$/);
    program.child.kill('SIGTERM');
    const heard: string[] = [];
    while (!heard.at(-1)?.startsWith('ready')) heard.push(await ask(check));
    expect(new Set(heard.filter((line) => !line.startsWith('up')))).toEqual(
      new Set(['drain\n', 'ready down #the agent ended\n']),
    );
    expect(await program.ended).toBe(0);
    const impatient = await start('1h');
    impatient.program.child.kill('SIGTERM');
    while ((await ask(impatient.check)) !== 'drain\n');
    expect(await impatient.program.stop('SIGINT')).toBe(0);
  });

  it('reports with the first token of its file', async () => {
    const asked: Promise<IncomingMessage> = new Promise((resolve) => {
      const proxy = createServer((request, response) => {
        resolve(request);
        response.writeHead(204).end();
      }).listen(0, '127.0.0.1');
      open.push({ close: () => proxy.close().closeAllConnections() });
      proxy.on('listening', () => {
        const to = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
        const file = written('token', 'first\nsecond\n');
        startCommand(['agent', '--to', to, ...SERVER, '--token-file', file, '--arriba', '800']);
      });
    });
    expect((await asked).headers.authorization).toBe('Bearer first');
  });
});
