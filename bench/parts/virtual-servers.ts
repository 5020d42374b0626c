import { fileURLToPath } from 'node:url';
import { freePorts } from './free-ports.ts';
import { untilReady } from './probe.ts';
import type { Rig } from './rig.ts';

const SCRIPT = fileURLToPath(new URL('./virtual-server.js', import.meta.url));
/** Every second one is half as fast. */
const SPEEDS = [1, 0.5, 1, 0.5, 1, 0.5, 1, 0.5];
const CORES = 4;
/** An antagonist leaves so much of a server's speed. */
const LEFT = 0.4;
/** How long it stays with one pair of servers. */
const STAY_MS = 5000;

/** What disturbs: a pair of servers, one fast and one slow, by turns; nothing; or one fast server that fails at once. */
export type Disturbance = 'antagonists' | 'calm' | 'failing';

/** Eight servers of unlike speed, each a process. */
export class VirtualServers {
  readonly ports: readonly number[];

  private constructor(ports: readonly number[]) {
    this.ports = ports;
  }

  static async start(rig: Rig): Promise<VirtualServers> {
    const ports = await freePorts(SPEEDS.length);
    for (const [i, port] of ports.entries()) {
      const args = [SCRIPT, String(port), String(SPEEDS[i])];
      const running = rig.start({ name: `server-${i}`, command: process.execPath, args });
      await untilReady(running, `http://127.0.0.1:${port}/`);
    }
    return new VirtualServers(ports);
  }

  /** Requests a second that all of them can do, when each takes `meanWork` ms of a nominal core. */
  static capacity(disturbance: Disturbance, meanWork: number): number {
    const [fast = 1, slow = 1] = SPEEDS;
    const all = SPEEDS.reduce((sum, speed) => sum + speed, 0);
    const lost = { antagonists: (1 - LEFT) * (fast + slow), calm: 0, failing: fast }[disturbance];
    return ((all - lost) * CORES * 1000) / meanWork;
  }

  /** Sets everything back, and begins to disturb. The function that comes back ends that. */
  async disturb(disturbance: Disturbance): Promise<() => void> {
    await this.#put('reset', () => 1);
    await this.#put('failing', (i) => (disturbance === 'failing' && i === 0 ? 1 : 0));
    await this.#put('speed', () => 1);
    if (disturbance !== 'antagonists') return () => undefined;
    let turn = 0;
    const move = (): void => {
      const pairs = SPEEDS.length / 2;
      const [fast, slow] = [2 * (turn % pairs), 2 * ((turn + 2) % pairs) + 1];
      turn += 1;
      void this.#put('speed', (i) => (i === fast || i === slow ? LEFT : 1));
    };
    move();
    const timer = setInterval(move, STAY_MS);
    return () => clearInterval(timer);
  }

  /** Requests that came to each since `disturb`. */
  async served(): Promise<readonly number[]> {
    return Promise.all(
      this.ports.map(async (port) => Number(await (await fetch(`http://127.0.0.1:${port}/served`)).text())),
    );
  }

  async #put(name: string, of: (server: number) => number): Promise<void> {
    await Promise.all(
      this.ports.map((port, i) => fetch(`http://127.0.0.1:${port}/${name}/${of(i)}`, { method: 'PUT' })),
    );
  }
}
