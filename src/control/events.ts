import type { Log } from './log.ts';
import { Ring } from './ring.ts';
import type { EventView } from './views.ts';

const KEPT = 1000;

/** What happened to the proxy, for people: kept in memory for the status page, and written to the log. */
export class EventLog {
  readonly #events = new Ring<EventView>(KEPT);
  readonly #log: Log;
  readonly #wallClock: () => number;

  constructor(log: Log, wallClock: () => number) {
    this.#log = log;
    this.#wallClock = wallClock;
  }

  add(kind: string, message: string, level: 'info' | 'warn' | 'error' = 'info'): void {
    this.#events.push({ at: this.#wallClock(), kind, message });
    this.#log[level](message, { event: kind });
  }

  newest(count: number): readonly EventView[] {
    return this.#events.newest(count);
  }
}
