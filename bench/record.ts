import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chainOfPolicy } from '../src/cli/tried-chain.ts';
import { Board } from '../src/core/board.ts';
import { type Chain, compileChain, NO_REQUEST } from '../src/core/chain.ts';
import { type Decision, decide } from '../src/core/decide.ts';
import type { FinishedExchange } from '../src/core/exchange.ts';
import { type Random, seededRandom } from '../src/core/random.ts';
import type { Done, Millis, Outcome, RequestView, Server, Stats } from '../src/core/types.ts';
import { Recorder } from '../src/recording/recorder.ts';
import { TraceFile } from '../src/recording/trace-file.ts';
import { median } from './parts/median.ts';

/**
 * What recording costs a request: decision, begin, end and outcome with a recorder that writes to a file, against the
 * same without one. CPU time of the whole process, so that the threads that write are in it; the two alternate in pairs,
 * and the figure is the median of the differences. `withAnswers`: each answer brings other numbers of the server, too.
 */

const PAIRS = 11;
const REQUESTS = 50_000;
/** Between two turns of the event loop, as a busy proxy has them. */
const BATCH = 200;
const SERVERS = 100;
/** Requests that are under way. */
const OPEN = 32;
/** The process has run for an hour; 20,000 requests a second come. */
const START: Millis = 3_600_000;
const STEP: Millis = 0.05;

const { links: LINKS } = await chainOfPolicy('default', SERVERS);

const STATS: readonly Stats[] = Array.from({ length: 64 }, (_, i) =>
  Object.freeze({ inFlight: i % 8, arriba: 900 + i, cpus: 4, serviceTime: 3 }),
);
const ANSWERED: Outcome = { kind: 'answered', status: 200, firstByte: 3.25, total: 4.75 };
const VIEWS: readonly RequestView[] = Array.from({ length: 997 }, (_, i) => ({
  ...NO_REQUEST,
  host: 'www.example.com',
  path: `/products/list/${i}`,
  query: i % 3 === 0 ? `page=${i}&sort=name` : '',
  clientIp: `192.0.2.${i % 251}`,
}));

/** How every request ends; the decision is filled in. */
const exchange: { -readonly [Key in keyof FinishedExchange]: FinishedExchange[Key] } = {
  kind: 'request',
  requestId: '',
  method: 'GET',
  scheme: 'http',
  host: '',
  path: '',
  clientIp: '',
  peerIp: '',
  status: 200,
  startedAt: 0,
  duration: 4.75,
  firstByte: 3.25,
  attempts: 1,
  bytesIn: 0,
  bytesOut: 0,
  termination: 'ok',
  decision: undefined,
};

interface Open {
  readonly decision: Decision;
  readonly server: Server;
  readonly done: Done;
}

/** A pool that lives, with or without a recorder. */
class Farm {
  readonly board = new Board();
  readonly chain: Chain;
  readonly random: Random = seededRandom(42);
  readonly recorder: Recorder | undefined;
  now = START;
  lost = 0;
  #made = 0;
  readonly #open: Open[] = [];

  constructor(file: TraceFile | undefined) {
    const servers = Array.from({ length: SERVERS }, (_, i) => ({
      id: `s${i}`,
      url: new URL(`http://10.0.0.${i}:80`),
      tags: [],
    }));
    this.board.configure([{ name: 'web', servers, accept: [] }]);
    const pool = this.board.pool('web');
    if (!pool) throw new TypeError('the board has no pool "web"');
    this.chain = compileChain('web', LINKS, pool, 'undo');
    if (!file) return;
    const names = { run: 'bench', headers: [], cookies: [] };
    this.recorder = new Recorder({ ...names, sink: file, now: () => this.now, wallClock: () => 0 });
    this.recorder.follow({ chains: [this.chain], pools: [pool], setup: {} }, 'start');
  }

  serve(withAnswers: boolean): void {
    for (let i = 0; i < BATCH; i++) this.#one(withAnswers);
  }

  #one(withAnswers: boolean): void {
    this.now += STEP;
    this.#made += 1;
    const { board, recorder, now } = this;
    const request = VIEWS[this.#made % VIEWS.length] ?? NO_REQUEST;
    const decision = decide(this.chain, { request, now, random: this.random, proxies: 1 });
    recorder?.decided(decision, 1);
    const { chosen } = decision;
    if (!chosen) throw new TypeError('nobody was chosen');
    this.#open.push({ decision, server: chosen, done: board.begin(chosen, now) });
    if (this.#open.length > OPEN) this.#end(withAnswers);
  }

  /** The oldest request ends. */
  #end(withAnswers: boolean): void {
    const { decision, server, done } = this.#open.shift() ?? {};
    if (!server || !done) return;
    // The clock is looked at when the head of the answer comes, and when its last byte does.
    this.now += STEP / 4;
    if (withAnswers) {
      const stats = STATS[this.#made % STATS.length] ?? {};
      this.board.hearInBand(server, { stats, heardAt: this.now - STEP / 8, by: 'answer' }, this.now);
    }
    this.now += STEP / 4;
    done(ANSWERED, this.now);
    exchange.decision = decision;
    this.recorder?.finished(exchange);
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Microseconds of CPU for one request. */
const measure = async (farm: Farm, withAnswers: boolean, idle: () => Promise<void>): Promise<number> => {
  const start = process.cpuUsage();
  for (let i = 0; i < REQUESTS / BATCH; i++) {
    farm.serve(withAnswers);
    farm.recorder?.tend();
    await (i % 10 === 9 ? idle() : turn());
  }
  const { user, system } = process.cpuUsage(start);
  return (user + system) / REQUESTS;
};

const folder = mkdtempSync(join(tmpdir(), 'forehand-bench-'));
try {
  const result: Record<string, number> = {};
  for (const withAnswers of [false, true]) {
    const file = new TraceFile({ file: join(folder, 'trace'), maxSize: 64 * 2 ** 20, files: 2 }, (error) => {
      throw error;
    });
    // No proxy has as many requests as this loop: the disk is waited for.
    const idle = (): Promise<void> =>
      new Promise((resolve) => file.write('events', Buffer.alloc(0), () => resolve()));
    const [bare, recorded] = [new Farm(undefined), new Farm(file)];
    const differences: number[] = [];
    const bases: number[] = [];
    for (let i = -2; i < PAIRS; i++) {
      const without = await measure(bare, withAnswers, turn);
      const cost = (await measure(recorded, withAnswers, idle)) - without;
      if (i < 0) continue;
      differences.push(cost);
      bases.push(without);
    }
    const name = withAnswers ? 'withAnswers' : 'plain';
    result[`${name}Us`] = Math.round(1000 * median(differences)) / 1000;
    result[`${name}BaseUs`] = Math.round(1000 * median(bases)) / 1000;
    result[`${name}Lost`] = recorded.recorder?.lost ?? 0;
    recorded.recorder?.close();
    await file.close();
  }
  process.stdout.write(`${JSON.stringify(result)}\n`);
} finally {
  rmSync(folder, { recursive: true });
}
