import { addressOf, hostAndPort, parseServerUrl, portOf } from './accept.ts';
import type { Chain } from './chain.ts';
import { type NodeEvent, type NodeRecord, Nodes, nameFault, patienceWith } from './nodes.ts';
import type { InBand } from './observed.ts';
import { Pool } from './pool.ts';
import { MAX_SERVERS } from './pool-servers.ts';
import type { PoolSpec } from './pool-view.ts';
import { joinStats, type Refusal, type Report, type ReportedServer } from './report.ts';
import type { Claim, ReportSource } from './report-source.ts';
import type { ServerRecord } from './server-record.ts';
import type { HandState } from './server-spec.ts';
import type { Done, Millis, Server } from './types.ts';

/** Silence after which a node, and servers that only it announced, are forgotten. */
export const FORGET_AFTER: Millis = 300_000;
/** Most servers of a refused report that it is counted for: nobody has checked how many it names. */
const MAX_CLAIMED = 16;

/** A server that changed hands or was first heard of; for the event log. */
export type BoardEvent =
  | { readonly kind: 'server_announced' | 'server_forgotten'; readonly pool: string; readonly server: string }
  | NodeEvent;

/** Servers that a report would announce, by pool and address. */
type Announced = Map<Pool, Map<string, URL>>;

/** Checks one server of a report that may announce `others` before it, and adds it to them. */
const announcementFault = (pool: Pool, url: URL, others: Announced): Refusal | undefined => {
  const ofPool = others.get(pool) ?? new Map<string, URL>();
  others.set(pool, ofPool);
  const address = hostAndPort(url);
  const before = ofPool.get(address);
  if (before?.protocol === url.protocol) return undefined;
  const code = before ? 'not_accepted' : pool.announcementFault(url, ofPool.size);
  if (!code) {
    ofPool.set(address, url);
    return undefined;
  }
  const why = code === 'full' ? `it has ${MAX_SERVERS} servers` : 'its accept list does not allow it';
  return { code, message: `${url.origin} is not a server of pool "${pool.name}", and ${why}` };
};

/** The shared state: of every server the last report, when it came, and what this proxy counts itself. */
export class Board {
  readonly #pools = new Map<string, Pool>();
  #poolList: readonly Pool[] = [];
  readonly #nodes: Nodes;
  readonly #onEvent: (event: BoardEvent) => void;
  /** Proxies alive that share the servers, this one included. */
  proxies = 1;
  /** Told of each server that took a report, and whether it is the first of a new start of its agent. */
  onReport: ((record: ServerRecord, restarted: boolean) => void) | undefined = undefined;

  constructor(onEvent: (event: BoardEvent) => void = () => undefined) {
    this.#onEvent = onEvent;
    this.#nodes = new Nodes(onEvent);
  }

