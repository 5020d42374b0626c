import { builtIns } from '../../candidacy/index.ts';
import { parseAddressRule } from '../../src/core/accept.ts';
import { Board } from '../../src/core/board.ts';
import { type Chain, compileChain, type LinkSpec } from '../../src/core/chain.ts';
import { type Decision, decide } from '../../src/core/decide.ts';
import type { Pool } from '../../src/core/pool.ts';
import { type Random, seededRandom } from '../../src/core/random.ts';
import type { ServerRecord } from '../../src/core/server-record.ts';
import type { Done, Outcome, RequestView, Server, Stats } from '../../src/core/types.ts';
import { readCheckpoint } from '../../src/recording/checkpoint.ts';
import type { TraceSink } from '../../src/recording/event-chunks.ts';
import type { FrameKind } from '../../src/recording/frames.ts';
import type { TracePart } from '../../src/recording/read-trace.ts';
import { Recorder, type RecorderParts } from '../../src/recording/recorder.ts';
import type { ReplayChain, ReplayChains } from '../../src/recording/replay.ts';
import { aRequest } from '../../src/testing/index.ts';

export type WrittenLink = string | readonly [name: string, options: unknown];

export const aLinkOf = (written: WrittenLink): LinkSpec => {
  const [name, given] = typeof written === 'string' ? [written, {}] : written;
  const candidacy = builtIns.get(name);
  if (!candidacy) throw new TypeError(`there is no function ${name}`);
  const isFull = typeof given === 'object' && given !== null && !Array.isArray(given);
  const full = isFull || !candidacy.shorthand ? given : { [candidacy.shorthand]: given };
  return { name, candidacy, options: candidacy.options?.parse(full) };
};

/** Chains that together have every built-in function. */
export const CHAINS: Readonly<Record<string, readonly WrittenLink[]>> = {
  default: [['byAge', '5s'], 'notEjected', 'addPrediction', ['sample', { least: 8 }], 'byMarginalCost'],
  full: [['byAge', '5s'], 'notEjected', 'slowStart', 'addPrediction', 'candidates', 'byMarginalCost'],
  textbook: ['byAge', 'byRandom', 'byLogWindow', 'byLoad'],
  memory: [['byTag', 'x'], 'byMemory', 'byCPU', 'byBusyChildren'],
  cost: ['byConcurrencyLimit', 'byCost', 'byWeightedRandom'],
  session: [['bySession', 'sid'], 'byRandom', 'byExpectedDelay'],
  hotCold: ['candidates', 'byHotCold'],
  peak: ['twoChoices', 'byPeakEwma'],
  orca: ['byOrcaWeight'],
  round: ['roundRobin'],
  water: ['byWaterfill'],
  rendezvous: ['byRendezvous', 'boundedLoad'],
  maglev: ['byMaglev', 'boundedLoad'],
  inFlight: ['notEjected', 'byInFlight'],
  zone: [
    ['byZone', { zone: 'a', prefix: 'zone:' }],
    ['canary', { tag: 'x', share: '20%', key: 'header:x-key' }],
    ['byHostname', '^10\\.0'],
    'removeSelf',
    'addSelf',
    'byRandom',
  ],
  redirect: ['twoChoices', 'HTTPRedirectToIP'],
  named: ['byRandom', ['HTTPRedirectToName', '%1S.%-1H'], 'byLogWindow'],
  off: ['off'],
};

/** Keeps frames; those of one file stand in one list. */
export class MemorySink implements TraceSink {
  readonly files: { kind: FrameKind; content: Buffer }[][] = [[]];
  readonly #maxSize: number;
  /** Holds writes back until `let` is called. */
  isSlow = false;
  #held: (() => void)[] = [];
  #size = 0;

  constructor(maxSize = Number.POSITIVE_INFINITY) {
    this.#maxSize = maxSize;
  }

  get isFull(): boolean {
    return this.#size >= this.#maxSize;
  }

  write(kind: FrameKind, content: Buffer, done: (ok: boolean) => void): void {
    this.#size += content.length;
    this.files.at(-1)?.push({ kind, content: Buffer.from(content) });
    if (this.isSlow) this.#held.push(() => done(true));
    else done(true);
  }

