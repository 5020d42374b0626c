import type { SessionsConfig } from '../../config/completing/sessions-config.ts';
import type { Config } from '../../config/schema/schema.ts';
import type { Millis } from '../../core/types.ts';
import { MemoryStore } from '../../sessions/memory-store.ts';
import type { SessionCounts, SessionStore } from '../../sessions/session-store.ts';
import { Sessions } from '../../sessions/sessions.ts';
import { SharedStore } from '../../sessions/shared-store.ts';
import { RedisSessions } from '../../state/redis/redis-sessions.ts';
import type { EventLog } from '../events/events.ts';
import { secretsOr } from './sticky.ts';

export interface SessionRoomParts {
  readonly now: () => Millis;
  /** For a configuration that names none. */
  readonly secret: Uint8Array;
  readonly events?: Pick<EventLog, 'add'> | undefined;
}

type SessionKeys = Pick<Config, 'sessions' | 'state'>;

/** What decides where sessions are kept, as text, to be compared. */
const storeText = (sessions: SessionsConfig, { state }: SessionKeys): string => {
  const { store, ttl, maxEntries, url, secrets, password } = sessions;
  const place = store === 'redis' ? [url, password, secrets, url === undefined ? state : ''] : [];
  return JSON.stringify([store, ttl, maxEntries, ...place]);
};

const redisOf = ({ url, password }: SessionsConfig, { state }: SessionKeys): RedisSessions => {
  const secret = password === undefined ? {} : { password };
  if (url !== undefined) return new RedisSessions({ url, ...secret });
  const { prefix, tls } = state ?? {};
  const known = state?.password === undefined ? {} : { password: state.password };
  return new RedisSessions({
    url: state?.url ?? '',
    ...known,
    ...(prefix ? { prefix } : {}),
    ...(tls ? { tls } : {}),
  });
};

/** The sessions that a configuration wants. Those in memory outlive a reload that leaves their place as it is. */
export class SessionRoom {
  readonly #parts: SessionRoomParts;
  #text = '';
  #store: SessionStore | undefined = undefined;
  #sessions: Sessions | undefined = undefined;

  constructor(parts: SessionRoomParts) {
    this.#parts = parts;
  }

  /** Undefined where the configuration has none. */
  get sessions(): Sessions | undefined {
    return this.#sessions;
  }

  /** This configuration is at work from now on. */
  take(config: SessionKeys): void {
    const { sessions } = config;
    if (!sessions) {
      this.#leave();
      return;
    }
    const text = storeText(sessions, config);
    if (text !== this.#text || !this.#store) {
      this.#leave();
      this.#text = text;
      this.#store = this.#open(sessions, config);
    }
    const { cookie, path, sameSite, secure, maxBytes, secrets } = sessions;
    this.#sessions = new Sessions(this.#store, {
      ...{ cookie, path, sameSite, secure, maxBytes },
      httpOnly: true,
      secrets: secretsOr(secrets, this.#parts.secret),
    });
  }

  async close(): Promise<void> {
    await this.#store?.close();
    this.#store = undefined;
    this.#sessions = undefined;
  }

  #leave(): void {
    void this.#store?.close();
    this.#store = undefined;
    this.#sessions = undefined;
  }

  #open(sessions: SessionsConfig, config: SessionKeys): SessionStore {
    const { ttl, maxEntries, store, secrets } = sessions;
    const { now, secret } = this.#parts;
    if (store === 'memory') return new MemoryStore({ ttl, maxEntries, now });
    const texts = redisOf(sessions, config);
    const troubled = (counts: SessionCounts): void => this.#tell(texts, counts);
    return new SharedStore({ texts, secrets: secretsOr(secrets, secret), ttl, maxEntries, now, troubled });
  }

  #tell({ detail }: RedisSessions, { lateLoads, lostWrites }: SessionCounts): void {
    const counted = `so far ${lateLoads} came too late and ${lostWrites} changes were lost`;
    this.#parts.events?.add('sessions_lost', `sessions cannot be kept: ${detail}; ${counted}`, 'warn');
  }
}
