import { type AddressRule, addressOf, hostAndPort, portOf } from './accept.ts';
import type { Heard, MemoryReader, Signal } from './candidacy.ts';
import { Memories } from './memories.ts';
import type { PoolSpec, PoolView } from './pool-view.ts';
import type { RefusalCode } from './report.ts';
import { type HandState, ServerRecord, type ServerSpec, type ToldState } from './server-record.ts';
import type { Millis, Outcome, ServerState } from './types.ts';

/** Silence after which what an agent said of a server no longer makes it `ready` (mod_backhand's SERVER_TIMEOUT). */
export const SERVER_TIMEOUT: Millis = 20_000;
/** Silence after which a server that is heard again counts at once, not when kept answers run out. */
const LONG_SILENCE: Millis = 2000;
/** Most servers in one pool; announcements beyond are refused. */
export const MAX_SERVERS = 4096;

/** For servers whose coming nobody dated. */
const LONG_AGO: Millis = Number.NEGATIVE_INFINITY;

const withFreeId = (spec: ServerSpec, taken: ReadonlySet<string>): ServerSpec =>
  taken.has(spec.id) ? { ...spec, id: spec.url.href } : spec;

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
  /** By address: what discovery has found, whether or not the configuration has it too. */
  #discovered: ReadonlyMap<string, ServerSpec> = new Map();
  readonly #byAddress = new Map<string, ServerRecord>();
  readonly #memories = new Memories();

  constructor(name: string) {
    this.name = name;
  }

  /** Takes a new configuration. Servers that stay keep their records; announced ones stay while `accept` allows. */
  configure(spec: PoolSpec, now = LONG_AGO): void {
    this.#accept = spec.accept;
    this.#selfId = spec.self;
    const wanted = new Map(spec.servers.map((server) => [hostAndPort(server.url), server]));
    const ids = new Set(spec.servers.map(({ id }) => id));
    for (const [address, record] of this.#byAddress) {
      const server = wanted.get(address);
      const isFree = server ? server.id === record.id : !ids.has(record.id);
      const listed = server ?? this.#discovered.get(address);
      const stays = listed
        ? listed.url.href === record.url.href && (!record.configured || listed.id === record.id)
        : !record.configured && this.#allows(record.url);
      if (!stays || !isFree) this.#drop(address, record);
      else if (listed) {
        record.configure(listed);
        record.configured = server !== undefined;
      }
    }
    for (const [address, server] of wanted)
      if (!this.#byAddress.has(address)) this.#add(address, server, { configured: true, since: now });
    this.#addDiscovered(now);
    this.changed();
  }

  byId(id: string): ServerRecord | undefined {
    return this.servers.find((server) => server.id === id);
  }

  byUrl(url: URL): ServerRecord | undefined {
    const record = this.#byAddress.get(hostAndPort(url));
    return record && (record.url === url || record.url.protocol === url.protocol) ? record : undefined;
  }

  /** Why a server that is not known here may not be announced, with `others` beside it; undefined if it may. */
  announcementFault(url: URL, others = 0): RefusalCode | undefined {
    if (!this.#allows(url) || this.#byAddress.has(hostAndPort(url))) return 'not_accepted';
    return this.servers.length + others < MAX_SERVERS ? undefined : 'full';
  }

  announce(url: URL, tags: readonly string[], now = LONG_AGO): ServerRecord {
    const id = hostAndPort(url);
    const ids = new Set(this.servers.map((server) => server.id));
    const record = this.#add(id, withFreeId({ id, url, tags }, ids), { configured: false, since: now });
    this.changed();
    return record;
  }

  /**
   * Takes the servers that discovery has found, in place of those that it had found before; the version grows only if
   * that changes anything. One that stays keeps its record; one that is gone leaves unless the configuration has it or
   * an agent that may announce it has named it.
   */
  discover(specs: readonly ServerSpec[], now = LONG_AGO): void {
    const found = new Map(specs.slice(0, MAX_SERVERS).map((spec) => [hostAndPort(spec.url), spec]));
    let changes = 0;
    for (const [address, record] of this.#byAddress) {
      const spec = found.get(address);
      const stays = spec
        ? spec.url.href === record.url.href
        : !this.#discovered.has(address) || (record.node && this.#allows(record.url));
      if (record.configured || stays) continue;
      this.#drop(address, record);
      changes += 1;
    }
    this.#discovered = found;
    changes += this.#addDiscovered(now);
    for (const [address, spec] of found) {
      const record = this.#byAddress.get(address);
      if (record && !record.configured && this.#setTags(record, spec.tags)) changes += 1;
    }
    if (changes > 0) this.changed();
  }

  /** Whether the configuration or discovery has it, so that its tags are not for agents to say. */
  isListed(record: ServerRecord): boolean {
    return record.configured || this.#discovered.has(hostAndPort(record.url));
  }

  /** Forgets announced servers that have been silent for so long and have nothing in flight. */
  forget(now: Millis, silence: Millis): readonly ServerRecord[] {
    const gone = this.servers.filter(
      (server) => !this.isListed(server) && server.inFlight === 0 && now - server.heardAt > silence,
    );
    for (const record of gone) this.#drop(hostAndPort(record.url), record);
    if (gone.length > 0) this.changed();
    return gone;
  }

  setHand(record: ServerRecord, hand: HandState | undefined): void {
    record.set(hand, record.told);
    this.changed();
  }

  /** Takes what the server's own agent-check said. */
  setTold(record: ServerRecord, told: ToldState | undefined): void {
    record.set(record.hand, told);
    this.changed();
  }

  /** The state of a server for people: hand-set, then what functions say, then the connection, then reports. */
  stateOf(record: ServerRecord, now: Millis): ServerState {
    return record.setState ?? this.seenState(record, now);
  }

  /** As `stateOf`, whatever was set. */
  seenState(record: ServerRecord, now: Millis): ServerState {
    return this.#memories.state(record, now) ?? record.seenState(now, SERVER_TIMEOUT);
  }

  /** Gives a function a memory for every server. A known key keeps its memory and takes the new code. */
  column<Memory>(key: string, signal: Signal<Memory>): MemoryReader<Memory> {
    return this.#memories.add(key, signal, this.servers);
  }

  /** Forgets the memories under every other key. */
  retainColumns(keys: ReadonlySet<string>): void {
    this.#memories.retain(keys, this.servers);
  }

  /** Tells every memory of a server that a request to it has begun. */
  begun(record: ServerRecord, now: Millis): void {
    this.#memories.begun(record, now);
  }

  /** Tells every memory of a server how a request to it has ended. */
  done(record: ServerRecord, outcome: Outcome, now: Millis): void {
    this.version += this.#memories.done(record, outcome, now);
  }

  /** Gives a server these tags and no others. */
  retag(record: ServerRecord, tags: readonly string[]): void {
    if (!this.#setTags(record, tags)) return;
    this.version += 1;
    this.servers = [...this.servers];
  }

  /** A server was heard, which its memories are told. `silence`: the time since it was heard before. */
  heard(record: ServerRecord, heard: Omit<Heard, 'stats'>, silence: Millis, now: Millis): void {
    if (silence > LONG_SILENCE) this.version += 1;
    this.version += this.#memories.heard(record, { ...heard, stats: record.stats ?? {} }, now);
  }

  changed(): void {
    this.version += 1;
    this.servers = [...this.#byAddress.values()];
    this.eligible = this.servers.filter((server) => server.isEligible);
    for (const server of this.servers) server.isSelf = server.id === this.#selfId;
    this.self = this.eligible.find((server) => server.isSelf);
  }

  #allows(url: URL): boolean {
    return this.#accept.some((rule) => rule.allows(addressOf(url), portOf(url)));
  }

  /** One that is in the configuration no more may be among what was discovered. Says how many it added. */
  #addDiscovered(since: Millis): number {
    const before = this.#byAddress.size;
    const ids = new Set([...this.#byAddress.values()].map(({ id }) => id));
    for (const [address, spec] of this.#discovered)
      if (this.#byAddress.size < MAX_SERVERS && !this.#byAddress.has(address))
        ids.add(this.#add(address, withFreeId(spec, ids), { configured: false, since }).id);
    return this.#byAddress.size - before;
  }

  #setTags(record: ServerRecord, tags: readonly string[]): boolean {
    const wanted = new Set(tags);
    if (wanted.size === record.tags.size && tags.every((tag) => record.tags.has(tag))) return false;
    record.tags = wanted;
    return true;
  }

  #add(
    address: string,
    spec: ServerSpec,
    { configured, since }: { readonly configured: boolean; readonly since: Millis },
  ): ServerRecord {
    const free = this.table.indexOf(undefined);
    const slot = free === -1 ? this.table.length : free;
    const record = new ServerRecord(this.name, slot, spec, configured);
    record.columns = this.#memories.of({ slot, since });
    this.table[slot] = record;
    this.#byAddress.set(address, record);
    return record;
  }

  #drop(address: string, record: ServerRecord): void {
    this.#byAddress.delete(address);
    this.table[record.slot] = undefined;
    this.#memories.gone(record);
  }
}