  /** Takes the pools of a new configuration; records of servers that stay keep all they know. */
  configure(specs: readonly PoolSpec[], now?: Millis): void {
    const names = new Set(specs.map((spec) => spec.name));
    for (const name of this.#pools.keys()) if (!names.has(name)) this.#pools.delete(name);
    for (const spec of specs) {
      const pool = this.#pools.get(spec.name) ?? new Pool(spec.name);
      this.#pools.set(spec.name, pool);
      pool.configure(spec, now);
    }
    this.#poolList = [...this.#pools.values()];
  }

  /** Forgets the memories that none of these chains reads. Call it when a reload has put its chains in place. */
  retain(chains: readonly Pick<Chain, 'pool' | 'memories'>[]): void {
    for (const pool of this.#pools.values()) {
      const read = chains.filter((chain) => chain.pool === pool).flatMap(({ memories }) => memories);
      pool.retainColumns(new Set(read));
    }
  }

  pool(name: string): Pool | undefined {
    return this.#pools.get(name);
  }

  /** The same array until the next configuration. */
  pools(): readonly Pool[] {
    return this.#poolList;
  }

  node(name: string): NodeRecord | undefined {
    return this.#nodes.get(name);
  }

  nodes(): readonly NodeRecord[] {
    return this.#nodes.list();
  }

  /** Takes a checked report as a whole, or refuses it as a whole and says why. */
  hear(report: Report, source: ReportSource, now: Millis): Refusal | undefined {
    const known = this.#nodes.get(report.node);
    const fault =
      (known ? nameFault(known, source, now) : undefined) ??
      this.#nodes.orderFault(known, report) ??
      this.#serversFault(report, source, now);
    if (fault) return fault;
    const restarted = known !== undefined && known.boot !== report.boot;
    const heardAt = this.#nodes.hear(known, report, source, now);
    for (const reported of report.servers) this.#hearServer(report, reported, restarted, { now, heardAt });
    return undefined;
  }

  /** Counts a refusal for those that it says it is about, as far as they are known here. */
  refuse(claim: Claim, refusal: Refusal): void {
    this.#nodes.refuse(claim.node, refusal);
    for (const reported of claim.servers.slice(0, MAX_CLAIMED)) {
      const url = parseServerUrl(reported.url);
      const record = url && this.#poolOf(reported)?.byUrl(url);
      if (record) record.refused += 1;
    }
  }

  /**
   * Takes numbers that came with an answer of a server. Those that are no newer than what it last said in this way
   * are passed over, and so is a server that has left: false.
   */
  hearInBand(server: Server, said: InBand, now = said.heardAt): boolean {
    const pool = this.#pools.get(server.pool);
    const record = pool?.table[server.slot];
    if (!pool || !record || record !== server || said.heardAt < record.inBandAt) return false;
    pool.hearInBand(record, said, now);
    return true;
  }

  /** Counts numbers that came with an answer of a server and could not be understood. */
  refuseInBand(server: Server, times = 1): void {
    const record = this.#pools.get(server.pool)?.table[server.slot];
    if (record && record === server) record.refused += times;
  }

  /** Forgets numbers that came with an answer and have grown old. Call it about once a second. */
  lapse(now: Millis): void {
    for (const pool of this.#pools.values()) pool.lapse(now);
  }

  /** Counts a request as under way; the answer ends it, once. */
  begin(server: Server, now: Millis): Done {
    const pool = this.#pools.get(server.pool);
    const record = pool?.table[server.slot];
    if (!pool || !record || record !== server) return () => undefined;
    pool.begin(record, now);
    let open = true;
    return (outcome, endedAt) => {
      if (!open) return;
      open = false;
      pool.end(record, outcome, endedAt);
    };
  }

  /** Other processes of this proxy have so many requests under way at a server. */
  setElsewhere(record: ServerRecord, count: number): void {
    const pool = this.#pools.get(record.pool);
    if (pool?.table[record.slot] === record) pool.setElsewhere(record, count);
    else record.setElsewhere(count);
  }

  /** Sets or, with undefined, lifts a state by hand. False if there is no such server. */
  setHand(pool: string, id: string, hand: HandState | undefined): boolean {
    const owner = this.#pools.get(pool);
    const record = owner?.byId(id);
    if (!owner || !record) return false;
    owner.setHand(record, hand);
    return true;
  }

  /** Forgets the long silent. Call it now and then. */
  sweep(now: Millis): void {
    for (const pool of this.#pools.values()) {
      for (const gone of pool.forget(now, FORGET_AFTER))
        this.#onEvent({ kind: 'server_forgotten', pool: pool.name, server: gone.id });
    }
    this.#nodes.forget(now, FORGET_AFTER);
  }

  #poolOf(reported: Pick<ReportedServer, 'pool'>): Pool | undefined {
    if (reported.pool !== undefined) return this.#pools.get(reported.pool);
    return this.#poolList.length === 1 ? this.#poolList[0] : undefined;
  }

  #serversFault(report: Report, source: ReportSource, now: Millis): Refusal | undefined {
    let announced: Announced | undefined;
    for (const reported of report.servers) {
      const pool = this.#poolOf(reported);
      if (!pool)
        return {
          code: 'unknown_pool',
          message: `there is no pool "${reported.pool ?? ''}" for ${reported.url}`,
        };
      if (source.pools && !source.pools.has(pool.name))
        return { code: 'not_accepted', message: `this sender may not report on pool "${pool.name}"` };
      const url = parseServerUrl(reported.url);
      if (!url) return { code: 'malformed', message: `${reported.url} is not the URL of a server` };
      if (source.within && !source.within.some((rule) => rule.allows(addressOf(url), portOf(url))))
        return { code: 'not_accepted', message: `this sender may not report on servers at ${url.hostname}` };
      const record = pool.byUrl(url);
      if (!record) announced ??= new Map();
      const fault = record
        ? this.#holderFault(record, url, { node: report.node, source, now })
        : announced && announcementFault(pool, url, announced);
      if (fault) return fault;
    }
    return undefined;
  }

  /** One agent at a time speaks for a server: two would each undo what the other says. */
  #holderFault(
    record: ServerRecord,
    url: URL,
    { node, source, now }: { readonly node: string; readonly source: ReportSource; readonly now: Millis },
  ): Refusal | undefined {
    const held = record.node ?? node;
    const holder = held === node ? undefined : this.#nodes.get(held);
    if (!holder || now - holder.heardAt > patienceWith(holder)) return undefined;
    // Heartbeats are not signed: they make way for an agent.
    if (holder.source.transport === 'heartbeat' && source.transport !== 'heartbeat') return undefined;
    // Its last report may name the same address in another pool.
    if (record.reportedAt < holder.heardAt) return undefined;
    if (!holder.servers.some((text) => parseServerUrl(text)?.origin === url.origin)) return undefined;
    return { code: 'taken', message: `node "${held}" reports on ${url.origin} already` };
  }

  #hearServer(
    report: Report,
    reported: ReportedServer,
    restarted: boolean,
    { now, heardAt }: { readonly now: Millis; readonly heardAt: Millis },
  ): void {
    const pool = this.#poolOf(reported);
    const url = parseServerUrl(reported.url);
    if (!pool || !url) return;
    const record = pool.byUrl(url) ?? this.#announce(pool, url, reported.tags ?? [], now);
    const stats = joinStats(report.stats, reported.stats);
    if (!pool.isListed(record)) pool.retag(record, reported.tags ?? []);
    pool.hear(record, { node: report.node, stats, restarted, heardAt }, now);
    this.onReport?.(record, restarted);
  }

  #announce(pool: Pool, url: URL, tags: readonly string[], now: Millis): ServerRecord {
    const record = pool.announce(url, tags, now);
    this.#onEvent({ kind: 'server_announced', pool: pool.name, server: record.id });
    return record;
  }
}
