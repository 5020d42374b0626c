import type { Millis } from '../core/types.ts';
import { KeptSessions } from './kept-sessions.ts';
import { isMarkOf, markOf, type Secrets } from './secrets.ts';
import { type SessionData, sessionDataIn, sessionText } from './session-data.ts';
import { LOAD_LIMIT, type SessionCounts, type SessionStore } from './session-store.ts';

/** Texts by key that several proxies share. Rejects where it is out of reach. */
export interface SharedTexts {
  /** The text, which lives on for `ttl`; undefined if there is none. */
  get(id: string, ttl: Millis): Promise<string | undefined>;
  set(id: string, text: string, ttl: Millis): Promise<void>;
  remove(id: string): Promise<void>;
  close(): Promise<void>;
}

export interface SharedStoreOptions {
  readonly texts: SharedTexts;
  readonly secrets: Secrets;
  /** An unused session is forgotten after it. */
  readonly ttl: Millis;
  /** Most that are remembered here; all of them are in the shared place. */
  readonly maxEntries: number;
  readonly now: () => Millis;
  /** Hears, at most once a minute, that something came too late or was lost. */
  readonly troubled?: (counts: SessionCounts) => void;
}

/** What was loaded is used so long without asking again; so much later a change by another proxy is seen. */
const FRESH: Millis = 1000;
/** Most writes under way; what goes beyond is lost, and counted. */
const MOST_WRITES = 1000;
/** From one word of trouble to the next. */
const QUIET: Millis = 60_000;
/** Most loads under way. */
const MOST_LOADS = 10_000;
const PURPOSE = 'session data';

/** Gives what comes within the limit, else undefined. */
const within = <T>(limit: Millis, work: Promise<T>, late: () => void): Promise<T | undefined> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => {
      late();
      resolve(undefined);
    }, limit);
    const end = (value: T | undefined): void => {
      clearTimeout(timer);
      resolve(value);
    };
    work.then(end, () => {
      late();
      end(undefined);
    });
  });

/**
 * Sessions that several processes share. What is kept carries our mark, so that nobody else can make sessions up. Of
 * two changes at once the later one holds, with all of its data.
 */
export class SharedStore implements SessionStore {
  readonly #options: SharedStoreOptions;
  readonly #fresh: KeptSessions<SessionData | 'none'>;
  readonly #loads = new Map<string, Promise<SessionData | undefined>>();
  /** The last write of each session, behind those before it: a late one never undoes a newer one. */
  readonly #writes = new Map<string, Promise<void>>();
  #writing = 0;
  #lateLoads = 0;
  #lostWrites = 0;
  #toldAt: Millis = Number.NEGATIVE_INFINITY;

  constructor(options: SharedStoreOptions) {
    this.#options = options;
    this.#fresh = new KeptSessions({ most: options.maxEntries, now: options.now });
  }

  get counts(): SessionCounts {
    return { lateLoads: this.#lateLoads, lostWrites: this.#lostWrites };
  }

  peek(id: string): SessionData | 'none' | undefined {
    return this.#fresh.get(id);
  }

  load(id: string): Promise<SessionData | undefined> {
    const known = this.#fresh.get(id);
    if (known !== undefined) return Promise.resolve(known === 'none' ? undefined : known);
    const loading = this.#loads.get(id) ?? this.#start(id);
    return loading;
  }

  save(id: string, data: SessionData): void {
    const { texts, ttl, secrets } = this.#options;
    const text = sessionText(data);
    this.#fresh.set(id, data, FRESH);
    this.#write(id, () => texts.set(id, `${markOf(secrets[0], PURPOSE, `${id} ${text}`)} ${text}`, ttl));
  }

  remove(id: string): void {
    this.#fresh.set(id, 'none', FRESH);
    this.#write(id, () => this.#options.texts.remove(id));
  }

  /** Waits for the writes under way, no longer than they may take. */
  async close(): Promise<void> {
    await within(LOAD_LIMIT, Promise.all(this.#writes.values()), () => undefined);
    await this.#options.texts.close();
  }

  #start(id: string): Promise<SessionData | undefined> {
    const late = (): void => {
      this.#lateLoads += 1;
      this.#tell();
    };
    if (this.#loads.size >= MOST_LOADS) {
      late();
      return Promise.resolve(undefined);
    }
    const loading = within(LOAD_LIMIT, this.#fetch(id), late).finally(() => this.#loads.delete(id));
    this.#loads.set(id, loading);
    return loading;
  }

  async #fetch(id: string): Promise<SessionData | undefined> {
    const { texts, ttl } = this.#options;
    const data = this.#opened(id, (await texts.get(id, ttl)) ?? '');
    // What was changed here meanwhile is newer.
    if (this.#fresh.get(id) === undefined) this.#fresh.set(id, data ?? 'none', FRESH);
    return data;
  }

  #opened(id: string, text: string): SessionData | undefined {
    const space = text.indexOf(' ');
    const data = text.slice(space + 1);
    if (space < 0 || !isMarkOf(this.#options.secrets, PURPOSE, `${id} ${data}`, text.slice(0, space)))
      return undefined;
    return sessionDataIn(data);
  }

  /** In the background: no request waits for it. Tried twice. */
  #write(id: string, write: () => Promise<void>): void {
    if (this.#writing >= MOST_WRITES) {
      this.#lost();
      return;
    }
    this.#writing += 1;
    const before = this.#writes.get(id) ?? Promise.resolve();
    const writing = before
      .then(() => write().catch(write))
      .catch(() => this.#lost())
      .then(() => {
        this.#writing -= 1;
        if (this.#writes.get(id) === writing) this.#writes.delete(id);
      });
    this.#writes.set(id, writing);
  }

  #lost(): void {
    this.#lostWrites += 1;
    this.#tell();
  }

  #tell(): void {
    const now = this.#options.now();
    if (now - this.#toldAt < QUIET) return;
    this.#toldAt = now;
    this.#options.troubled?.(this.counts);
  }
}
