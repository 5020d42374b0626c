import { parseDnsSource } from '../../core/dns-source.ts';
import { MAX_SERVERS } from '../../core/pool-servers.ts';
import type { ServerSpec } from '../../core/server-spec.ts';
import type { Millis } from '../../core/types.ts';
import { type Clock, systemClock } from '../clock.ts';
import { DnsDiscovery, type DnsParts } from './dns-discovery.ts';
import { FileDiscovery, type FileParts, readServersFile } from './file-discovery.ts';
import { type DiscoverySource, type Finding, systemAfter } from './finding.ts';
import { type DiscoveryEvent, FollowedSource } from './followed-source.ts';
import { openNameServer } from './name-server.ts';
import { countOf, listOf } from './server-list.ts';

/** How long `follow` waits for first answers. */
const FIRST_ANSWERS: Millis = 5000;

/** A DNS name that names servers. */
export interface DnsSettings {
  /** As parseDnsSource reads it. */
  readonly name: string;
  /** Longest time between two questions. */
  readonly every: Millis;
  /** Address of the DNS server; those of the system if left out. */
  readonly resolver?: string;
}

/** Where the servers of one pool are listed. */
export interface DiscoveredPool {
  readonly name: string;
  readonly dns?: readonly DnsSettings[];
  /** Absolute path. */
  readonly file?: string;
}

/** One source as it stands, for the status page. */
export interface DiscoveryView {
  readonly pool: string;
  readonly source: string;
  /** How many servers it gives now, kept ones included. */
  readonly servers: number;
  /** When it was last well, ms since 1970; undefined if it never was. */
  readonly lastAt: number | undefined;
  /** What is wrong with it; undefined while it is well. */
  readonly fault: string | undefined;
}

export interface DiscoveryOptions
  extends Pick<FileParts, 'parse' | 'watch'>,
    Partial<Pick<FileParts, 'readFile' | 'after'>>,
    Partial<Pick<DnsParts, 'openNameServer' | 'random'>> {
  /** Takes all the servers that were found for a pool, at most 4,096, in place of those before. */
  readonly apply: (pool: string, servers: readonly ServerSpec[]) => void;
  readonly tell: (event: DiscoveryEvent) => void;
  readonly clock?: Clock;
}

interface Wanted {
  readonly pool: string;
  readonly name: string;
  readonly settings: string;
  readonly open: (onFinding: (finding: Finding) => void) => DiscoverySource;
}

/** Finds the servers of pools where DNS and files list them, for as long as they are followed. */
export class Discovery {
  readonly #options: DiscoveryOptions;
  readonly #clock: Clock;
  readonly #parts: FileParts & DnsParts;
  #sources: readonly FollowedSource[] = [];
  /** Pools of which too many servers were found. */
  readonly #overfull = new Set<string>();
  #isClosed = false;

