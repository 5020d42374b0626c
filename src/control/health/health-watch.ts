import { parseServerUrl } from '../../core/accept.ts';
import type { Board } from '../../core/board.ts';
import { SERVER_TIMEOUT } from '../../core/pool.ts';
import type { ServerRecord } from '../../core/server-record.ts';
import type { HealthState } from '../../core/server-spec.ts';
import type { Server } from '../../core/types.ts';
import { isDown } from '../../core/usable-servers.ts';
import { type Found, HealthChecks, type HealthChecksParts } from '../../health/health-checks.ts';
import type { EventLog } from '../events/events.ts';
import { CheckCounts } from '../metrics/check-counts.ts';
import type { RunClock } from '../run-clock.ts';
import { QuietServers } from './quiet-servers.ts';
import type { Sign } from './signs.ts';
import { type CheckingConfig, watchTarget } from './watch-targets.ts';

export interface HealthWatchParts {
  readonly board: Board;
  readonly events: Pick<EventLog, 'add'>;
  readonly clock: Pick<RunClock, 'now' | 'wallClock'>;
  /** 0 <= x < 1 */
  readonly random: () => number;
  /** Called after the board has changed. */
  readonly changed: () => void;
  /** For tests. */
  readonly ask?: HealthChecksParts['ask'];
}

/** The pools of a configuration. */
type Pools = Readonly<Record<string, CheckingConfig>>;

/** How often it is looked for servers that have come or left. */
const LOOK_EVERY_MS = 250;
/** How often those are tried that the last connection to failed, which only a request would find out otherwise. */
const RETRY_EVERY_MS = 1000;
/** How often quiet servers are tried while somebody watches: what dies is to be seen within a second. */
const QUIET_EVERY_MS = 400;

/** Watches over the servers of the board, and puts on it which are down. */
export class HealthWatch {
  readonly counts = new CheckCounts();
  readonly #parts: HealthWatchParts;
  readonly #checks: HealthChecks;
  readonly #timers: readonly NodeJS.Timeout[];
  #pools: Pools = {};
  /** As of the last look. */
  #records: readonly ServerRecord[] = [];
  #lookedFor: Pools | undefined = undefined;

  constructor(parts: HealthWatchParts) {
    this.#parts = parts;
    const { clock, random, ask } = parts;
    this.#checks = new HealthChecks({
      now: clock.now,
      random,
      tell: (server, found) => this.#tell(server, found),
      ...(ask ? { ask } : {}),
    });
    this.#timers = [
      setInterval(() => this.look(), LOOK_EVERY_MS).unref(),
      setInterval(() => this.#suspectFailed(), RETRY_EVERY_MS).unref(),
    ];
  }

  /** Takes another configuration. Servers that are checked as before keep their counts. */
  follow(pools: Pools): void {
    this.#pools = pools;
    this.look();
  }

  /** Looks which servers there are. Done four times a second besides. */
  look(): void {
    const before = this.#records;
    const records = this.#parts.board.pools().flatMap(({ servers }) => servers);
    const isSame = records.length === before.length && records.every((record, i) => record === before[i]);
    if (isSame && this.#lookedFor === this.#pools) return;
    this.#records = records;
    this.#lookedFor = this.#pools;
    this.#checks.follow(records.flatMap((record) => this.#target(record) ?? []));
  }

  /** Something happened to a connection of a server. */
  hear({ pool, server, kind }: Sign): void {
    const record = this.#parts.board.pool(pool)?.byId(server);
    if (!record) return;
    if (kind === 'gone') this.#checks.suspect(record);
    else this.#checks.revive(record);
  }

  hearAll(signs: readonly Sign[]): void {
    for (const sign of signs) this.hear(sign);
  }

  /** The stream of reports of an agent has ended: perhaps its servers have, too. */
  nodeLeft(name: string): void {
    const { board } = this.#parts;
    for (const text of board.node(name)?.servers ?? []) {
      const url = parseServerUrl(text);
      for (const pool of url ? board.pools() : []) {
        const record = url && pool.byUrl(url);
        if (record?.node === name) this.#checks.suspect(record);
      }
    }
  }

  /**
   * Somebody watches: servers that neither requests nor checks of their own tell of are tried, until what comes back is
   * called. Otherwise a server without traffic could die unseen.
   */
  watched(): () => void {
    const quiet = new QuietServers();
    const timer = setInterval(() => {
      const unchecked = this.#records.filter((record) => !this.#target(record)?.regular);
      for (const record of quiet.next(unchecked)) this.#checks.retry(record);
    }, QUIET_EVERY_MS).unref();
    return () => clearInterval(timer);
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#checks.close();
  }

  #target(record: ServerRecord): ReturnType<typeof watchTarget> {
    const config = this.#pools[record.pool];
    return config && watchTarget(record, config);
  }

  #suspectFailed(): void {
    const now = this.#parts.clock.now();
    for (const { servers } of this.#parts.board.pools())
      for (const record of servers)
        if (!isDown(record) && record.seenState(now, SERVER_TIMEOUT) === 'down') this.#checks.retry(record);
  }

  #tell(server: Server, found: Found | undefined): void {
    const record = this.#parts.board.pool(server.pool)?.table[server.slot];
    this.counts.heard(server, found?.facts);
    if (!record || record !== server) return;
    record.checks = found?.facts;
    const before = record.health;
    const health = found && this.#stateFrom(found);
    if (!this.#isNews(record, health)) return;
    this.#put(record, health);
    if (health && before?.state !== health.state) this.#say(record, before, health, found);
  }

  #stateFrom({ state, reason, isRefused }: Found): HealthState | undefined {
    if (state === 'unknown') return undefined;
    return { state, reason, isRefused, at: this.#parts.clock.wallClock() };
  }

  /** That it is up is news, too, where the last connection to it failed. */
  #isNews(record: ServerRecord, health: HealthState | undefined): boolean {
    const before = record.health;
    if (!health || !before) return health !== before;
    if (health.state === 'up' && record.seenState(this.#parts.clock.now(), SERVER_TIMEOUT) === 'down')
      return true;
    return (
      health.state !== before.state ||
      health.reason !== before.reason ||
      health.isRefused !== before.isRefused
    );
  }

  #put(record: ServerRecord, health: HealthState | undefined): void {
    const { board, clock, changed } = this.#parts;
    board.pool(record.pool)?.setHealth(record, health, clock.now());
    changed();
  }

  #say(
    { id, pool }: ServerRecord,
    before: HealthState | undefined,
    { state, reason }: HealthState,
    { facts }: Found,
  ): void {
    const { events } = this.#parts;
    const name = `${id} in pool ${pool}`;
    // What nobody has looked at yet is no news.
    if (!facts || facts.lastResult === undefined) return;
    if (state === 'down') events.add('server_down', `${name} is down: ${reason}`, 'warn');
    else if (before) events.add('server_up', `${name} is up again: ${facts.lastResult}`);
  }
}
