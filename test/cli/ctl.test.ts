import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { verifyPassword } from '../../src/password/password.ts';
import { aCertificate } from '../support/a-certificate.ts';
import { eventually } from '../support/eventually.ts';
import { command, type Running, startCommand, stopAll } from './command.ts';

// Each starts several programs.
vi.setConfig({ testTimeout: 60_000 });

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forehand-ctl-'));
  // For the tests with another account.
  await chmod(folder, 0o755);
});
afterEach(async () => {
  await stopAll();
  await rm(folder, { recursive: true, force: true });
});

const POOL = 'pools: { web: { servers: ["http://127.0.0.1:1", "http://127.0.0.1:2"] } }';

/** Starts a proxy with a free port for admin, and writes that into its configuration afterwards for those who ask. */
const aProxy = async (more = ''): Promise<{ readonly program: Running; readonly file: string }> => {
  const file = join(folder, 'forehand.yaml');
  const text = (admin: string): string => `listen: "127.0.0.1:0"\nadmin: "${admin}"\n${more}\n${POOL}\n`;
  await writeFile(file, text('127.0.0.1:0'));
  const program = startCommand(['run', '--config', file], { cwd: folder });
  const [, address = ''] = await program.says(/admin on https?:\/\/(\S+)\//);
  const other = join(folder, 'running.yaml');
  await writeFile(other, text(address));
  return { program, file: other };
};

const ctl = (file: string, ...words: readonly string[]) =>
  command(['ctl', '--config', file, ...words], { cwd: folder });

describe('forehand ctl', () => {
  it.each([
    ['over the socket of the console', () => `console: "unix:${join(folder, 'console.sock')}"`],
    ['over the admin listener', () => ''],
    ['over the admin listener, with workers', () => 'workers: 2'],
    ['over the console, with workers', () => `workers: 2\nconsole: "unix:${join(folder, 'console.sock')}"`],
  ])(
    'shows and steers a proxy %s',
    async (_, more) => {
      const { program, file } = await aProxy(more());
      expect((await ctl(file, 'status')).stdout).toMatch(/^version: \S+\nup for: .*\nready: yes\n/);
      const drained = await ctl(file, 'drain', '127.0.0.1:1', 'new', 'disk');
      expect(drained).toMatchObject({ code: 0, stdout: '127.0.0.1:1 in pool web is drain: new disk\n' });
      expect((await ctl(file, 'servers')).stdout).toMatch(/web +127\.0\.0\.1:1 +drain .*new disk/);
      const servers = JSON.parse((await ctl(file, 'servers', '--json')).stdout);
      expect(servers.map(({ id }: { id: string }) => id)).toEqual(['127.0.0.1:1', '127.0.0.1:2']);
      expect((await ctl(file, 'weight', '127.0.0.1:2', '0.5')).code).toBe(0);
      expect((await ctl(file, 'pools')).stdout).toContain('web');
      expect((await ctl(file, 'explain', '/')).stdout).toContain('chosen: 127.0.0.1:2');
      expect((await ctl(file, 'reload')).stdout).toContain('the new configuration is in use');
      expect((await ctl(file, 'events')).stdout).toContain('set by hand to drain');
      expect(await ctl(file, 'drain', 'nobody')).toMatchObject({
        code: 1,
        said: 'ctl: there is no server "nobody" in "web"\n',
      });
      expect((await ctl(file, 'quit')).stdout).toBe('the proxy ends\n');
      expect(await program.ended).toBe(0);
    },
    60_000,
  );

  it('says that no proxy is there', async () => {
    const socket = join(folder, 'none.sock');
    expect(await command(['ctl', '--socket', socket, 'status'])).toMatchObject({
      code: 1,
      said: expect.stringContaining(`no proxy answers at unix:${socket}`),
    });
  });

  it('shows what the flags, the environment or the configuration say, over TLS', async () => {
    const { cert, key } = aCertificate({ names: ['some.other.name'] });
    await writeFile(join(folder, 'a.crt'), cert);
    await writeFile(join(folder, 'a.key'), key);
    const token = 'a-token-that-may-do-it-all';
    const look = 'a-token-that-may-look-only';
    const { program, file } = await aProxy(
      `adminTls: { cert: a.crt, key: a.key }\nadminAuth: { bearer: [{ name: eyes, token: ${look} }, { name: ops, token: ${token}, scope: write }] }`,
    );
    // Whoever may read the configuration may use what stands there; its certificate is known, whatever its name.
    expect((await ctl(file, 'drain', '127.0.0.1:1')).code).toBe(0);
    await program.says(/set by ops to drain/);
    const [, address = ''] = await program.says(/admin on (https:\/\/\S+)\//);
    const there = (...args: readonly string[]) =>
      command(['ctl', '--admin', address, 'ready', '127.0.0.1:1', ...args]);
    expect((await there('--token', token)).said).toContain('self-signed certificate');
    const ca = ['--ca', join(folder, 'a.crt')];
    expect((await there(...ca, '--token', token)).said).toContain("does not match certificate's altnames");
    const env = { FOREHAND_ADMIN_TOKEN: look };
    expect((await command(['servers', '--config', file], { env })).code).toBe(0);
    expect(await command(['ctl', '--config', file, 'ready', '127.0.0.1:1'], { env })).toMatchObject({
      code: 1,
      said: 'ctl: this needs the scope "write", and yours is "read"\n',
    });
    expect((await command(['servers', '--config', file, '--token', 'wrong'])).said).toContain(
      'these credentials are not known here',
    );
    expect(program.said()).not.toContain(token);
  });
});

describe('forehand run', () => {
  it('keeps a pid file while it runs, and refuses to run twice with one', async () => {
    const { program, file } = await aProxy('pidFile: forehand.pid');
    const path = join(folder, 'forehand.pid');
    await eventually(async () => (await readFile(path, 'utf8')) === `${program.child.pid}\n`);
    const second = await command(['run', '--config', file], { cwd: folder });
    expect(second.code).toBe(1);
    expect(second.said).toContain(`process ${program.child.pid} runs already`);
    expect(await program.stop()).toBe(0);
    await expect(stat(path)).rejects.toThrow('ENOENT');
  });

  it.skipIf(process.getuid?.() !== 0)(
    'goes on as the user that it is given, with all its processes',
    async () => {
      const { program, file } = await aProxy(
        `user: nobody\npidFile: forehand.pid\nconsole: "unix:${join(folder, 'c.sock')}"`,
      );
      const pid = program.child.pid ?? 0;
      const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ');
      const nobody = (await stat(join(folder, 'c.sock'))).uid;
      expect(nobody).not.toBe(0);
      for (const one of [pid, ...children]) {
        const status = await readFile(`/proc/${one}/status`, 'utf8');
        // Real, effective, saved and for files.
        expect(/^Uid:\s+(.*)$/m.exec(status)?.[1]?.split('\t')).toEqual(
          Array.from({ length: 4 }, () => String(nobody)),
        );
        expect(/^Gid:\s+(.*)$/m.exec(status)?.[1]).not.toMatch(/\b0\b/);
        expect(/^Groups:\s*(.*)$/m.exec(status)?.[1]).not.toMatch(/\b0\b/);
        expect(/^CapEff:\s*(.*)$/m.exec(status)?.[1]).toMatch(/^0+$/);
      }
      expect(((await stat(join(folder, 'c.sock'))).mode & 0o777).toString(8)).toBe('600');
      expect((await ctl(file, 'reload')).code).toBe(0);
      expect(program.said()).not.toContain('running as root');
      expect(await program.stop()).toBe(0);
    },
  );

  it.skipIf(process.getuid?.() !== 0)('says which files the user could not read', async () => {
    await writeFile(join(folder, 'secret'), 'a-token-of-many-characters', { mode: 0o600 });
    const file = join(folder, 'f.yaml');
    await writeFile(
      file,
      `listen: "127.0.0.1:0"\nadmin: "127.0.0.1:0"\nuser: nobody\npidFile: a.pid\nadminAuth: { bearer: [{ name: a, tokenFile: secret }] }\n${POOL}`,
    );
    const { code, said } = await command(['run', '--config', file]);
    expect(code).toBe(1);
    expect(said).toContain(`user: "nobody" may not read ${join(folder, 'secret')}`);
    expect(said).not.toContain('a-token-of-many');
  });

  it('refuses a user that there is not', async () => {
    const file = join(folder, 'f.yaml');
    await writeFile(file, `listen: "127.0.0.1:0"\nuser: no-such-user\n${POOL}`);
    expect(await command(['run', '--config', file])).toMatchObject({
      code: 1,
      said: 'forehand: user: there is no user "no-such-user" on this system\n',
    });
  });

  it.skipIf(process.getuid?.() !== 0)('warns where it goes on as root', async () => {
    const { program } = await aProxy();
    expect(program.said()).toContain('running as root');
  });
});

describe('forehand hash-password', () => {
  it.skipIf(process.platform !== 'linux')('asks twice at a terminal, and shows nothing of it', async () => {
    const main = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));
    const terminal = spawn('script', ['-qec', `${process.execPath} ${main} hash-password`, '/dev/null']);
    let shown = '';
    terminal.stdout.setEncoding('utf8').on('data', (part: string) => {
      shown += part;
    });
    const ended = once(terminal, 'close');
    await eventually(() => shown.endsWith('password: '), 'the question', 15_000);
    terminal.stdin.write('correct horsX\u007fe\r');
    await eventually(() => shown.endsWith('once more: '), 'the second question', 15_000);
    terminal.stdin.write('correct horse\r');
    await ended;
    const lines = shown.split(/[\r\n]+/).filter((line) => line !== '');
    expect(lines.slice(0, 2)).toEqual(['password: ', 'once more: ']);
    expect(await verifyPassword(lines[2] ?? '', 'correct horse')).toBe(true);
  });

  it('prints one line for the first line that it is given', async () => {
    const { code, stdout } = await command(['hash-password'], { input: 'correct horse\nsecond line\n' });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^scrypt\$\S+\n$/);
    expect(await verifyPassword(stdout.trim(), 'correct horse')).toBe(true);
  });

  it.each([
    ['', 'the password is empty'],
    ['\n', 'the password is empty'],
    ['a\u0007b\n', 'without control characters'],
    [`${'x'.repeat(1025)}\n`, 'at most 1024 characters'],
  ])('refuses %j', async (input, message) => {
    const { code, said } = await command(['hash-password'], { input });
    expect(code).toBe(1);
    expect(said).toContain(message);
  });
});
