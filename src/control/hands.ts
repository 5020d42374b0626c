import { isDeepStrictEqual } from 'node:util';
import type { Board } from '../core/board.ts';
import { messageOf } from '../core/errors.ts';
import { formatDuration } from '../core/options.ts';
import type { HandState } from '../core/server-spec.ts';
import type { Millis } from '../core/types.ts';
import type { SharedHand, SharedHands } from '../state/shared-hands.ts';
import type { EventLog } from './events/events.ts';

/** What somebody wants of a server. */
export interface HandOrder {
  /** May be left out where only one pool has the server. */
  readonly pool?: string;
  /** Id of the server. */
  readonly server: string;
  /** `ready` without a weight lifts everything. If left out, what is set stays and gets the weight. */
  readonly state?: HandState['state'];
  /** 0..256; 1 is as usual. */
  readonly weight?: number;
  readonly reason?: string;
  /** Name of who wants it, where somebody was asked. */
  readonly by?: string | undefined;
  /** Then it is lifted; it holds until somebody lifts it if left out. */
  readonly forMs?: Millis;
}

/** Why an order was not carried out; then nothing has changed. */
export interface HandFault {
  /**
   * `unknown`: no such pool or server. `ambiguous`: several pools have it. `full`: MAX_HANDS are set. `store`: the
   * shared state cannot be reached.
   */
  readonly code: 'unknown' | 'ambiguous' | 'full' | 'store';
  readonly message: string;
}

/** The server that an order was carried out on. */
export interface HandDone {
  readonly pool: string;
  readonly server: string;
}

export interface HandsParts {
  readonly board: Board;
  /** Epoch ms. */
  readonly wallClock: () => number;
  readonly events: Pick<EventLog, 'add'>;
  /** Called after the board has changed. */
  readonly changed: () => void;
  /** Where all proxies of a fleet keep what is set; without it this process does, and forgets it when it ends. */
  readonly shared?: SharedHands;
}

/** Most that can be set at once, on servers that are there or may come back. */
export const MAX_HANDS = 10_000;
/** How often it is looked for what is over its time, and for servers that have come. */
const LOOK_EVERY_MS: Millis = 1000;
/** The admin's client waits longer. */
const STORE_LIMIT_MS: Millis = 5000;

/** To the second, so that nobody reads 599.9s. */
const inSeconds = (ms: Millis): Millis => Math.max(1, Math.round(ms / 1000)) * 1000;

const keyOf = (pool: string, server: string): string => JSON.stringify([pool, server]);

/** `set by hand to drain for 10m: new disk`, `lifted by another proxy`. */
const textOf = (who: string, hand: HandState | undefined, wallNow: number): string => {
  if (!hand) return `lifted ${who}`;
  const { state, weight, reason, until } = hand;
  const parts = [
    weight === undefined ? state : `${state}, weight ${weight}`,
    ...(until === undefined ? [] : [`for ${formatDuration(inSeconds(until - wallNow))}`]),
  ];
  return `set ${who} to ${parts.join(' ')}${reason ? `: ${reason}` : ''}`;
};

/** What holds after an order; undefined for nothing. */
const handAfter = (
  { state, weight, reason, by, forMs }: HandOrder,
  before: HandState | undefined,
  wallNow: number,
): HandState | undefined => {
  const kept = state === undefined ? before : undefined;
  const until = forMs === undefined ? kept?.until : wallNow + forMs;
  const hand: HandState = {
    state: state ?? kept?.state ?? 'ready',
    reason: reason ?? kept?.reason ?? '',
    ...(weight === undefined ? {} : { weight }),
    ...(until === undefined ? {} : { until }),
    ...(by === undefined ? {} : { by }),
  };
  return hand.state === 'ready' && (hand.weight ?? 1) === 1 ? undefined : hand;
};

/**
 * The states and weights that people have set. Puts them on the board, also for servers that come later or again, lifts
 * them when their time is over, and keeps up with what other proxies set.
 */
export class Hands {
  readonly #parts: HandsParts;
  #hands = new Map<string, SharedHand>();
  /** Orders on their way to the shared state: what comes back of them is no news. */
  readonly #asked = new Map<string, HandState | undefined>();
  readonly #looking: NodeJS.Timeout;
  /** The servers of each pool when all was put on the board; a list is the same array until one of them changes. */
  #lists: readonly unknown[] = [];
  #heardShared = false;
  #closed = false;

