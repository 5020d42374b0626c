import { type AddressRule, addressOf, hostAndPort, portOf } from './accept.ts';
import type { MemoryReader, Signal } from './candidacy.ts';
import type { RefusalCode } from './report.ts';
import { type HandState, ServerRecord, type ServerSpec } from './server-record.ts';
import type { Millis, Outcome, Server, ServerState } from './types.ts';

/** Silence after which what an agent said of a server no longer makes it `ready` (mod_backhand's SERVER_TIMEOUT). */
export const SERVER_TIMEOUT: Millis = 20_000;
/** Silence after which a server that is heard again counts at once, not when kept answers run out. */
const LONG_SILENCE: Millis = 2000;
/** Most servers in one pool; announcements beyond are refused. */
export const MAX_SERVERS = 4096;

export interface PoolSpec {
  readonly name: string;
  readonly servers: readonly ServerSpec[];
  /** What agents may announce into this pool. Empty: only configured servers. */
  readonly accept: readonly AddressRule[];
  /** Id of the server on this proxy's own machine. */
  readonly self?: string;
}

interface Column {
  readonly key: string;
  readonly signal: Signal<unknown>;
}

/** What decide() needs of a pool. */
export interface PoolView {
  readonly name: string;
  /** Servers that may get new requests: all but those in drain or maintenance. The same array until that changes. */
  readonly eligible: readonly Server[];
  readonly servers: readonly Server[];
  /** Record by slot; undefined for a slot whose server has left. */
  readonly table: readonly (Server | undefined)[];
  /** The server on this proxy's own machine, while it may get new requests. */
  readonly self: Server | undefined;
  /** Grows whenever an answer that was kept may be wrong. */
  readonly version: number;
}

/** One pool on the board: its servers by slot, the memories that functions keep of them. */
export class Pool implements PoolView {
  readonly name: string;
  servers: readonly ServerRecord[] = [];
  eligible: readonly ServerRecord[] = [];
  readonly table: (ServerRecord | undefined)[] = [];
  self: ServerRecord | undefined = undefined;
  version = 0;
  #accept: readonly AddressRule[] = [];
  #selfId: string | undefined;
  readonly #byAddress = new Map<string, ServerRecord>();
  /** An index is never used twice: a chain that still ends its last requests may read it. */
  readonly #columns: (Column | undefined)[] = [];

  constructor(name: string) {
    this.name = name;
  }

