import type { Config } from '../../config/schema/schema.ts';
import type { Log } from '../logs/log.ts';
import type { EventView } from '../views/views.ts';
import { EventFile, type EventLevel } from './event-file.ts';
import { Ring } from './ring.ts';

const KEPT = 1000;

/**
 * What happened to the proxy, for people: kept in memory for the status page, written to the log, and to a file of its
 * own where the configuration names one.
 */
export class EventLog {
  readonly #events = new Ring<EventView>(KEPT);
  readonly #log: Log;
  readonly #wallClock: () => number;
  readonly #followers = new Set<(event: EventView) => void>();
  readonly #file: EventFile;

  constructor(log: Log, wallClock: () => number) {
    this.#log = log;
    this.#wallClock = wallClock;
    this.#file = new EventFile({ clock: { now: wallClock }, log });
  }

  /** Writes to the file of this configuration from now on. */
  take(config: Pick<Config, 'eventLog'>): void {
    this.#file.follow(config);
  }

  /** `kind` is a name for programs that stays as it is: docs/monitoring.md lists them. */
  add(kind: string, message: string, level: EventLevel = 'info'): void {
    const event = { at: this.#wallClock(), kind, message };
    this.#events.push(event);
    this.#log[level](message, { event: kind });
    this.#file.add(event, level);
    for (const heard of this.#followers) heard(event);
  }

  /** Tells of each event from now on; the answer ends that. */
  follow(heard: (event: EventView) => void): () => void {
    this.#followers.add(heard);
    return () => void this.#followers.delete(heard);
  }

  newest(count: number): readonly EventView[] {
    return this.#events.newest(count);
  }

  /** Opens the file anew, once it was moved away. */
  reopen(): Promise<void> {
    return this.#file.reopen();
  }

  /** Writes what is left to the file, for two seconds at most. */
  close(): Promise<void> {
    return this.#file.close();
  }
}
