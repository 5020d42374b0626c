import type { Millis } from '../core/types.ts';
import { KeptSessions } from './kept-sessions.ts';
import type { SessionData } from './session-data.ts';
import type { SessionStore } from './session-store.ts';

export interface MemoryStoreOptions {
  readonly ttl: Millis;
  readonly maxEntries: number;
  readonly now: () => Millis;
}

/** Sessions in the memory of this process. */
export class MemoryStore implements SessionStore {
  readonly #ttl: Millis;
  readonly #kept: KeptSessions<SessionData>;

  constructor({ ttl, maxEntries, now }: MemoryStoreOptions) {
    this.#ttl = ttl;
    this.#kept = new KeptSessions({ most: maxEntries, now });
  }

  get size(): number {
    return this.#kept.size;
  }

  peek(id: string): SessionData | 'none' {
    return this.#kept.get(id, this.#ttl) ?? 'none';
  }

  async load(id: string): Promise<SessionData | undefined> {
    return this.#kept.get(id, this.#ttl);
  }

  save(id: string, data: SessionData): void {
    this.#kept.set(id, data, this.#ttl);
  }

  remove(id: string): void {
    this.#kept.delete(id);
  }

  async close(): Promise<void> {}
}
