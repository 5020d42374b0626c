import type { Millis } from '../../core/types.ts';
import type { HeardLoad } from './load-news.ts';
import type { ToWorker } from './messages.ts';
import type { WorkerProcess } from './worker-process.ts';

/** As often as agents report. Every worker that hears of every server would otherwise tell every other one. */
export const RELAY_EVERY_MS: Millis = 250;

/** Sends to each worker what is made for it, to those that listen. */
type SendToAll = (messageFor: (worker: WorkerProcess) => ToWorker | undefined) => void;

interface Newest {
  readonly from: WorkerProcess;
  readonly heardAt: Millis;
  readonly row: HeardLoad;
}

/** Passes on to the other workers what servers have said of their load to one: of each server the newest. */
export class LoadRelay {
  readonly #send: SendToAll;
  readonly #now: () => Millis;
  /** By number of server; has no more entries than there are servers. */
  #newest = new Map<number, Newest>();
  #sentAt: Millis = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined = undefined;

  constructor(send: SendToAll, now: () => Millis) {
    this.#send = send;
    this.#now = now;
  }

  /** Passes it on at once, or together with what comes until then if it was done only just now. */
  take(from: WorkerProcess, heard: readonly HeardLoad[]): void {
    const now = this.#now();
    for (const row of heard) {
      const heardAt = now - row.age;
      if (heardAt >= (this.#newest.get(row.number)?.heardAt ?? Number.NEGATIVE_INFINITY))
        this.#newest.set(row.number, { from, heardAt, row });
    }
    if (this.#newest.size === 0) return;
    const wait = this.#sentAt + RELAY_EVERY_MS - now;
    if (wait <= 0) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), wait).unref();
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const now = this.#now();
    const rows = [...this.#newest.values()];
    this.#newest = new Map();
    this.#sentAt = now;
    this.#send((worker) => {
      const heard = rows.flatMap(({ from, heardAt, row }) =>
        from === worker ? [] : [{ ...row, age: now - heardAt }],
      );
      return heard.length === 0 ? undefined : { kind: 'load', heard };
    });
  }
}
