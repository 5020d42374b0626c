import { hostAndPort, parseServerUrl } from './accept.ts';
import type { Chain } from './chain.ts';
import { MAX_SERVERS, Pool, type PoolSpec } from './pool.ts';
import type { Refusal, Report, ReportedServer } from './report.ts';
import type { HandState, ServerRecord } from './server-record.ts';
import type { Done, Millis, Server } from './types.ts';

/** Most nodes heard at once; more are refused, so that nobody can fill the memory. */
export const MAX_NODES = 10_000;
/** Silence after which a node, and servers that only it announced, are forgotten. */
export const FORGET_AFTER: Millis = 300_000;
const BOOTS_KEPT = 4;

/** Where a report came from, and what its sender may speak for. */
export interface ReportSource {
  readonly address: string;
  readonly transport: 'memory' | 'http' | 'udp';
  /** Pools the sender may report on; undefined: all. */
  readonly pools?: ReadonlySet<string>;
}

/** What is known of one agent. */
export interface NodeRecord {
  readonly name: string;
  boot: string;
  seq: number;
  heardAt: Millis;
  /** Moving mean of the time between reports; NaN before the second. */
  every: Millis;
  reports: number;
  source: ReportSource;
  servers: readonly string[];
  /** Boot ids that were replaced: a report with one of them is a replayed one. */
  readonly retired: string[];
}

/** A server that changed hands or was first heard of; for the event log. */
export type BoardEvent =
  | { readonly kind: 'server_announced' | 'server_forgotten'; readonly pool: string; readonly server: string }
  | { readonly kind: 'node_joined' | 'node_restarted' | 'node_forgotten'; readonly node: string };

/** Checks one server of a report that may announce `others` before it, and adds it to them. */
const announcementFault = (pool: Pool, url: URL, others: Map<string, URL>): Refusal | undefined => {
  if (pool.byUrl(url)) return undefined;
  const address = hostAndPort(url);
  const before = others.get(address);
  if (before?.protocol === url.protocol) return undefined;
  const code = before ? 'not_accepted' : pool.announcementFault(url, others.size);
  if (!code) {
    others.set(address, url);
    return undefined;
  }
  const why = code === 'full' ? `it has ${MAX_SERVERS} servers` : 'its accept list does not allow it';
  return { code, message: `${url.origin} is not a server of pool "${pool.name}", and ${why}` };
};

/** The shared state: of every server the last report, when it came, and what this proxy counts itself. */
export class Board {
  readonly #pools = new Map<string, Pool>();
  readonly #nodes = new Map<string, NodeRecord>();
  readonly #onEvent: (event: BoardEvent) => void;
  /** Proxies alive that share the servers, this one included. */
  proxies = 1;

  constructor(onEvent: (event: BoardEvent) => void = () => undefined) {
    this.#onEvent = onEvent;
  }

  /** Takes the pools of a new configuration; records of servers that stay keep all they know. */
  configure(specs: readonly PoolSpec[]): void {
    const names = new Set(specs.map((spec) => spec.name));
    for (const name of this.#pools.keys()) if (!names.has(name)) this.#pools.delete(name);
    for (const spec of specs) {
      const pool = this.#pools.get(spec.name) ?? new Pool(spec.name);
      this.#pools.set(spec.name, pool);
      pool.configure(spec);
    }
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

  pools(): readonly Pool[] {
    return [...this.#pools.values()];
  }

  node(name: string): NodeRecord | undefined {
    return this.#nodes.get(name);
  }

  nodes(): readonly NodeRecord[] {
    return [...this.#nodes.values()];
  }

  /** Takes a checked report as a whole, or refuses it as a whole and says why. */
  hear(report: Report, source: ReportSource, now: Millis): Refusal | undefined {
    const known = this.#nodes.get(report.node);
    const fault = this.#orderFault(report, known) ?? this.#serversFault(report, source);
    if (fault) return fault;
    const restarted = known !== undefined && known.boot !== report.boot;
    for (const reported of report.servers) this.#hearServer(report, reported, restarted, now);
    this.#note(report, source, known, now);
    return undefined;
  }

  /** Counts a request as under way; the answer ends it, once. */
  begin(server: Server, now: Millis): Done {
    const pool = this.#pools.get(server.pool);
    const record = pool?.table[server.slot];
    if (!pool || !record || record !== server) return () => undefined;
    record.begin();
    pool.begun(record, now);
    let open = true;
    return (outcome, endedAt) => {
      if (!open) return;
      open = false;
      record.end(outcome);
      pool.done(record, outcome, endedAt);
    };
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
    for (const node of this.#nodes.values()) {
      if (now - node.heardAt <= FORGET_AFTER) continue;
      this.#nodes.delete(node.name);
      this.#onEvent({ kind: 'node_forgotten', node: node.name });
    }
  }

  #orderFault(report: Report, known: NodeRecord | undefined): Refusal | undefined {
    if (!known)
      return this.#nodes.size < MAX_NODES
        ? undefined
        : { code: 'full', message: `more than ${MAX_NODES} nodes` };
    const old = known.boot === report.boot ? report.seq <= known.seq : known.retired.includes(report.boot);
    return old
      ? {
          code: 'replayed',
          message: `report ${report.seq} of boot ${report.boot} is not newer than what was heard`,
        }
      : undefined;
  }

  #poolOf(reported: ReportedServer): Pool | undefined {
    if (reported.pool !== undefined) return this.#pools.get(reported.pool);
    return this.#pools.size === 1 ? this.pools()[0] : undefined;
  }

  #serversFault(report: Report, source: ReportSource): Refusal | undefined {
    const announced = new Map<Pool, Map<string, URL>>();
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
      const others = announced.get(pool) ?? new Map<string, URL>();
      announced.set(pool, others);
      const fault = announcementFault(pool, url, others);
      if (fault) return fault;
    }
    return undefined;
  }

  #hearServer(report: Report, reported: ReportedServer, restarted: boolean, now: Millis): void {
    const pool = this.#poolOf(reported);
    const url = parseServerUrl(reported.url);
    if (!pool || !url) return;
    const record = pool.byUrl(url) ?? this.#announce(pool, url, reported.tags ?? []);
    const silence = now - record.heardAt;
    record.hear(report.node, report.stats, reported.stats, now);
    if (!record.configured) pool.retag(record, reported.tags ?? []);
    pool.heard(record, { silence, restarted }, now);
  }

  #announce(pool: Pool, url: URL, tags: readonly string[]): ServerRecord {
    const record = pool.announce(url, tags);
    this.#onEvent({ kind: 'server_announced', pool: pool.name, server: record.id });
    return record;
  }

  #note(report: Report, source: ReportSource, known: NodeRecord | undefined, now: Millis): void {
    const servers = report.servers.map(({ url }) => url);
    if (!known) {
      const { node: name, boot, seq } = report;
      this.#nodes.set(name, {
        name,
        boot,
        seq,
        heardAt: now,
        every: Number.NaN,
        reports: 1,
        source,
        servers,
        retired: [],
      });
      this.#onEvent({ kind: 'node_joined', node: name });
      return;
    }
    if (known.boot !== report.boot) {
      known.retired.push(known.boot);
      if (known.retired.length > BOOTS_KEPT) known.retired.shift();
      this.#onEvent({ kind: 'node_restarted', node: known.name });
    }
    const gap = now - known.heardAt;
    known.every = Number.isNaN(known.every) ? gap : known.every + (gap - known.every) / 8;
    Object.assign(known, {
      boot: report.boot,
      seq: report.seq,
      heardAt: now,
      source,
      servers,
      reports: known.reports + 1,
    });
  }
}
