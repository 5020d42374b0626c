import type { ServerView } from '../../../src/control/views.ts';
import { keyOf } from './histories.ts';

/** The last time that a server's state changed, as far as this page knows. */
export interface Change {
  /** Epoch ms on the proxy's clock. */
  readonly at: number;
  /** The state before; null where this page has not seen it. */
  readonly from: string | null;
  readonly to: string;
  readonly reason: string | null;
}

/** Changes of state between one snapshot and the next, and the last one of each server. */
export class Changes {
  #states = new Map<string, string>();
  #last = new Map<string, Change>();

  /** What has changed since the call before; at the first call nothing has. Servers that came or left are named too. */
  take(at: number, servers: readonly ServerView[]): readonly string[] {
    const said: string[] = [];
    const states = new Map<string, string>();
    const isFirst = this.#states.size === 0;
    for (const server of servers) {
      const key = keyOf(server);
      const before = this.#states.get(key);
      states.set(key, server.state);
      if (isFirst || before === server.state) continue;
      const { reason, state, id } = server;
      this.#last.set(key, { at, from: before ?? null, to: state, reason });
      said.push(`${id} is ${state}${reason ? `: ${reason}` : ''}`);
    }
    for (const key of this.#states.keys()) {
      if (states.has(key)) continue;
      this.#last.delete(key);
      said.push(`${key.slice(key.indexOf(' ') + 1)} has left`);
    }
    this.#states = states;
    return said;
  }

  /** Undefined if none was seen. */
  of(key: string): Change | undefined {
    return this.#last.get(key);
  }
}
