import { messageOf } from '../../core/errors.ts';
import type { Millis } from '../../core/types.ts';
import type { Clock } from '../clock.ts';

/** Something that is open until it is not. */
export interface Session {
  /** Resolves with the reason once it is over. Never rejects. */
  readonly ended: Promise<string>;
  /** Ends it. `reason`: for people. */
  drop(reason: string): void;
}

export interface KeptOpenOptions<S extends Session> {
  readonly open: () => Promise<S>;
  /** Called with each session once it is the current one. Where it rejects the fault is noted, and the session stays. */
  readonly up?: (session: S) => Promise<void>;
  readonly down?: () => void;
  readonly clock: Clock;
}

/** From the start of one try to the start of the next. */
const TRY_EVERY: Millis = 500;
/** But never sooner than this after the end of one that took long. */
const SHORTEST_PAUSE: Millis = 50;

/** Opens a session, and another one whenever it ends, until it is closed. Nothing is carried over from one to the next. */
export class KeptOpen<S extends Session> {
  readonly #options: KeptOpenOptions<S>;
  #session: S | undefined;
  #sessions = 0;
  #since: number;
  #fault: string | undefined;
  #running: Promise<void> | undefined;
  #firstTry: Promise<void> | undefined;
  #closed = false;
  #wake: () => void = () => undefined;

  constructor(options: KeptOpenOptions<S>) {
    this.#options = options;
    this.#since = options.clock.epoch();
  }

  /** The session that is open now. */
  get session(): S | undefined {
    return this.#session;
  }

  /** How often a session took the place of one that had ended. */
  get reopened(): number {
    return Math.max(0, this.#sessions - 1);
  }

  /** Why the last session ended, or could not be opened, or what was noted since. */
  get fault(): string | undefined {
    return this.#fault;
  }

  /** For people: since when it is as it is, and the last fault. */
  get detail(): string {
    const state = this.#session ? 'up' : 'down';
    const fault = this.#fault === undefined ? '' : `; last fault: ${this.#fault}`;
    return `${state} since ${new Date(this.#since).toISOString()}${fault}`;
  }

  /** Notes a fault that does not end the session. What is said of one that has ended is no news. */
  note(session: S, fault: string): void {
    if (session === this.#session) this.#fault = fault;
  }

  /** Begins, if it has not. Resolves once the first try has come to something, good or bad. */
  start(): Promise<void> {
    this.#firstTry ??= new Promise((resolve) => {
      this.#running = this.#run(resolve);
    });
    return this.#firstTry;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#session?.drop('closed');
    this.#wake();
    await this.#running;
  }

  async #run(tried: () => void): Promise<void> {
    while (!this.#closed) {
      const startedAt = this.#options.clock.now();
      this.#fault = (await this.#once(tried)) ?? this.#fault;
      tried();
      if (!this.#closed) await this.#pause(TRY_EVERY - (this.#options.clock.now() - startedAt));
    }
  }

  /** One session from beginning to end. Returns why it ended. */
  async #once(tried: () => void): Promise<string | undefined> {
    const { open, up, down, clock } = this.#options;
    try {
      const session = await open();
      if (this.#closed) {
        session.drop('closed');
        return undefined;
      }
      this.#session = session;
      this.#sessions += 1;
      this.#since = clock.epoch();
      const ready = Promise.resolve(up?.(session)).catch((thrown: unknown) =>
        this.note(session, messageOf(thrown)),
      );
      await Promise.race([ready, session.ended]);
      tried();
      return await session.ended;
    } catch (thrown) {
      return messageOf(thrown);
    } finally {
      if (this.#session) this.#since = clock.epoch();
      this.#session = undefined;
      down?.();
    }
  }

  #pause(millis: Millis): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(SHORTEST_PAUSE, millis)).unref();
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