  turn(): void {
    this.#size = 0;
    this.files.push([]);
  }

  let(): void {
    this.isSlow = false;
    for (const done of this.#held.splice(0)) done();
  }

  parts(): TracePart[] {
    return this.files.flatMap((frames, i) =>
      frames.map(({ kind, content }): TracePart => {
        const file = `file ${i}`;
        if (kind === 'events') return { kind, file, bytes: content };
        return { kind, file, checkpoint: readCheckpoint(content) };
      }),
    );
  }
}

interface Open {
  readonly done: Done;
  readonly decision: Decision;
  readonly at: number;
}

const REASONS = ['connect_refused', 'reset', 'connect_timeout', 'client_abort'] as const;

export interface StormOptions {
  readonly seed: number;
  readonly chains?: Readonly<Record<string, readonly WrittenLink[]>>;
  readonly servers?: number;
}

/** A board on which everything happens that can, at random: decisions, exchanges, reports, servers that come and go. */
export class Storm {
  readonly board = new Board();
  readonly random: Random;
  chains: readonly Chain[] = [];
  now = 1000;
  /** What was decided, in order. */
  readonly log: (string | null)[] = [];
  recorder: Recorder | undefined;
  readonly #written: Readonly<Record<string, readonly WrittenLink[]>>;
  readonly #servers: number;
  readonly #decisionRandom: Random;
  #open: Open[] = [];
  #seq = 0;
  readonly #inBand = new Map<Server, Stats>();

  constructor({ seed, chains = CHAINS, servers = 24 }: StormOptions) {
    this.random = seededRandom(seed);
    this.#decisionRandom = seededRandom(seed + 1);
    this.#written = chains;
    this.#servers = servers;
    this.configure();
  }

