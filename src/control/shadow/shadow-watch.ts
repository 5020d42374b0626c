import type { EventLog } from '../events/events.ts';
import type { ShadowView } from '../views/views.ts';

const LOOK_EVERY_MS = 2000;

/** Tells when the verdict on a shadow chain has changed. */
export class ShadowWatch {
  readonly #views: () => readonly ShadowView[];
  readonly #events: Pick<EventLog, 'add'>;
  readonly #timer: NodeJS.Timeout;
  /** Pools whose shadow chain was safe to switch to when it was looked at last. */
  #safe: ReadonlySet<string> = new Set();

  constructor(views: () => readonly ShadowView[], events: Pick<EventLog, 'add'>) {
    this.#views = views;
    this.#events = events;
    this.#timer = setInterval(() => this.look(), LOOK_EVERY_MS).unref();
  }

  /** A chain begins as one that is not safe to switch to. */
  look(): void {
    const views = this.#views();
    for (const { pool, isSafe, verdict } of views) {
      if (isSafe === this.#safe.has(pool)) continue;
      this.#events.add(
        'shadow_verdict',
        `the shadow chain of pool ${pool}: ${verdict}`,
        isSafe ? 'info' : 'warn',
      );
    }
    this.#safe = new Set(views.flatMap(({ pool, isSafe }) => (isSafe ? [pool] : [])));
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
