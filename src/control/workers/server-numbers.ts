import type { Board } from '../../core/board.ts';
import type { Pool } from '../../core/pool.ts';
import type { ServerRecord } from '../../core/server-record.ts';
import type { HandState, HealthState, ToldState } from '../../core/server-spec.ts';
import type { Server } from '../../core/types.ts';

/** What control calls a server towards its workers, and what they have to know to find it. */
export interface NumberedServer {
  /** Never used again for another. */
  readonly number: number;
  readonly pool: string;
  readonly id: string;
  readonly url: string;
  /** Tags of a server that an agent announced or that was discovered; undefined for one of the configuration. */
  readonly announced: readonly string[] | undefined;
  readonly hand: HandState | undefined;
  readonly told: ToldState | undefined;
  readonly health: HealthState | undefined;
}

const entryOf = (
  number: number,
  pool: Pool,
  { id, url, configured, tags, hand, told, health }: ServerRecord,
): NumberedServer => ({
  number,
  pool: pool.name,
  id,
  url: url.href,
  announced: configured ? undefined : [...tags],
  hand,
  told,
  health,
});

const isSame = (a: NumberedServer, b: NumberedServer): boolean =>
  a.hand === b.hand &&
  a.told === b.told &&
  a.health === b.health &&
  String(a.announced) === String(b.announced);

/** What differs from the look before. */
export interface ServerChanges {
  /** New, or not as they were. */
  readonly changed: readonly NumberedServer[];
  readonly gone: readonly number[];
}

const NO_CHANGES: ServerChanges = { changed: [], gone: [] };

/** Numbers the servers of control's board, so that messages need not name them. */
export class ServerNumbers {
  readonly #numbers = new WeakMap<Server, number>();
  readonly #records = new Map<number, ServerRecord>();
  /** A pool's list of servers is the same array until one of them changes. */
  #lists: readonly (readonly ServerRecord[])[] = [];
  #entries = new Map<number, NumberedServer>();
  #next = 0;

  /** Looks at the board again. */
  follow(board: Board): ServerChanges {
    const lists = board.pools().map(({ servers }) => servers);
    if (lists.length === this.#lists.length && lists.every((list, i) => list === this.#lists[i]))
      return NO_CHANGES;
    this.#lists = lists;
    const before = this.#entries;
    this.#entries = new Map();
    this.#records.clear();
    const changed: NumberedServer[] = [];
    for (const pool of board.pools())
      for (const record of pool.servers) {
        const entry = entryOf(this.#numberOf(record), pool, record);
        const known = before.get(entry.number);
        const isKnown = known !== undefined && isSame(known, entry);
        this.#entries.set(entry.number, isKnown ? known : entry);
        this.#records.set(entry.number, record);
        if (!isKnown) changed.push(entry);
      }
    return { changed, gone: [...before.keys()].filter((number) => !this.#entries.has(number)) };
  }

  /** All servers as of the last look. */
  get all(): readonly NumberedServer[] {
    return [...this.#entries.values()];
  }

  /** Undefined for a server that was not there at the last look. */
  of(record: Server): number | undefined {
    return this.#numbers.get(record);
  }

  /** Undefined for a server that has left. */
  record(number: number): ServerRecord | undefined {
    return this.#records.get(number);
  }

  #numberOf(record: Server): number {
    const known = this.#numbers.get(record);
    if (known !== undefined) return known;
    const number = this.#next++;
    this.#numbers.set(record, number);
    return number;
  }
}
