import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startBackend, stopBackends } from './backend.ts';
import { command, eventually, type Running, startCommand, stopAll } from './command.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forehand-test-'));
});

afterEach(async () => {
  await stopAll();
  stopBackends();
  await rm(folder, { recursive: true });
});

const aBackend = (name: string, delayMs = 0): Promise<string> =>
  startBackend((_, answer) => void setTimeout(() => answer.end(name), delayMs));

const config = (servers: readonly string[], more = ''): string =>
  `listen: ["127.0.0.1:0"]\nadmin: "127.0.0.1:0"\npools:\n  web:\n    servers: ${JSON.stringify(servers)}\n${more}`;

interface Started {
  readonly program: Running;
  readonly url: string;
  readonly admin: string;
}

const start = async (text: string): Promise<Started> => {
  await writeFile(join(folder, 'forehand.yaml'), text);
  const program = startCommand(['run'], { cwd: folder });
  const [, address] = await program.says(/serving on (\S+?),? with/);
  const [, admin] = await program.says(/admin on http:\/\/(\S+)\//);
  return { program, url: `http://${address}/`, admin: admin ?? '' };
};

const ask = (url: string, agent: Agent | false = false): Promise<string> =>
  new Promise((resolve, reject) => {
    get(url, { agent }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part) => {
        text += part;
      });
      answer.on('end', () => resolve(`${answer.statusCode} ${text}`));
    }).on('error', reject);
  });

describe('forehand run', () => {
  it('serves, answers ping and servers, and drains on TERM with exit code 0', async () => {
    const { program, url, admin } = await start(config([await aBackend('hello')]));
    expect(await ask(url)).toBe('200 hello');
    expect((await command(['ping', '--admin', admin])).code).toBe(0);
    const { stdout } = await command(['servers', '--json', '--admin', admin]);
    expect(JSON.parse(stdout)).toMatchObject([
      { pool: 'web', state: 'ready', inFlight: 0, heardAt: null, ageMs: null },
    ]);
    expect(await program.stop('SIGTERM')).toBe(0);
  });

  it('logs as its configuration says', async () => {
    await writeFile(join(folder, 'forehand.yaml'), config(['http://127.0.0.1:1'], 'log: { format: json }\n'));
    const program = startCommand(['run'], { cwd: folder });
    const [line = ''] = await program.says(/^\{.*serving on.*\}$/m);
    expect(JSON.parse(line)).toMatchObject({ level: 30 });
    expect(await program.stop()).toBe(0);
  });

  it('lets a request under way finish when told to end', async () => {
    const { program, url } = await start(config([await aBackend('slow', 500)]));
    const answer = ask(url);
    await eventually(
      () => ask(`${url}`).catch(() => 'x'),
      () => true,
    );
    const code = program.stop('SIGTERM');
    expect(await answer).toBe('200 slow');
    expect(await code).toBe(0);
  });

  it('refuses a broken configuration with exit code 1 and the place', async () => {
    await writeFile(join(folder, 'forehand.yaml'), config(['http://127.0.0.1:1'], '    chain: [byLaod]\n'));
    const { code, said } = await command(['run'], { cwd: folder });
    expect(code).toBe(1);
    expect(said).toMatch(/forehand\.yaml:6:13: error: .*byLaod/);
    expect(said).toContain('did you mean `byLoad`');
  });

  it('takes a new configuration on HUP, by reload and by itself, without failing a request', async () => {
    const [a, b, c] = [await aBackend('a'), await aBackend('b'), await aBackend('c')] as const;
    const { program, url, admin } = await start(config([a]));
    const agent = new Agent({ keepAlive: true });
    expect(await ask(url, agent)).toBe('200 a');
    await writeFile(join(folder, 'forehand.yaml'), config([b]));
    await eventually(
      () => ask(url, agent),
      (answer) => answer === '200 b',
    );
    await writeFile(join(folder, 'forehand.yaml'), config([c]));
    program.child.kill('SIGHUP');
    await eventually(
      () => ask(url, agent),
      (answer) => answer === '200 c',
    );
    await writeFile(join(folder, 'forehand.yaml'), config([a]));
    const { code, said } = await command(['reload', '--admin', admin]);
    expect(said).toContain('The new configuration is in use.');
    expect(code).toBe(0);
    expect(await ask(url, agent)).toBe('200 a');
    agent.destroy();
  });

  it('keeps the running configuration when the new one is broken, and says so', async () => {
    const { url, admin } = await start(config([await aBackend('old')]));
    await writeFile(join(folder, 'forehand.yaml'), 'pools: {}\nlisten: 7\n');
    const { code, said } = await command(['reload', '--admin', admin]);
    expect(code).toBe(1);
    expect(said).toContain('The running configuration was kept.');
    expect(await ask(url)).toBe('200 old');
    const status = JSON.parse((await ask(`http://${admin}/api/v1/config/status`)).slice(4));
    expect(status).toMatchObject({ lastResult: 'failed' });
  });

  it("reloads a user's function when it changes, and keeps the old one when it breaks", async () => {
    const [a, b] = [await aBackend('a'), await aBackend('b')] as const;
    const only = (n: number): string =>
      `export default (servers: readonly { url: URL }[]) => servers.filter((_, i) => i === ${n});\n`;
    await writeFile(join(folder, 'mine.ts'), only(0));
    const { program, url } = await start(config([a, b], '    chain: [./mine.ts]\n'));
    expect(await ask(url)).toBe('200 a');
    await writeFile(join(folder, 'mine.ts'), only(1));
    await eventually(
      () => ask(url),
      (answer) => answer === '200 b',
    );
    await writeFile(join(folder, 'mine.ts'), 'export default (servers) => servers.filter(;\n');
    await program.says(/mine\.ts:1:\d+: error/);
    expect(await ask(url)).toBe('200 b');
  });

  it('replaces the process when a function never returns, names the function and starts it bypassed', async () => {
    const text =
      "export default (servers, { request }) => { while (request.path === '/loop'); return servers; };\n";
    await writeFile(join(folder, 'loop.ts'), text);
    const { program, url } = await start(config([await aBackend('alive')], '    chain: [./loop.ts]\n'));
    expect(await ask(url)).toBe('200 alive');
    await expect(ask(`${url}loop`)).rejects.toThrow();
    expect(await ask(url)).toBe('200 alive');
    expect(await ask(`${url}loop`)).toBe('200 alive');
    expect(program.said()).toMatch(/loop\.ts did not return; the serving process is replaced/);
  });

  it('starts a new process when the serving one is killed, and refuses nobody meanwhile', async () => {
    const { program, url, admin } = await start(config([await aBackend('alive')]));
    const { stdout } = await command(['explain', '/', '--json', '--admin', admin]);
    expect(JSON.parse(stdout).delivery).toBe('proxy');
    process.kill(childOf(program.child.pid ?? 0), 'SIGKILL');
    await program.says(/the serving process ended/);
    expect(await ask(url)).toBe('200 alive');
  });
});

const childOf = (parent: number): number => {
  const children = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim().split(' ');
  return Number(children[0]);
};
