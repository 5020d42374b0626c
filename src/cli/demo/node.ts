import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Stats } from '../../core/types.ts';

/** What makes one node of the demo unlike the others. */
export interface Manner {
  readonly id: string;
  /** In a word, for the screen. */
  readonly about: string;
  readonly cores: number;
  /** Speed of a core; 1000 is the reference machine. */
  readonly arriba: number;
  /** Part of the requests whose connection is reset instead of answered, 0..1. */
  readonly flaky: number;
  /** Bytes of memory lost with each request, until it starts anew. */
  readonly leak: number;
}

/** Time that one request takes on one free core of the reference machine, ms. */
const WORK_MS = 180;
/** What a neighbour on the machine leaves of a core when the node is made busy. */
const BUSY_SHARE = 0.1;
const MEMORY = 4 * 1024 ** 3;

/**
 * One server of the demo with a machine of its own, played in this process: requests wait for a core, and a core
 * works at its speed. So five unlike machines fit on one, and what their agents report is true of them.
 */
export class DemoNode {
  readonly manner: Manner;
  #server: Server | undefined = undefined;
  readonly #sockets = new Set<Socket>();
  readonly #waiting: (() => void)[] = [];
  #port = 0;
  #running = 0;
  #free = MEMORY;
  #load = 0;
  #served = 0;
  #random: () => number;
  busy = false;

  constructor(manner: Manner, random: () => number) {
    this.manner = manner;
    this.#random = random;
  }

  get alive(): boolean {
    return this.#server !== undefined;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Starts to serve; after a kill on the same port as before. */
  async start(): Promise<void> {
    const server = createServer((req, res) => this.#serve(req, res));
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    await new Promise<void>((resolve, reject) =>
      server.once('error', reject).listen(this.#port, '127.0.0.1', resolve),
    );
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
    this.#free = MEMORY;
  }

  /** Dies as a machine does: without a word, in the middle of what it was doing. */
  async kill(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    for (const socket of this.#sockets) socket.resetAndDestroy();
    this.#waiting.length = 0;
    this.#running = 0;
    if (server) await new Promise((resolve) => server.close(resolve));
  }

  /** What an agent on this machine would measure now. */
  stats(): Stats {
    const { cores, arriba } = this.manner;
    const share = this.busy ? BUSY_SHARE : 1;
    const runnable = this.#running + this.#waiting.length + (this.busy ? cores / BUSY_SHARE : 0);
    this.#load += (runnable - this.#load) / 8;
    const used = Math.min(1, this.#running / cores);
    return {
      load1: this.#load,
      cpuIdle: Math.max(0, (1 - used) * share),
      cpus: cores,
      memoryTotal: MEMORY,
      memoryAvailable: this.#free,
      arriba: arriba * share,
      arribaNominal: arriba,
      inFlight: this.#running + this.#waiting.length,
    };
  }

  #serve(req: IncomingMessage, res: ServerResponse): void {
    req.resume();
    if (this.#random() < this.manner.flaky) {
      req.socket.resetAndDestroy();
      return;
    }
    if (this.#running < this.manner.cores) this.#work(res);
    else this.#waiting.push(() => this.#work(res));
  }

  #work(res: ServerResponse): void {
    this.#running += 1;
    const speed = (this.manner.arriba / 1000) * (this.busy ? BUSY_SHARE : 1);
    const server = this.#server;
    setTimeout(
      () => {
        if (server !== this.#server) return;
        this.#running -= 1;
        this.#served += 1;
        this.#free = this.#free < MEMORY / 10 ? MEMORY : this.#free - this.manner.leak;
        res.end(`${this.manner.id} (${this.manner.about}) has served ${this.#served} requests\n`);
        this.#waiting.shift()?.();
      },
      (WORK_MS / speed) * (0.5 + this.#random()),
    );
  }
}
