import { Agent, get } from 'node:http';

const TIME_LIMIT_MS = 10_000;
const MOST_OPEN = 1000;

/** How requests went, for each server that answered (by the X-Forehand-Server header). */
export interface LoadCount {
  readonly requests: number;
  readonly failed: number;
  readonly byServer: ReadonlyMap<string, number>;
}

/** A gentle load at a steady rate that does not wait for answers, as real clients do not. */
export class DemoLoad {
  readonly #url: string;
  readonly #agent = new Agent({ keepAlive: true, maxFreeSockets: 32 });
  readonly #timer: NodeJS.Timeout;
  #requests = 0;
  #failed = 0;
  #open = 0;
  #byServer = new Map<string, number>();

  constructor(url: string, perSecond: number) {
    this.#url = url;
    this.#timer = setInterval(() => this.#send(), 1000 / perSecond);
  }

  count(): LoadCount {
    return { requests: this.#requests, failed: this.#failed, byServer: new Map(this.#byServer) };
  }

  /** Sends no more, and waits for what is under way. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    const patience = performance.now() + TIME_LIMIT_MS;
    while (this.#open > 0 && performance.now() < patience)
      await new Promise((resolve) => setTimeout(resolve, 20));
    this.#agent.destroy();
  }

  #send(): void {
    if (this.#open >= MOST_OPEN) return;
    this.#open += 1;
    let over = false;
    const end = (failed: boolean, server: string | undefined): void => {
      if (over) return;
      over = true;
      this.#open -= 1;
      this.#requests += 1;
      if (failed) this.#failed += 1;
      if (server) this.#byServer.set(server, (this.#byServer.get(server) ?? 0) + 1);
    };
    const sent = get(this.#url, { agent: this.#agent, timeout: TIME_LIMIT_MS }, (answer) => {
      const server = answer.headers['x-forehand-server'];
      answer.resume();
      answer.on('close', () =>
        end(
          !answer.complete || (answer.statusCode ?? 0) >= 500,
          typeof server === 'string' ? server : undefined,
        ),
      );
    });
    sent.on('timeout', () => sent.destroy());
    sent.on('error', () => end(true, undefined));
  }
}