  constructor(parts: HandsParts) {
    this.#parts = parts;
    this.#looking = setInterval(() => this.apply(), LOOK_EVERY_MS).unref();
    parts.shared?.follow((all) => this.#follow(all));
  }

  /** Carries an order out, here and, where the state is shared, for all proxies; there first. Never rejects. */
  async set(order: HandOrder): Promise<HandDone | HandFault> {
    const found = this.#find(order);
    if ('code' in found) return found;
    const { pool, server } = found;
    const { wallClock } = this.#parts;
    const key = keyOf(pool, server);
    const hand = handAfter(order, this.#hands.get(key)?.hand, wallClock());
    if (hand && !this.#hands.has(key) && this.#hands.size >= MAX_HANDS)
      return { code: 'full', message: `states of ${MAX_HANDS} servers are set by hand already` };
    this.#asked.set(key, hand);
    const fault = await this.#store(pool, server, hand);
    this.#asked.delete(key);
    if (fault) return fault;
    this.#put({ pool, server }, hand);
    this.#say(
      { pool, server },
      textOf(order.by === undefined ? 'by hand' : `by ${order.by}`, hand, wallClock()),
    );
    this.#putAll();
    return found;
  }

  /**
   * Looks at the board again. Call it when servers may have come, as after every report: it costs next to nothing where
   * none have. It is called every second besides.
   */
  apply(): void {
    if (this.#closed) return;
    this.#lift();
    const pools = this.#parts.board.pools();
    if (pools.length !== this.#lists.length || pools.some(({ servers }, i) => servers !== this.#lists[i]))
      this.#putAll();
  }

  #putAll(): void {
    const { board, changed } = this.#parts;
    let moved = false;
    for (const pool of board.pools())
      for (const record of pool.servers) {
        const hand = this.#hands.size === 0 ? undefined : this.#hands.get(keyOf(pool.name, record.id))?.hand;
        if (isDeepStrictEqual(record.hand, hand)) continue;
        pool.setHand(record, hand);
        moved = true;
      }
    this.#lists = board.pools().map(({ servers }) => servers);
    if (moved) changed();
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#looking);
  }

  #find({ pool: wanted, server }: HandOrder): HandDone | HandFault {
    const pools = this.#parts.board.pools();
    const names = pools.map(({ name }) => `"${name}"`).join(', ');
    if (wanted !== undefined && !pools.some(({ name }) => name === wanted))
      return { code: 'unknown', message: `there is no pool "${wanted}"; there is ${names || 'none'}` };
    const having = pools.filter((pool) => (wanted ?? pool.name) === pool.name && pool.byId(server));
    const [first, second] = having;
    const where = wanted === undefined ? `${names || 'any pool'}` : `"${wanted}"`;
    if (!first) return { code: 'unknown', message: `there is no server "${server}" in ${where}` };
    if (!second) return { pool: first.name, server };
    const several = having.map(({ name }) => `"${name}"`).join(' and ');
    return { code: 'ambiguous', message: `pools ${several} have a server "${server}": name one of them` };
  }

  async #store(pool: string, server: string, hand: HandState | undefined): Promise<HandFault | undefined> {
    const { shared } = this.#parts;
    if (!shared) return undefined;
    let limit: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const seconds = STORE_LIMIT_MS / 1000;
      const over = new Error(`no answer within ${seconds} s; look whether it was set all the same`);
      limit = setTimeout(() => reject(over), STORE_LIMIT_MS);
    });
    try {
      await Promise.race([shared.set(pool, server, hand), late]);
      return undefined;
    } catch (thrown) {
      return { code: 'store', message: `the shared state cannot be written: ${messageOf(thrown)}` };
    } finally {
      clearTimeout(limit);
    }
  }

  /** Takes what is set for all proxies, in place of what was. */
  #follow(all: readonly SharedHand[]): void {
    if (this.#closed) return;
    const wallNow = this.#parts.wallClock();
    const isFirst = !this.#heardShared;
    this.#heardShared = true;
    const before = this.#hands;
    const valid = all.filter(({ hand }) => hand.until === undefined || hand.until > wallNow);
    this.#hands = new Map(valid.slice(0, MAX_HANDS).map((one) => [keyOf(one.pool, one.server), one]));
    const who = isFirst ? 'in the shared state' : 'by another proxy';
    for (const [key, one] of new Map([...before, ...this.#hands])) {
      const hand = this.#hands.get(key)?.hand;
      const isOwn = this.#asked.has(key) && isDeepStrictEqual(this.#asked.get(key), hand);
      if (!isOwn && !isDeepStrictEqual(before.get(key)?.hand, hand))
        this.#say(one, textOf(who, hand, wallNow));
    }
    this.#putAll();
  }

  /** Ends what is over its time. A store may keep it longer; nobody heeds it there. */
  #lift(): void {
    const wallNow = this.#parts.wallClock();
    for (const one of this.#hands.values()) {
      if (one.hand.until === undefined || one.hand.until > wallNow) continue;
      this.#put(one, undefined);
      this.#lists = [];
      this.#say(one, `its time as ${one.hand.state} is over`);
    }
  }

  #put({ pool, server }: HandDone, hand: HandState | undefined): void {
    if (hand) this.#hands.set(keyOf(pool, server), { pool, server, hand });
    else this.#hands.delete(keyOf(pool, server));
  }

  /** A reason may come from elsewhere; it must not look like lines of the log. */
  #say({ pool, server }: HandDone, text: string): void {
    const line = `${server} in pool ${pool}: ${text}`.replace(/\p{Cc}/gu, ' ');
    this.#parts.events.add('server_set', line);
  }
}
