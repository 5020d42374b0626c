import type { Pool } from '../../core/pool.ts';
import type { ServerRecord } from '../../core/server-record.ts';
import type { Millis, ServerState } from '../../core/types.ts';
import type { ConnectionsOf } from '../views/server-views.ts';

/** What one process has seen of a server by sending requests there. */
export interface ServerFacts {
  readonly state: ServerState;
  readonly forwarded: number;
  readonly failures: number;
  /** NaN before the first good answer; so is the next. */
  readonly latency: Millis;
  readonly responseTime: Millis;
  readonly connections: Connections;
}

type Connections = ReturnType<ConnectionsOf> & object;

/** The worst first. `unknown` comes last: somebody who knows nothing does not contradict. */
const STATES: readonly ServerState[] = ['down', 'ejected', 'slowstart', 'drain', 'maint', 'ready', 'unknown'];

const NO_CONNECTIONS: Connections = { open: 0, idle: 0, waiting: 0 };

/** Numbers in a row: the server's, then its facts. */
const ROW = 9;

/** The facts of those servers that this process has had to do with, as rows of numbers. */
export const packFacts = (
  records: Iterable<readonly [number: number, record: ServerRecord, pool: Pool]>,
  connectionsOf: ConnectionsOf,
  now: Millis,
): Float64Array => {
  const rows: number[] = [];
  for (const [number, record, pool] of records) {
    const connections = connectionsOf(record);
    const { forwarded, failures, latency, responseTime } = record;
    if (forwarded === 0 && !connections) continue;
    const { open, idle, waiting } = connections ?? NO_CONNECTIONS;
    // What was set control has set itself, and may have lifted since.
    const state = STATES.indexOf(pool.seenState(record, now));
    rows.push(number, state, forwarded, failures, latency, responseTime, open, idle, waiting);
  }
  return Float64Array.from(rows);
};

/** The facts in such rows, with the numbers of their servers. */
export function* unpackFacts(rows: Float64Array): Generator<readonly [number: number, facts: ServerFacts]> {
  for (let from = 0; from + ROW <= rows.length; from += ROW) {
    const row = rows.subarray(from, from + ROW);
    const [number = 0, state = 0, forwarded = 0, failures = 0, latency = NaN, responseTime = NaN] = row;
    const [open = 0, idle = 0, waiting = 0] = row.subarray(ROW - 3);
    const connections = { open, idle, waiting };
    yield [
      number,
      { state: STATES[state] ?? 'unknown', forwarded, failures, latency, responseTime, connections },
    ];
  }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const mean = (values: readonly number[]): number => {
  const known = values.filter((value) => !Number.isNaN(value));
  return sum(known) / known.length;
};

/** What most say of those who know it; the worse where as many say one thing as another. */
const joinStates = (states: readonly ServerState[]): ServerState => {
  const votes = STATES.slice(0, -1).map((state) => states.filter((one) => one === state).length);
  const most = Math.max(...votes);
  return most === 0 ? 'unknown' : (STATES[votes.indexOf(most)] ?? 'unknown');
};

/** The facts of several processes as one: counts summed, times averaged, of failures in a row the most. */
export const joinFacts = (facts: readonly ServerFacts[]): ServerFacts => ({
  state: joinStates(facts.map(({ state }) => state)),
  forwarded: sum(facts.map(({ forwarded }) => forwarded)),
  failures: Math.max(0, ...facts.map(({ failures }) => failures)),
  latency: mean(facts.map(({ latency }) => latency)),
  responseTime: mean(facts.map(({ responseTime }) => responseTime)),
  connections: {
    open: sum(facts.map(({ connections }) => connections.open)),
    idle: sum(facts.map(({ connections }) => connections.idle)),
    waiting: sum(facts.map(({ connections }) => connections.waiting)),
  },
});