  /** Takes a new configuration. Servers that stay keep their records; announced ones stay while `accept` allows. */
  configure(spec: PoolSpec): void {
    this.#accept = spec.accept;
    this.#selfId = spec.self;
    const wanted = new Map(spec.servers.map((server) => [hostAndPort(server.url), server]));
    for (const [address, record] of this.#byAddress) {
      const server = wanted.get(address);
      const stays = server
        ? server.id === record.id && server.url.href === record.url.href
        : !record.configured && this.#allows(record.url);
      if (!stays) this.#drop(address, record);
      else if (server) record.configure(server);
    }
    for (const [address, server] of wanted)
      if (!this.#byAddress.has(address)) this.#add(address, server, true);
    this.changed();
  }

  byId(id: string): ServerRecord | undefined {
    return this.servers.find((server) => server.id === id);
  }

  byUrl(url: URL): ServerRecord | undefined {
    const record = this.#byAddress.get(hostAndPort(url));
    return record?.url.protocol === url.protocol ? record : undefined;
  }

  /** Why a server that is not known here may not be announced, with `others` beside it; undefined if it may. */
  announcementFault(url: URL, others = 0): RefusalCode | undefined {
    if (!this.#allows(url) || this.#byAddress.has(hostAndPort(url))) return 'not_accepted';
    return this.servers.length + others < MAX_SERVERS ? undefined : 'full';
  }

  announce(url: URL, tags: readonly string[]): ServerRecord {
    const id = hostAndPort(url);
    const taken = this.servers.some((server) => server.id === id);
    const record = this.#add(id, { id: taken ? url.href : id, url, tags }, false);
    this.changed();
    return record;
  }

  /** Forgets announced servers that have been silent for so long and have nothing in flight. */
  forget(now: Millis, silence: Millis): readonly ServerRecord[] {
    const gone = this.servers.filter(
      (server) => !server.configured && server.inFlight === 0 && now - server.heardAt > silence,
    );
    for (const record of gone) this.#drop(hostAndPort(record.url), record);
    if (gone.length > 0) this.changed();
    return gone;
  }

  setHand(record: ServerRecord, hand: HandState | undefined): void {
    record.hand = hand;
    this.changed();
  }

  /** The state of a server for people: hand-set, then what functions say, then the connection, then reports. */
  stateOf(record: ServerRecord, now: Millis): ServerState {
    if (record.hand) return record.hand.state;
    for (let i = 0; i < this.#columns.length; i++) {
      const state = this.#columns[i]?.signal.state?.(record.columns[i], now);
      if (state) return state;
    }
    return record.ownState(now, SERVER_TIMEOUT);
  }

  /** Gives a function a memory for every server. A known key keeps its memory and takes the new code. */
  column<Memory>(key: string, signal: Signal<Memory>): MemoryReader<Memory> {
    const known = this.#columns.findIndex((column) => column?.key === key);
    const index = known === -1 ? this.#columns.length : known;
    this.#columns[index] = { key, signal: signal as Signal<unknown> };
    if (known === -1) for (const record of this.servers) record.columns[index] = signal.init();
    return (server) => server.columns[index] as Memory | undefined;
  }

  /** Forgets the memories under every other key. */
  retainColumns(keys: ReadonlySet<string>): void {
    for (let i = 0; i < this.#columns.length; i++) {
      const column = this.#columns[i];
      if (!column || keys.has(column.key)) continue;
      this.#columns[i] = undefined;
      for (const record of this.servers) record.columns[i] = undefined;
    }
  }

  /** Tells every memory of a server that a request to it has begun. */
  begun(record: ServerRecord, now: Millis): void {
    for (let i = 0; i < this.#columns.length; i++) this.#columns[i]?.signal.onBegin?.(record.columns[i], now);
  }

  /** Tells every memory of a server how a request to it has ended; a `true` from any makes kept answers void. */
  done(record: ServerRecord, outcome: Outcome, now: Millis): void {
    for (let i = 0; i < this.#columns.length; i++)
      if (this.#columns[i]?.signal.onDone?.(record.columns[i], outcome, now)) this.version += 1;
  }

  /** Gives a server these tags and no others. */
  retag(record: ServerRecord, tags: readonly string[]): void {
    const wanted = new Set(tags);
    if (wanted.size === record.tags.size && tags.every((tag) => record.tags.has(tag))) return;
    record.tags = wanted;
    this.changed();
  }

  /** A server has taken a report, which its memories are told. `silence`: the time since the one before. */
  heard(
    record: ServerRecord,
    { silence, restarted }: { readonly silence: Millis; readonly restarted: boolean },
    now: Millis,
  ): void {
    if (silence > LONG_SILENCE) this.version += 1;
    for (let i = 0; i < this.#columns.length; i++)
      if (this.#columns[i]?.signal.onReport?.(record.columns[i], { restarted }, now)) this.version += 1;
  }

  changed(): void {
    this.version += 1;
    this.servers = [...this.#byAddress.values()];
    this.eligible = this.servers.filter((server) => server.hand === undefined);
    for (const server of this.servers) server.isSelf = server.id === this.#selfId;
    this.self = this.eligible.find((server) => server.isSelf);
  }

  #allows(url: URL): boolean {
    return this.#accept.some((rule) => rule.allows(addressOf(url), portOf(url)));
  }

  #add(address: string, spec: ServerSpec, configured: boolean): ServerRecord {
    const free = this.table.indexOf(undefined);
    const slot = free === -1 ? this.table.length : free;
    const record = new ServerRecord(this.name, slot, spec, configured);
    record.columns = this.#columns.map((column) => column?.signal.init());
    this.table[slot] = record;
    this.#byAddress.set(address, record);
    return record;
  }

  #drop(address: string, record: ServerRecord): void {
    this.#byAddress.delete(address);
    this.table[record.slot] = undefined;
  }
}
