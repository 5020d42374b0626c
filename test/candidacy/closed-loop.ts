import type { Chain } from '../../src/core/chain.ts';
import { seededRandom } from '../../src/core/random.ts';
import type { Done, Millis, Outcome, Stats } from '../../src/core/types.ts';
import type { Bench } from './support.ts';

/** How one request goes: for how long it is under way, and how it ends. */
export interface Course {
  readonly time: Millis;
  readonly outcome?: Outcome;
}

export interface Loop {
  /** Each has one request under way at most. */
  readonly clients: number;
  /** For how long, on the bench's clock. */
  readonly during: Millis;
  /** Of a request to this server that begins `at` after the loop did. Uniform from 5 to 15 ms if left out. */
  readonly course?: (id: string, at: Millis, random: () => number) => Course;
  /** What each server reports; none does if left out. */
  readonly report?: (id: string, inFlight: number) => Stats;
  /** One second if left out. */
  readonly reportsEvery?: Millis;
}

/** When each server's requests began, after the loop did. */
export type Begun = ReadonlyMap<string, readonly Millis[]>;

interface Open {
  readonly done: Done;
  readonly time: Millis;
  readonly outcome: Outcome;
}

/** An answer that came whole at once, so many ms after its request. */
export const answered = (time: Millis, status = 200): Outcome => ({
  kind: 'answered',
  status,
  firstByte: time,
  total: time,
});

export const FAILED: Outcome = { kind: 'failed', side: 'server', reason: 'connect_refused', unsent: true };

const uniform: NonNullable<Loop['course']> = (_, __, random) => ({ time: 5 + 10 * random() });

/** When which client does what next: sends a request, or has its answer. */
interface Client {
  at: Millis;
  open: Open | undefined;
}

/**
 * Drives a chain by clients that send their next request some time (0 to 10 ms) after the last has ended, so that how
 * many are under way changes. Seeded by the bench.
 */
export const runLoop = (bench: Bench, chain: Chain, loop: Loop): Begun => {
  const { next } = seededRandom(bench.random.seed() + 1);
  const { course = uniform, report, reportsEvery = 1000 } = loop;
  const begun = new Map(bench.pool.servers.map(({ id }) => [id, [] as Millis[]]));
  const from = bench.now;
  const clients: Client[] = Array.from({ length: loop.clients }, () => ({
    at: from + 10 * next(),
    open: undefined,
  }));
  const begin = (): Open => {
    const server = bench.decide(chain).chosen!;
    begun.get(server.id)!.push(bench.now - from);
    const { time, outcome = answered(time) } = course(server.id, bench.now - from, next);
    return { done: bench.board.begin(server, bench.now), time, outcome };
  };
  for (let reportAt = from; bench.now - from < loop.during; ) {
    let client = clients[0]!;
    for (const other of clients) if (other.at < client.at) client = other;
    if (report && reportAt <= client.at) {
      bench.now = reportAt;
      for (const { id, inFlight } of bench.pool.servers) bench.report(id, report(id, inFlight));
      reportAt += reportsEvery;
      continue;
    }
    bench.now = client.at;
    const { open } = client;
    open?.done(open.outcome, bench.now);
    client.open = open ? undefined : begin();
    client.at += client.open?.time ?? 10 * next();
  }
  for (const { open } of clients) open?.done(open.outcome, bench.now);
  return begun;
};

/** How far the number of requests of a server is from the mean at most, as a share of the mean. */
export const worstDeviation = (begun: Begun): number => {
  const counts = [...begun.values()].map(({ length }) => length);
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return Math.max(...counts.map((count) => Math.abs(count - mean) / mean));
};

/** The share of all requests that this server got. */
export const shareOf = (begun: Begun, id: string): number => {
  let all = 0;
  for (const { length } of begun.values()) all += length;
  return begun.get(id)!.length / all;
};
