import type { EventView, ServerView } from '../../../src/control/views/views.ts';
import { keyOf } from './histories.ts';

/** The last thing that changed with a server, as far as this page knows. */
export interface Change {
  /** Epoch ms on the proxy's clock. */
  readonly at: number;
  /** `ready → down: connect refused`, or as the event says it. */
  readonly text: string;
}

/** How events name a server: `web-1 in pool web is down: …`, `worker 2: web-1 in pool web: set by hand to drain`. */
const NAMED = /^(?:worker \d+: )?(?:server (?:announced|forgotten): )?(.+) in pool ([^\s:]+):? ?(.*)$/;
const SERVER_KINDS = /^(?:server_|agent_check)/;

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
      const { state, id } = server;
      const reason = server.reason ? `: ${server.reason}` : '';
      this.#last.set(key, { at, text: `${before ? `${before} → ` : ''}${state}${reason}` });
      said.push(`${id} is ${state}${reason}`);
    }
    for (const key of this.#states.keys()) {
      if (states.has(key)) continue;
      this.#last.delete(key);
      said.push(`${key.slice(key.indexOf(' ') + 1)} has left`);
    }
    this.#states = states;
    return said;
  }

  /** What events say of servers that are there: a page that was just opened knows of earlier changes by them. */
  hear(events: readonly EventView[]): void {
    for (const { at, kind, message } of events) {
      if (!SERVER_KINDS.test(kind)) continue;
      const [, id = '', pool = '', text = ''] = NAMED.exec(message) ?? [];
      const key = keyOf({ pool, id });
      if (!this.#states.has(key) || (this.#last.get(key)?.at ?? 0) >= at) continue;
      this.#last.set(key, { at, text: text || 'announced' });
    }
  }

  /** Undefined if none was seen. */
  of(key: string): Change | undefined {
    return this.#last.get(key);
  }
}