  constructor(options: DiscoveryOptions) {
    const clock = options.clock ?? systemClock;
    this.#options = options;
    this.#clock = clock;
    this.#parts = {
      parse: options.parse,
      watch: options.watch,
      readFile: options.readFile ?? readServersFile,
      after: options.after ?? systemAfter,
      openNameServer: options.openNameServer ?? openNameServer,
      random: options.random ?? Math.random,
      now: () => clock.now(),
    };
  }

  /**
   * Begins to follow the sources of these pools beside those that are followed now, whose servers stay; resolves as
   * `follow` does. Call it before a new configuration is taken and `follow` behind that: then no pool is empty in
   * between whose servers were named by the one configuration and are discovered by the other.
   */
  async prepare(pools: readonly DiscoveredPool[]): Promise<void> {
    if (!this.#isClosed) await this.#firstAnswers(this.#begin(pools));
  }

  /**
   * Follows the sources of these pools from now on and no others; resolves once each has answered or failed, after
   * 5 s at the latest. Sources that stay as they were go on as if nothing had happened; one with new settings begins
   * with the servers it had; the servers of those that are gone leave when the new ones have answered.
   * Rejects with a TypeError, and changes nothing, if a name is not one that parseDnsSource reads.
   */
  async follow(pools: readonly DiscoveredPool[]): Promise<void> {
    if (this.#isClosed) return;
    const next = this.#begin(pools);
    const leaving = this.#sources.filter((source) => !next.includes(source));
    for (const source of leaving) source.stop();
    await this.#firstAnswers(next);
    if (this.#isClosed) return;
    this.#sources = this.#sources.filter((source) => !leaving.includes(source));
    for (const source of leaving) this.#tellOfLeaving(source);
    for (const pool of new Set([...next, ...leaving].map((source) => source.pool))) this.#apply(pool);
  }

  status(): readonly DiscoveryView[] {
    return this.#sources
      .filter((source) => !source.isStopped)
      .map(({ pool, name, servers, lastAt, fault }) => ({
        pool,
        source: name,
        servers: servers.length,
        lastAt,
        fault,
      }));
  }

  close(): void {
    this.#isClosed = true;
    for (const source of this.#sources) source.stop();
    this.#sources = [];
  }

  /** Those that are wanted come first, in their order: of two that name one address the first decides. */
  #begin(pools: readonly DiscoveredPool[]): readonly FollowedSource[] {
    const wanted = pools.flatMap((pool) => this.#wantedOf(pool));
    const isFirst = ({ pool, name, settings }: Wanted, i: number): boolean =>
      wanted.findIndex((one) => one.pool === pool && one.name === name && one.settings === settings) === i;
    const next = wanted.filter(isFirst).map((one) => this.#sourceFor(one));
    this.#sources = [...next, ...this.#sources.filter((source) => !next.includes(source))];
    return next;
  }

  #wantedOf({ name: pool, dns = [], file }: DiscoveredPool): readonly Wanted[] {
    const names = dns.map(({ name, every, resolver }): Wanted => {
      const source = parseDnsSource(name);
      if (!source)
        throw new TypeError(`pool "${pool}": ${JSON.stringify(name)} is not a DNS name with a port`);
      return {
        pool,
        name: `dns ${name}`,
        settings: JSON.stringify([name, every, resolver]),
        open: (onFinding) => new DnsDiscovery({ ...this.#parts, source, every, resolver, onFinding }),
      };
    });
    if (file === undefined) return names;
    const open: Wanted['open'] = (onFinding) => new FileDiscovery({ ...this.#parts, path: file, onFinding });
    return [...names, { pool, name: `file ${file}`, settings: file, open }];
  }

  #sourceFor(wanted: Wanted): FollowedSource {
    const { pool, name, settings } = wanted;
    const others = this.#sources.filter((source) => source.pool === pool && source.name === name);
    const same = others.find((source) => source.settings === settings && !source.isStopped);
    if (same) return same;
    return new FollowedSource({
      ...wanted,
      servers: others[0]?.servers ?? [],
      tell: this.#options.tell,
      onChange: () => this.#apply(pool),
      epoch: () => this.#clock.epoch(),
    });
  }

  async #firstAnswers(sources: readonly FollowedSource[]): Promise<void> {
    let callOff = (): void => undefined;
    const limit = new Promise<void>((resolve) => {
      callOff = this.#parts.after(FIRST_ANSWERS, resolve);
    });
    await Promise.race([limit, Promise.all(sources.map(({ answered }) => answered))]);
    callOff();
  }

  #apply(pool: string): void {
    const found = listOf(
      this.#sources.filter((source) => source.pool === pool).flatMap(({ servers }) => servers),
    );
    this.#noteSize(pool, found);
    this.#options.apply(pool, found.slice(0, MAX_SERVERS));
  }

  #noteSize(pool: string, found: readonly ServerSpec[]): void {
    const isOver = found.length > MAX_SERVERS;
    if (isOver === this.#overfull.has(pool)) return;
    if (isOver) this.#overfull.add(pool);
    else this.#overfull.delete(pool);
    const message = `pool "${pool}": ${countOf(found)} found, ${isOver ? 'of which' : 'at most'} ${MAX_SERVERS} are used`;
    this.#options.tell(
      isOver
        ? { kind: 'discovery_failed', pool, message, level: 'error' }
        : { kind: 'discovery_recovered', pool, message, level: 'info' },
    );
  }

  #tellOfLeaving({ pool, name, servers }: FollowedSource): void {
    if (servers.length === 0 || this.#sources.some((other) => other.pool === pool && other.name === name))
      return;
    const message = `pool "${pool}": ${name} is followed no more; it gave ${countOf(servers)}`;
    this.#options.tell({ kind: 'discovery_changed', pool, message, level: 'info' });
  }
}
