import type { Refusal } from '../../core/report.ts';
import type { HandState } from '../../core/server-spec.ts';
import type { Clock } from '../clock.ts';
import type { SharedHand, SharedHands } from '../shared-hands.ts';
import { type Connection, tell } from './connection.ts';
import { fieldOf, type HandEntry, handSaid, isNewer, isOver, readHand, setNow } from './hand-entry.ts';
import type { OwnMessages } from './own-messages.ts';
import type { Command } from './resp.ts';

/** Most servers with a state; more are not looked at. */
const MAX_ENTRIES = 10_000;
/** Entries read, or commands sent, in one go. */
const AT_ONCE = 500;

export interface HandsOptions {
  /** Name of the hash and of the channel. */
  readonly key: string;
  readonly messages: OwnMessages;
  /** The connection that is open now. */
  readonly connection: () => Connection | undefined;
  /** Counts what was refused. */
  readonly refused: (refusal: Refusal) => void;
  readonly clock: Clock;
}

/**
 * States set by hand, in a hash that every proxy reads. A state that is lifted leaves a mark, so what is missing was
 * lost: whoever knows it puts it back, and a redis without a disk forgets nothing as long as one proxy is alive.
 */
export class Hands implements SharedHands {
  readonly #options: HandsOptions;
  readonly #known = new Map<string, HandEntry>();
  /** Fields that changed while the hash is being read. */
  readonly #touched = new Set<string>();
  readonly #followers: ((all: readonly SharedHand[]) => void)[] = [];
  #told = '';

  constructor(options: HandsOptions) {
    this.#options = options;
  }

  async set(pool: string, server: string, hand: HandState | undefined): Promise<void> {
    const { key, messages, connection, clock } = this.#options;
    const open = connection();
    if (!open) throw new Error('redis cannot be reached; nothing has changed');
    if (!messages.usable)
      throw new Error('a state that all proxies share is signed; without a token nothing has changed');
    const field = fieldOf(pool, server);
    const known = this.#known.get(field);
    if (!known && this.#known.size >= MAX_ENTRIES)
      throw new Error(`${MAX_ENTRIES} servers have a state already; nothing has changed`);
    const said = handSaid(pool, server, hand, Math.max(clock.epoch(), (known?.at ?? 0) + 1));
    const entry = readHand(said, messages.seal(said));
    if (!entry) throw new TypeError(`this cannot be the state of a server: ${JSON.stringify(said)}`);
    await tell(open, [
      ['hset', key, field, entry.text],
      ['publish', key, entry.text],
    ]);
    this.#take(field, entry);
    this.#tell();
  }

  follow(heard: (all: readonly SharedHand[]) => void): void {
    this.#followers.push(heard);
  }

  /** Takes a message from the channel. */
  hear(bytes: Buffer): void {
    const entry = this.#read(bytes);
    if (!entry) return;
    this.#take(fieldOf(entry.pool, entry.server), entry);
    this.#tell();
  }

  /**
   * Reads the hash, and mends it where it has lost something or holds something older than what is known. Rejects
   * if redis does not let it. `always`: tells the followers even if nothing has changed.
   */
  async load(connection: Connection, always = false): Promise<void> {
    if (!this.#options.messages.usable) return;
    this.#touched.clear();
    const stored = await this.#stored(connection);
    for (const [field, entry] of stored) this.#take(field, entry);
    this.#tell(always);
    const mending = this.#mend(stored);
    for (let i = 0; i < mending.length; i += AT_ONCE) await tell(connection, mending.slice(i, i + AT_ONCE));
  }

  /** The commands that make the hash hold what is known, less what is over. */
  #mend(stored: ReadonlyMap<string, HandEntry>): readonly Command[] {
    const { key, clock } = this.#options;
    const epoch = clock.epoch();
    return [...this.#known].flatMap(([field, entry]): readonly Command[] => {
      const there = stored.get(field);
      if (this.#touched.has(field) && !there) return [];
      if (!isOver(entry, epoch)) return isNewer(entry, there) ? [['hset', key, field, entry.text]] : [];
      this.#known.delete(field);
      return there ? [['hdel', key, field]] : [];
    });
  }

  /** What the hash holds and is right, by field. */
  async #stored(connection: Connection): Promise<ReadonlyMap<string, HandEntry>> {
    const stored = new Map<string, HandEntry>();
    let cursor = '0';
    do {
      const [next, pairs] = await connection.client.hscanBuffer(this.#options.key, cursor, 'COUNT', AT_ONCE);
      for (let i = 0; i + 1 < pairs.length && stored.size < MAX_ENTRIES; i += 2) {
        const [field, bytes] = [String(pairs[i]), pairs[i + 1]];
        const entry = bytes && this.#read(bytes, field);
        if (entry) stored.set(field, entry);
      }
      cursor = String(next);
    } while (cursor !== '0' && stored.size < MAX_ENTRIES);
    return stored;
  }

  /** Reads one message; counts it if it is refused. `field`: where it was found, if not on the channel. */
  #read(bytes: Buffer, field?: string): HandEntry | undefined {
    const { messages, refused } = this.#options;
    const { said, refusal } = messages.open(bytes, { lasting: true });
    if (!said) {
      if (refusal) refused(refusal);
      return undefined;
    }
    const entry = readHand(said, bytes.toString());
    if (entry && (field === undefined || field === fieldOf(entry.pool, entry.server))) return entry;
    refused({ code: 'malformed', message: 'not the state of the server that it stands for' });
    return undefined;
  }

  #take(field: string, entry: HandEntry): void {
    const known = this.#known.get(field);
    if (!isNewer(entry, known) || (!known && this.#known.size >= MAX_ENTRIES)) return;
    this.#known.set(field, entry);
    this.#touched.add(field);
  }

  /** Tells the followers what is set, if that has changed. */
  #tell(always = false): void {
    const all = setNow(this.#known.values(), this.#options.clock.epoch());
    const told = JSON.stringify(all);
    if (told === this.#told && !always) return;
    this.#told = told;
    for (const follower of this.#followers) follower(all);
  }
}
