import { parseAddressRule } from './accept.ts';
import type { News, PoolTap } from './board-tap.ts';
import type { Heard, MemoryReader, Signal } from './candidacy.ts';
import { Memories } from './memories.ts';
import type { InBand } from './observed.ts';
import { PoolServers } from './pool-servers.ts';
import type { ColumnState, PoolState } from './pool-state.ts';
import type { PoolSpec, PoolView } from './pool-view.ts';
import type { RefusalCode } from './report.ts';
import type { ServerRecord } from './server-record.ts';
import type { HandState, HealthState, ServerSpec, ToldState } from './server-spec.ts';
import { factsOf, type StateFacts, type StateSource, stateFrom } from './server-state.ts';
import type { Millis, Outcome, ServerState } from './types.ts';
import { usableServers } from './usable-servers.ts';

/** Silence after which what an agent said of a server no longer makes it `ready` (mod_backhand's SERVER_TIMEOUT). */
export const SERVER_TIMEOUT: Millis = 20_000;
/** Silence after which a server that is heard again counts at once, not when kept answers run out. */
const LONG_SILENCE: Millis = 2000;

/** For servers whose coming nobody dated. */
const LONG_AGO: Millis = Number.NEGATIVE_INFINITY;

/** One pool on the board: its servers by slot, the memories that functions keep of them. */
export class Pool implements PoolView {
  readonly name: string;
  servers: readonly ServerRecord[] = [];
  eligible: readonly ServerRecord[] = [];
  readonly table: readonly (ServerRecord | undefined)[];
  self: ServerRecord | undefined = undefined;
  version = 0;
  /** Hears every change; undefined while nobody records. */
  tap: PoolTap | undefined = undefined;
  #selfId: string | undefined;
  readonly #memories = new Memories();
  readonly #members: PoolServers;

  constructor(name: string) {
    this.name = name;
    this.#members = new PoolServers(name, this.#memories);
    this.table = this.#members.table;
  }

  /** Takes a new configuration. Servers that stay keep their records; announced ones stay while `accept` allows. */
  configure(spec: PoolSpec, now = LONG_AGO): void {
    this.#selfId = spec.self;
    this.#members.configure(spec, now);
    this.#changed();
  }

  byId(id: string): ServerRecord | undefined {
    return this.servers.find((server) => server.id === id);
  }

  byUrl(url: URL): ServerRecord | undefined {
    return this.#members.byUrl(url);
  }

  /** Why a server that is not known here may not be announced, with `others` beside it; undefined if it may. */
  announcementFault(url: URL, others = 0): RefusalCode | undefined {
    return this.#members.announcementFault(url, others);
  }

  announce(url: URL, tags: readonly string[], now = LONG_AGO): ServerRecord {
    const record = this.#members.announce(url, tags, now);
    this.#changed();
    this.tap?.announced(url, tags, now);
    return record;
  }

