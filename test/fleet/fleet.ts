import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NodeView, ServerView } from '../../src/control/views/views.ts';
import { end, Network } from './network.ts';

const MAIN = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));
const program = (name: string): string => fileURLToPath(new URL(`programs/${name}.mjs`, import.meta.url));

const TOKEN = 'the-token-of-this-fleet';
const ADMIN = '127.0.0.1:9090';
const PATIENCE_MS = 20_000;
const LOOK_MS = 20;

/** A played machine: cores and speed of one. */
export interface Machine {
  readonly id: string;
  readonly cpus: number;
  readonly arriba: number;
}

export interface Load {
  readonly sent: number;
  readonly failed: number;
  readonly failures: readonly string[];
  /** Ids of the servers that answered, in the order of their answers. */
  readonly servers: readonly string[];
}

/** How reports travel: keys of the proxies' configuration, and where agents send. */
export interface Way {
  readonly keys: (token: string) => string;
  readonly to: (proxies: readonly string[]) => readonly string[];
}

/** Resolves once the look does not answer undefined. */
export const until = async <Value>(look: () => Promise<Value | undefined>): Promise<Value> => {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const value = await look();
    if (value !== undefined) return value;
    if (performance.now() > deadline) throw new Error('it did not come to be');
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
};

/** Resolves when a program has said something that fits. */
const says = (child: ChildProcess, pattern: RegExp): Promise<void> =>
  new Promise((resolve, reject) => {
    let text = '';
    const hear = (chunk: Buffer): void => {
      text += String(chunk);
      if (pattern.test(text)) resolve();
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('exit', (code) => reject(new Error(`ended with ${code}: ${text}`)));
  });

/** Proxies, nodes and a load generator, each on a host of its own. */
export class Fleet {
  readonly network: Network;
  readonly #folder: string;
  readonly #way: Way;
  readonly #proxies: readonly string[];
  readonly #running = new Map<string, ChildProcess>();
  #redis: ChildProcess | undefined;

  private constructor(network: Network, folder: string, way: Way, proxies: readonly string[]) {
    this.network = network;
    this.#folder = folder;
    this.#way = way;
    this.#proxies = proxies;
  }

  static async open(way: Way, proxies: readonly string[], nodes: readonly string[]): Promise<Fleet> {
    const folder = await mkdtemp(join(tmpdir(), 'forehand-fleet-'));
    await writeFile(join(folder, 'token'), TOKEN);
    const network = await Network.open(['redis', 'client', ...proxies, ...nodes]);
    return new Fleet(network, folder, way, proxies);
  }

  /** The URL of redis for all hosts. */
  static readonly redis = 'redis://10.99.0.1:6379';

  async startRedis(): Promise<void> {
    const args = ['--save', '', '--appendonly', 'no', '--protected-mode', 'no', '--dir', this.#folder];
    this.#redis = this.network.start('redis', 'redis-server', args);
    await says(this.#redis, /Ready to accept connections/);
  }

  async killRedis(): Promise<void> {
    const redis = this.#redis;
    if (!redis) return;
    const gone = new Promise((resolve) => redis.once('exit', resolve));
    redis.kill('SIGKILL');
    await gone;
  }

  /** Resolves when it serves. */
  async startProxy(name: string, pool = ''): Promise<ChildProcess> {
    const file = join(this.#folder, `${name}.yaml`);
    await writeFile(
      file,
      `listen: "${this.network.address(name)}:8080"
admin: "${ADMIN}"
${this.#way.keys(join(this.#folder, 'token'))}
pools:
  web:
    accept: ["10.99.0.0/24"]
${pool}`,
    );
    const child = this.network.start(name, process.execPath, [MAIN, 'run', '-c', file]);
    this.#running.set(name, child);
    await says(child, /serving on/);
    return child;
  }

  /** Ends a proxy and starts it again. Resolves when it serves. */
  async restartProxy(name: string): Promise<void> {
    const child = this.#running.get(name);
    if (child) await end(child);
    await this.startProxy(name);
  }

  /** Resolves when its agent has begun to report. */
  async startNode(machine: Machine, workMs: number): Promise<ChildProcess> {
    const { id, cpus, arriba } = machine;
    const to = this.#way.to(this.#proxies.map((name) => this.network.address(name)));
    const facts = { host: this.network.address(id), port: 3000, id, to, token: TOKEN, cpus, arriba, workMs };
    const child = this.network.start(id, process.execPath, [
      program('node'),
      JSON.stringify({ ...facts, pool: 'web' }),
    ]);
    await says(child, /ready/);
    return child;
  }

  /** Begins to send so many requests a second, to the proxies in turn; the answer stops that and says how it went. */
  async startLoad(rate: number, proxies: readonly string[]): Promise<() => Promise<Load>> {
    const urls = proxies.map((name) => `http://${this.network.address(name)}:8080/`);
    const child = this.network.start('client', process.execPath, [
      program('load'),
      JSON.stringify({ urls, rate }),
    ]);
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += String(chunk);
    });
    await says(child, /ready/);
    return async () => {
      const closed = new Promise((resolve) => child.once('close', resolve));
      child.kill('SIGTERM');
      await closed;
      return JSON.parse(text.slice(text.indexOf('{'))) as Load;
    };
  }

  servers(proxy: string): Promise<readonly ServerView[]> {
    return this.#ask(proxy, '/api/v1/servers') as Promise<readonly ServerView[]>;
  }

  nodes(proxy: string): Promise<readonly NodeView[]> {
    return this.#ask(proxy, '/api/v1/nodes') as Promise<readonly NodeView[]>;
  }

  /** One number of its metrics. */
  async metric(proxy: string, name: string): Promise<number> {
    const text = await this.network.output(proxy, 'curl', '-s', `http://${ADMIN}/metrics`);
    return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
  }

  /** Runs a verb of the command against a proxy. */
  command(proxy: string, ...args: readonly string[]): Promise<string> {
    return this.network.output(proxy, process.execPath, MAIN, ...args, '--admin', ADMIN);
  }

  async close(): Promise<void> {
    await this.network.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #ask(proxy: string, path: string): Promise<unknown> {
    return JSON.parse(await this.network.output(proxy, 'curl', '-s', `http://${ADMIN}${path}`));
  }
}
