import { type AddressRule, addressOf, hostAndPort, portOf } from './accept.ts';
import type { Memories } from './memories.ts';
import type { PoolState } from './pool-state.ts';
import type { PoolSpec } from './pool-view.ts';
import type { RefusalCode } from './report.ts';
import { ServerRecord } from './server-record.ts';
import type { ServerSpec } from './server-spec.ts';
import type { Millis } from './types.ts';

/** Most servers in one pool; announcements beyond are refused. */
export const MAX_SERVERS = 4096;

interface Coming {
  /** Named in the configuration. */
  readonly configured: boolean;
  readonly since: Millis;
}

const withFreeId = (spec: ServerSpec, taken: ReadonlySet<string>): ServerSpec =>
  taken.has(spec.id) ? { ...spec, id: spec.url.href } : spec;

/** Which servers a pool has: those of the configuration, those that discovery has found, those that agents announced. */
export class PoolServers {
  readonly table: (ServerRecord | undefined)[] = [];
  readonly #pool: string;
  readonly #memories: Memories;
  readonly #byAddress = new Map<string, ServerRecord>();
  #accept: readonly AddressRule[] = [];
  /** By address: what discovery has found, whether or not the configuration has it too. */
  #discovered: ReadonlyMap<string, ServerSpec> = new Map();
  /** How many servers have come so far. */
  #come = 0;

  constructor(pool: string, memories: Memories) {
    this.#pool = pool;
    this.#memories = memories;
  }

  /** In the order in which they came. */
  list(): readonly ServerRecord[] {
    return [...this.#byAddress.values()];
  }

  /** Servers that stay keep their records; announced ones stay while `accept` allows. */
  configure(spec: PoolSpec, now: Millis): void {
    this.#accept = spec.accept;
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
  }

  byUrl(url: URL): ServerRecord | undefined {
    const record = this.#byAddress.get(hostAndPort(url));
    return record && (record.url === url || record.url.protocol === url.protocol) ? record : undefined;
  }

  /** Why a server that is not known here may not be announced, with `others` beside it; undefined if it may. */
  announcementFault(url: URL, others: number): RefusalCode | undefined {
    if (!this.#allows(url) || this.#byAddress.has(hostAndPort(url))) return 'not_accepted';
    return this.#byAddress.size + others < MAX_SERVERS ? undefined : 'full';
  }

  announce(url: URL, tags: readonly string[], now: Millis): ServerRecord {
    const id = hostAndPort(url);
    const spec = withFreeId({ id, url, tags }, this.#ids());
    return this.#add(id, spec, { configured: false, since: now });
  }

  /** Takes what discovery has found, in place of what it had found before. Says whether that changes anything. */
  discover(specs: readonly ServerSpec[], now: Millis): boolean {
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
      if (record && !record.configured && record.retag(spec.tags)) changes += 1;
    }
    return changes > 0;
  }

  isListed(record: ServerRecord): boolean {
    return record.configured || this.#discovered.has(hostAndPort(record.url));
  }

  drop(record: ServerRecord): void {
    this.#drop(hostAndPort(record.url), record);
  }

  save(): Pick<PoolState, 'accept' | 'come' | 'slots' | 'servers' | 'discovered'> {
    return {
      accept: this.#accept.map(({ text }) => text),
      come: this.#come,
      slots: this.table.length,
      servers: this.list().map((record) => record.save()),
      discovered: [...this.#discovered.values()].map((spec) => ({ ...spec, url: spec.url.href })),
    };
  }

  /** For a pool that has no servers yet. */
  restore({ come, slots, servers, discovered }: PoolState, accept: readonly AddressRule[]): void {
    this.#accept = accept;
    this.#come = come;
    this.#discovered = new Map(
      discovered.map((spec) => {
        const url = new URL(spec.url);
        return [hostAndPort(url), { ...spec, url }];
      }),
    );
    for (let slot = 0; slot < slots; slot++) this.table[slot] = undefined;
    for (const state of servers) {
      const record = ServerRecord.restored(this.#pool, state);
      this.table[record.slot] = record;
      this.#byAddress.set(hostAndPort(record.url), record);
    }
  }

  #ids(): Set<string> {
    return new Set(this.list().map(({ id }) => id));
  }

  #allows(url: URL): boolean {
    return this.#accept.some((rule) => rule.allows(addressOf(url), portOf(url)));
  }

  /** One that is in the configuration no more may be among what was discovered. Says how many it added. */
  #addDiscovered(since: Millis): number {
    const before = this.#byAddress.size;
    const ids = this.#ids();
    for (const [address, spec] of this.#discovered)
      if (this.#byAddress.size < MAX_SERVERS && !this.#byAddress.has(address))
        ids.add(this.#add(address, withFreeId(spec, ids), { configured: false, since }).id);
    return this.#byAddress.size - before;
  }

  #add(address: string, spec: ServerSpec, { configured, since }: Coming): ServerRecord {
    const free = this.table.indexOf(undefined);
    const slot = free === -1 ? this.table.length : free;
    const record = new ServerRecord(this.#pool, slot, spec, configured, this.#come);
    this.#come += 1;
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