  /** As a reload does: the same pools, chains made anew. */
  configure(): void {
    const rule = parseAddressRule('10.9.0.0/16');
    const specOf = (i: number) => ({
      id: `s${i}`,
      url: new URL(`http://10.0.0.${i + 1}:80`),
      tags: i % 2 === 0 ? ['x', 'zone:a'] : ['zone:b'],
      ...(i % 5 === 0 ? { arriba: 500 + 100 * i } : {}),
    });
    const all = Array.from({ length: this.#servers }, (_, i) => specOf(i));
    this.board.configure(
      [
        { name: 'web', servers: all, accept: rule ? [rule] : [], self: 's1' },
        { name: 'api', servers: all.slice(0, 5), accept: [] },
      ],
      this.now,
    );
    this.chains = Object.entries(this.#written).flatMap(([name, links]) =>
      ['web', 'api'].map((pool) => {
        const found = this.board.pool(pool);
        if (!found) throw new TypeError(pool);
        return compileChain(`${name} ${pool}`, links.map(aLinkOf), found, 'undo', (link, _, message) => {
          throw new Error(`${link.name}: ${message}`);
        });
      }),
    );
    this.board.retain(this.chains);
  }

  get model() {
    return { chains: this.chains, pools: this.board.pools(), setup: { written: this.#written } };
  }

  record(sink: TraceSink, facts: Partial<RecorderParts> = {}): Recorder {
    const { headers = ['x-key'], cookies = ['sid'], run = 'run', numbered = 0 } = facts;
    const clock = { now: () => this.now, wallClock: () => 1_700_000_000_000 };
    const parts = { sink, ...clock, run, headers, cookies, numbered };
    this.recorder = new Recorder(parts);
    this.recorder.follow(this.model, 'start');
    return this.recorder;
  }

  /** Lets things happen until so many decisions were made. */
  run(decisions: number): void {
    for (let made = 0; made < decisions; ) {
      const x = this.random.next();
      this.now += this.random.next() * 3;
      if (x < 0.42) {
        this.#decide();
        made += 1;
      } else if (x < 0.84) this.#end();
      else if (x < 0.96) this.#inBandReport();
      else this.#rare(0.9 + this.random.next() / 10);
    }
  }

  #rare(x: number): void {
    if (x < 0.96) this.#report();
    else if (x < 0.965) this.board.lapse(this.now);
    else if (x < 0.97) this.#hand();
    else if (x < 0.975) this.#announce();
    else if (x < 0.98) this.#elsewhere();
    else if (x < 0.985) this.#told();
    else if (x < 0.986) this.#discover();
    else if (x < 0.987) this.now += 400_000 * this.random.next();
    else if (x < 0.988) this.board.sweep(this.now);
    else if (x < 0.99) this.board.proxies = 1 + this.#whole(4);
    else if (x < 0.993) this.#health();
    else if (x > 0.99995) this.#reload();
  }

  #reload(): void {
    this.configure();
    this.recorder?.follow(this.model, 'reload');
  }

  #whole(below: number): number {
    return Math.floor(this.random.next() * below);
  }

  #pool(): Pool {
    const pools = this.board.pools();
    return pools[this.#whole(pools.length)] as Pool;
  }

  #server(pool = this.#pool()): ServerRecord {
    return pool.servers[this.#whole(pool.servers.length)] as ServerRecord;
  }

  #request(): RequestView {
    const key = this.#whole(50);
    return aRequest({
      path: `/${['a', 'b', 'c\u00e9'][this.#whole(3)]}/${key}`,
      query: this.random.next() < 0.3 ? `sid=s${this.#whole(24)}&k=\u20ac${key}` : '',
      host: ['www.example.com', 'api.example.com'][this.#whole(2)] ?? '',
      method: ['GET', 'POST'][this.#whole(2)] ?? '',
      clientIp: `192.0.2.${this.#whole(20)}`,
      scheme: this.random.next() < 0.5 ? 'https' : 'http',
      headers: { 'x-key': `${key}`, ...(key % 3 === 0 ? { cookie: `sid=s${this.#whole(24)}` } : {}) },
    });
  }

  #decide(): void {
    const chain = this.chains[this.#whole(this.chains.length)] as Chain;
    const { proxies } = this.board;
    const context = { request: this.#request(), now: this.now, random: this.#decisionRandom, proxies };
    const decision = decide(chain, context);
    this.recorder?.decided(decision, proxies);
    this.log.push(decision.chosen?.id ?? null);
    if (!decision.chosen || this.#open.length > 200) return;
    const done = this.board.begin(decision.chosen, this.now);
    this.#open.push({ done, decision, at: this.now });
  }

  #end(): void {
    const [one] = this.#open.splice(this.#whole(Math.max(1, this.#open.length)), 1);
    if (!one) return;
    const outcome = this.#outcome();
    one.done(outcome, this.now);
    const isAnswer = outcome.kind === 'answered';
    this.recorder?.finished({
      ...({ kind: 'request', requestId: '', method: '', scheme: '', host: '', path: '' } as const),
      ...{ clientIp: '', peerIp: '', bytesIn: 0, bytesOut: 0, startedAt: one.at, attempts: 1 },
      status: isAnswer ? outcome.status : 502,
      duration: isAnswer ? outcome.total : 1,
      termination: isAnswer ? 'ok' : 'server_abort',
      decision: one.decision,
    });
  }

  #outcome(): Outcome {
    const x = this.random.next();
    const firstByte = 100 * this.random.next();
    if (x < 0.85)
      return {
        kind: 'answered',
        status: x < 0.8 ? 200 : 503,
        firstByte,
        total: firstByte + this.random.next(),
      };
    const reason = REASONS[this.#whole(4)] ?? 'reset';
    return {
      ...{ kind: 'failed', reason, unsent: x < 0.9 },
      side: reason === 'client_abort' ? 'client' : 'server',
    };
  }

  #stats(): Stats {
    const cpus = 1 + this.#whole(8);
    return {
      load1: 4 * this.random.next(),
      loadHighWater: 8,
      cpuIdle: this.random.next(),
      cpus,
      memoryTotal: 2 ** 33,
      memoryAvailable: 2 ** 33 * this.random.next(),
      arriba: 200 + 1000 * this.random.next(),
      arribaFrom: 'steal',
      pressure: { cpu: this.random.next(), io: 0 },
      slots: { total: 100, available: this.#whole(100) },
      inFlight: this.#whole(30),
      serviceTime: 10 * this.random.next(),
      custom: { rps_fractional: 100 * this.random.next(), 'other.name': 1 },
    };
  }

  #report(): void {
    const { name, servers } = this.#pool();
    if (servers.length === 0) return;
    const record = this.#server(this.board.pool(name));
    const boot = this.random.next() < 0.01 ? `boot ${this.#seq}` : `boot of ${record.id}`;
    this.#hear(name, record.id, record.url, boot);
  }

  #hear(pool: string, id: string, url: URL, boot: string): void {
    const tags = this.random.next() < 0.5 ? ['x'] : ['y', 'zone:a'];
    const report = {
      ...({ v: 1, node: `node of ${pool} ${id}`, boot, seq: ++this.#seq, stats: this.#stats() } as const),
      servers: [{ url: url.origin, pool, tags, stats: { load1: this.random.next() } }],
    };
    this.board.hear(report, { address: '127.0.0.1', transport: 'memory' }, this.now);
  }

  #inBandReport(): void {
    const record = this.#server();
    if (!record) return;
    const known = this.#inBand.get(record);
    const stats =
      known && this.random.next() < 0.5 ? known : { inFlight: this.#whole(20), arriba: 900, cpus: 2 };
    this.#inBand.set(record, stats);
    const by = this.random.next() < 0.3 ? 'probe' : 'answer';
    this.board.hearInBand(record, { stats, heardAt: this.now - this.random.next(), by }, this.now);
  }

  #hand(): void {
    const pool = this.#pool();
    const record = this.#server(pool);
    if (!record) return;
    const x = this.random.next();
    const hand =
      x < 0.6 ? undefined : ({ state: x < 0.8 ? 'drain' : 'ready', weight: 2 * x, reason: 'r' } as const);
    this.board.setHand(pool.name, record.id, hand);
  }

  #health(): void {
    const pool = this.#pool();
    const record = this.#server(pool);
    if (!record) return;
    const x = this.random.next();
    const state = x < 0.5 ? 'down' : 'up';
    const health = { state, reason: x < 0.5 ? 'connect refused' : '', isRefused: x < 0.25, at: 1 } as const;
    pool.setHealth(record, x < 0.9 ? health : undefined, this.now);
  }

  #told(): void {
    const pool = this.#pool();
    const record = this.#server(pool);
    if (!record) return;
    const x = this.random.next();
    const told =
      x < 0.6
        ? undefined
        : ({ state: x < 0.7 ? 'down' : 'ready', weight: x, reason: '', custom: { q: x } } as const);
    pool.setTold(record, told);
  }

