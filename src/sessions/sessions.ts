import type { HandlerSession } from '../core/handler.ts';
import type { RequestView } from '../core/types.ts';
import { type CookieSettings, cookieIn, setCookie } from './cookie-line.ts';
import { KeptSessions } from './kept-sessions.ts';
import type { Secrets } from './secrets.ts';
import { type SessionData, sessionText, withoutKey, withValue } from './session-data.ts';
import { newSessionId, sessionCookie, sessionIdIn } from './session-ids.ts';
import type { SessionStore } from './session-store.ts';

export interface SessionSettings extends CookieSettings {
  readonly secrets: Secrets;
  /** Longest that the data of one session may be, as JSON. */
  readonly maxBytes: number;
}

/** The session of one request to a handler. */
export interface OpenedSession {
  readonly session: HandlerSession;
  /** Keeps what was changed. Gives the value of Set-Cookie that the answer needs; undefined for none. */
  finish(): string | undefined;
}

const NOTHING: SessionData = Object.freeze(Object.create(null));

/** A session while a handler is at work with it. */
class Opened implements OpenedSession, HandlerSession {
  readonly #settings: SessionSettings;
  readonly #store: SessionStore;
  readonly #isHttps: boolean;
  /** As the client showed it; undefined if there is no such session, or no more. */
  #id: string | undefined;
  #data: SessionData;
  #removed: string | undefined = undefined;
  #isChanged = false;

  constructor(
    parts: { readonly settings: SessionSettings; readonly store: SessionStore; readonly isHttps: boolean },
    id: string | undefined,
    data: SessionData | undefined,
  ) {
    this.#settings = parts.settings;
    this.#store = parts.store;
    this.#isHttps = parts.isHttps;
    this.#id = data && id;
    this.#data = data ?? NOTHING;
  }

  get session(): HandlerSession {
    return this;
  }

  get(key: string): unknown {
    return this.#data[key];
  }

  set(key: string, value: unknown): void {
    const data = withValue(this.#data, key, value);
    const { maxBytes } = this.#settings;
    const bytes = Buffer.byteLength(sessionText(data));
    if (bytes > maxBytes)
      throw new TypeError(
        `session.set: the session has ${bytes} bytes then, more than maxBytes, ${maxBytes}`,
      );
    this.#change(data);
  }

  delete(key: string): void {
    if (Object.hasOwn(this.#data, key)) this.#change(withoutKey(this.#data, key));
  }

  destroy(): void {
    this.#removed ??= this.#id;
    this.#id = undefined;
    this.#data = NOTHING;
    this.#isChanged = false;
  }

  finish(): string | undefined {
    const { secrets } = this.#settings;
    if (this.#removed !== undefined) this.#store.remove(this.#removed);
    if (!this.#isChanged) return this.#removed === undefined ? undefined : this.#forgotten();
    const isNew = this.#id === undefined;
    const id = this.#id ?? newSessionId();
    this.#store.save(id, this.#data);
    return isNew ? setCookie(this.#settings, sessionCookie(id, secrets), this.#isHttps) : undefined;
  }

  #change(data: SessionData): void {
    this.#data = data;
    this.#isChanged = true;
  }

  #forgotten(): string {
    return setCookie({ ...this.#settings, maxAge: 0 }, '', this.#isHttps);
  }
}

/** Cookies that are remembered, about 2 MB. */
const MOST_IDS = 10_000;

/** Sessions of clients: a cookie with a mark of ours names the data, which is kept here or in a shared place. */
export class Sessions {
  readonly store: SessionStore;
  readonly #settings: SessionSettings;
  /** Ids by cookies that were found to be ours: clients send the same one with each request. */
  readonly #ids = new KeptSessions<string>({ most: MOST_IDS, now: () => 0 });

  constructor(store: SessionStore, settings: SessionSettings) {
    this.store = store;
    this.#settings = settings;
  }

  /**
   * Puts the data of its client onto a request. True: it has to be loaded, and `go` is called once it is there, or it is
   * clear that it does not come in time.
   */
  waits(request: RequestView, go: () => void): boolean {
    const value = request.cookie(this.#settings.cookie);
    const id = value === undefined ? undefined : this.#idIn(value);
    if (id === undefined) return false;
    const carrier: { session?: SessionData | undefined } = request;
    const known = this.store.peek(id);
    if (known !== undefined) {
      if (known !== 'none') carrier.session = known;
      return false;
    }
    void this.store.load(id).then((data) => {
      if (data) carrier.session = data;
      go();
    });
    return true;
  }

  /** Opens the session that a handler works with. @param cookies the value of Cookie. Never rejects. */
  async open(cookies: string | undefined, isHttps: boolean): Promise<OpenedSession> {
    const value = cookieIn(cookies, this.#settings.cookie);
    const id = value === undefined ? undefined : this.#idIn(value);
    const known = id === undefined ? 'none' : this.store.peek(id);
    const data = known === undefined && id !== undefined ? await this.store.load(id) : known;
    const parts = { settings: this.#settings, store: this.store, isHttps };
    return new Opened(parts, id, data === 'none' ? undefined : data);
  }

  #idIn(value: string): string | undefined {
    const known = this.#ids.get(value);
    if (known !== undefined) return known;
    const id = sessionIdIn(value, this.#settings.secrets);
    if (id !== undefined) this.#ids.set(value, id, 1);
    return id;
  }
}
