import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What stands in the way of network namespaces here; undefined if nothing does. */
export const namespaceFault = (): string | undefined => {
  if (process.getuid?.() !== 0) return 'not root';
  if (!existsSync('/usr/sbin/ip') && !existsSync('/sbin/ip') && !existsSync('/usr/bin/ip'))
    return 'there is no `ip` (Debian package iproute2)';
  const probe = `fh${process.pid}probe`;
  try {
    execFileSync('ip', ['netns', 'add', probe], { stdio: 'pipe' });
    execFileSync('ip', ['netns', 'del', probe], { stdio: 'pipe' });
    return undefined;
  } catch (thrown) {
    return `namespaces cannot be made: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
  }
};

const PATIENCE_MS = 3000;

/** Ends a program: asks first, and does not ask for long. */
export const end = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) {
      resolve();
      return;
    }
    const force = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
    child.once('exit', () => {
      clearTimeout(force);
      resolve();
    });
    child.kill('SIGTERM');
  });

const ip = (...args: readonly string[]): Promise<unknown> => run('ip', args);

/** Machines on one machine: network namespaces on a bridge that has a namespace of its own, so that nobody else is on it. */
export class Network {
  readonly #prefix = `fh${process.pid}`;
  readonly #hosts = new Map<string, string>();
  readonly #children = new Set<ChildProcess>();

  /** Makes one host for each name, with the addresses 10.99.0.1, 10.99.0.2 and so on. */
  static async open(names: readonly string[]): Promise<Network> {
    const network = new Network();
    try {
      await network.#makeHub();
      for (const [i, name] of names.entries()) await network.#add(name, `10.99.0.${i + 1}`);
      return network;
    } catch (thrown) {
      await network.close();
      throw thrown;
    }
  }

  address(name: string): string {
    const address = this.#hosts.get(name);
    if (address === undefined) throw new TypeError(`no host ${name}`);
    return address;
  }

  /** Starts a program on a host. It is killed at the end if it runs on. */
  start(name: string, command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
    const child = spawn('ip', ['netns', 'exec', this.#space(name), command, ...args], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#children.add(child);
    child.once('exit', () => this.#children.delete(child));
    return child;
  }

  /** What a program prints that ends by itself within 10 s. */
  async output(name: string, command: string, ...args: readonly string[]): Promise<string> {
    const { stdout } = await run('ip', ['netns', 'exec', this.#space(name), command, ...args], {
      timeout: 10_000,
      maxBuffer: 16 * 1024 * 1024,
    });
    return stdout;
  }

  /** From now on nothing that `from` sends arrives at `to`, and nobody is told. */
  async cut(from: string, to: string): Promise<void> {
    await ip('-n', this.#space(from), 'route', 'add', 'blackhole', `${this.address(to)}/32`);
  }

  async mend(from: string, to: string): Promise<void> {
    await ip('-n', this.#space(from), 'route', 'del', 'blackhole', `${this.address(to)}/32`);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#children].map(end));
    for (const name of [...this.#hosts.keys(), 'hub'])
      await ip('netns', 'del', this.#space(name)).catch(() => undefined);
  }

  #space(name: string): string {
    return `${this.#prefix}${name}`;
  }

  async #makeHub(): Promise<void> {
    const hub = this.#space('hub');
    await ip('netns', 'add', hub);
    await ip('-n', hub, 'link', 'add', 'br0', 'type', 'bridge', 'mcast_snooping', '0');
    await ip('-n', hub, 'link', 'set', 'br0', 'up');
  }

  async #add(name: string, address: string): Promise<void> {
    const [hub, space] = [this.#space('hub'), this.#space(name)];
    this.#hosts.set(name, address);
    await ip('netns', 'add', space);
    await ip('-n', hub, 'link', 'add', `v-${name}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', space);
    await ip('-n', hub, 'link', 'set', `v-${name}`, 'master', 'br0', 'up');
    await ip('-n', space, 'addr', 'add', `${address}/24`, 'dev', 'eth0');
    await ip('-n', space, 'link', 'set', 'lo', 'up');
    await ip('-n', space, 'link', 'set', 'eth0', 'up');
    await ip('-n', space, 'route', 'add', '239.0.0.0/8', 'dev', 'eth0');
  }
}