  #announce(): void {
    const host = `10.9.0.${1 + this.#whole(30)}`;
    this.#hear('web', host, new URL(`http://${host}:80`), `boot of ${host}`);
  }

  #elsewhere(): void {
    const record = this.#server();
    if (record) this.board.setElsewhere(record, this.#whole(6));
  }

  #discover(): void {
    const specs = Array.from({ length: this.#whole(6) }, (_, i) => ({
      id: `d${i}`,
      url: new URL(`http://10.8.0.${i + 1}:80`),
      tags: this.random.next() < 0.5 ? ['x'] : [],
    }));
    this.board.pool('api')?.discover(specs, this.now);
  }
}

/** Makes the chains of a storm again, and perhaps another one that is tried in place of all of them. */
export const chainsAgain =
  (tried?: readonly WrittenLink[]) =>
  async (setup: unknown): Promise<ReplayChains> => {
    const { written } = setup as { written: Readonly<Record<string, readonly WrittenLink[]>> };
    const made = (name: string, links: readonly WrittenLink[]): ReplayChain => ({
      name,
      links: links.map(aLinkOf),
      whenEmpty: 'undo',
    });
    return {
      recorded: (name) => made(name, written[name.split(' ')[0] ?? ''] ?? []),
      ...(tried ? { tried: (name: string) => made(name, tried) } : {}),
    };
  };