  /**
   * Takes the servers that discovery has found, in place of those that it had found before; the version grows only if
   * that changes anything. One that stays keeps its record; one that is gone leaves unless the configuration has it or
   * an agent that may announce it has named it.
   */
  discover(specs: readonly ServerSpec[], now = LONG_AGO): void {
    if (this.#members.discover(specs, now)) this.#changed();
    this.tap?.discovered(specs, now);
  }

  /** Whether the configuration or discovery has it, so that its tags are not for agents to say. */
  isListed(record: ServerRecord): boolean {
    return this.#members.isListed(record);
  }

  /** Forgets announced servers that have been silent for so long and have nothing in flight. */
  forget(now: Millis, silence: Millis): readonly ServerRecord[] {
    const gone = this.servers.filter(
      (server) => !this.isListed(server) && server.inFlight === 0 && now - server.heardAt > silence,
    );
    if (gone.length === 0) return gone;
    for (const record of gone) this.#members.drop(record);
    this.#changed();
    this.tap?.forgot(now, silence);
    return gone;
  }

  setHand(record: ServerRecord, hand: HandState | undefined): void {
    this.set(record, hand, record.told);
  }

  /** Takes what the server's own agent-check said. */
  setTold(record: ServerRecord, told: ToldState | undefined): void {
    this.set(record, record.hand, told);
  }

  /** Takes both. */
  set(record: ServerRecord, hand: HandState | undefined, told: ToldState | undefined): void {
    record.set(hand, told);
    this.#changed();
    this.tap?.set(record, hand, told);
  }

  /** Takes what checks have found. */
  setHealth(record: ServerRecord, health: HealthState | undefined, now: Millis): void {
    if (record.setHealth(health)) this.#memories.back(record, now);
    this.#changed();
    this.tap?.checked(record, health, now);
  }

  /** The state of a server for people, and who says so. */
  judge(record: ServerRecord, now: Millis): { readonly state: ServerState; readonly by: StateSource } {
    const { remembered, seen } = this.#seen(record, now);
    return stateFrom(factsOf(record, remembered, seen));
  }

  /** The state of a server for people. */
  stateOf(record: ServerRecord, now: Millis): ServerState {
    return this.judge(record, now).state;
  }

  /** As `stateOf`, whatever was set or found by checks: what requests have shown. */
  seenState(record: ServerRecord, now: Millis): ServerState {
    return stateFrom(this.#seen(record, now)).state;
  }

  /** Why it is ejected, for people; undefined if no function here says so. */
  whyEjected(record: ServerRecord, now: Millis): string | undefined {
    return this.#memories.whyEjected(record, now);
  }

  /** Gives a function a memory for every server. A known key keeps its memory and takes the new code. */
  column<Memory>(key: string, signal: Signal<Memory>): MemoryReader<Memory> {
    return this.#memories.add(key, signal, this.servers);
  }

  /** Forgets the memories under every other key. */
  retainColumns(keys: ReadonlySet<string>): void {
    this.#memories.retain(keys, this.servers);
  }

  /** A request to a server has begun. */
  begin(record: ServerRecord, now: Millis): void {
    record.begin();
    this.#memories.begun(record, now);
    this.tap?.begun(record, now);
  }

  /** A request to a server has ended. */
  end(record: ServerRecord, outcome: Outcome, now: Millis): void {
    record.end(outcome);
    this.version += this.#memories.done(record, outcome, now);
    this.tap?.ended(record, outcome, now);
  }

  /** Other processes of this proxy have so many requests under way at a server. */
  setElsewhere(record: ServerRecord, count: number): void {
    if (record.elsewhere === count) return;
    record.setElsewhere(count);
    this.tap?.elsewhere(record, count);
  }

  /** Gives a server these tags and no others. */
  retag(record: ServerRecord, tags: readonly string[]): void {
    if (!record.retag(tags)) return;
    this.version += 1;
    this.servers = [...this.servers];
    this.tap?.retagged(record, tags);
  }

  /** A report named a server. */
  hear(record: ServerRecord, news: News, now: Millis): void {
    const { node, stats, restarted, heardAt } = news;
    const silence = heardAt - record.heardAt;
    record.hear(node, stats, heardAt, now);
    this.#heard(record, { restarted, by: 'agent', stats: record.stats ?? stats }, silence, now);
    this.tap?.heard(record, news, now);
  }

  /** Numbers came from a server itself, no older than those before. */
  hearInBand(record: ServerRecord, said: InBand, now: Millis): void {
    const { stats, heardAt, by } = said;
    const silence = heardAt - record.heardAt;
    const isSame = record.inBand === stats;
    record.hearInBand(stats, heardAt);
    this.#heard(record, { restarted: false, by, stats: record.stats ?? stats }, silence, now);
    this.tap?.heardInBand(record, said, isSame, now);
  }

  /** Forgets numbers that came with answers and have grown old. */
  lapse(now: Millis): void {
    for (const record of this.servers) record.lapse(now);
    this.tap?.lapsed(now);
  }

  /** All that it holds. The memories are given as they are, not as copies. */
  save(): { readonly pool: PoolState; readonly columns: readonly ColumnState[] } {
    const members = this.#members.save();
    return {
      pool: { name: this.name, self: this.#selfId, ...members },
      columns: this.#memories.save(this.servers),
    };
  }

  /** Takes the place of a pool that was saved; for one that has no servers yet. */
  restore(state: PoolState): void {
    this.#selfId = state.self;
    this.#members.restore(
      state,
      state.accept.map(parseAddressRule).filter((rule) => rule !== undefined),
    );
    this.#changed();
  }

  /** Gives functions their memories back that were saved with these servers; keys that no function has are left out. */
  restoreColumns(columns: readonly ColumnState[]): void {
    for (const column of columns) this.#memories.restore(column, this.servers);
  }

  /** A server was heard, which its memories are told. `silence`: the time since it was heard before. */
  #heard(record: ServerRecord, heard: Heard, silence: Millis, now: Millis): void {
    if (silence > LONG_SILENCE) this.version += 1;
    this.version += this.#memories.heard(record, heard, now);
  }

  #seen(record: ServerRecord, now: Millis): Pick<StateFacts, 'remembered' | 'seen'> {
    const remembered = this.#memories.state(record, now);
    return { remembered, seen: record.seenState(now, SERVER_TIMEOUT) };
  }

  #changed(): void {
    this.version += 1;
    this.servers = this.#members.list();
    this.eligible = usableServers(this.servers.filter((server) => server.isEligible));
    for (const server of this.servers) server.isSelf = server.id === this.#selfId;
    this.self = this.eligible.find((server) => server.isSelf);
  }
}
