import { describe, expect, it } from 'vitest';
import { JoinedFacts } from '../../../src/control/workers/joined-facts.ts';
import {
  joinFacts,
  packFacts,
  type ServerFacts,
  unpackFacts,
} from '../../../src/control/workers/server-facts.ts';
import { ServerNumbers } from '../../../src/control/workers/server-numbers.ts';
import type { ServerState } from '../../../src/core/types.ts';
import { aBoard, answered, failed, type TestBoard } from '../../core/support.ts';

const facts = (more: Partial<ServerFacts> = {}): ServerFacts => ({
  state: 'ready',
  forwarded: 1,
  failures: 0,
  latency: 10,
  responseTime: 20,
  connections: { open: 1, idle: 1, waiting: 0 },
  ...more,
});

const connections = () => ({ open: 3, idle: 2, waiting: 1 });

/** What a process with this board would say of it. */
const said = ({ board }: TestBoard, numbers: ServerNumbers): Float64Array => {
  numbers.follow(board);
  const records = board
    .pools()
    .flatMap((pool) => pool.servers.map((record) => [numbers.of(record) ?? -1, record, pool] as const));
  return packFacts(records, ({ id }) => (id === 'a' ? connections() : undefined), 0);
};

describe('what processes have seen of a server', () => {
  it.each<[readonly ServerState[], ServerState]>([
    [['ready', 'ready', 'ejected'], 'ready'],
    [['ready', 'ejected'], 'ejected'],
    [['unknown', 'unknown', 'ready'], 'ready'],
    [['unknown'], 'unknown'],
    [['down', 'ejected', 'ready'], 'down'],
    [[], 'unknown'],
  ])('of the states %j is %s', (states, state) => {
    expect(joinFacts(states.map((one) => facts({ state: one }))).state).toBe(state);
  });

  it('is summed, averaged, or the most, as it makes sense', () => {
    const joined = joinFacts([
      facts({ forwarded: 3, failures: 2, latency: 10, responseTime: 30 }),
      facts({ forwarded: 4, latency: 20, responseTime: Number.NaN }),
    ]);
    expect(joined).toMatchObject({ forwarded: 7, failures: 2, latency: 15, responseTime: 30 });
    expect(joined.connections).toEqual({ open: 2, idle: 2, waiting: 0 });
    expect(joinFacts([]).latency).toBeNaN();
  });

  it('is not what was set, which control knows better and may have lifted', () => {
    const worker = aBoard(['a']);
    worker.board.begin(worker.server('a'), 0)(answered(200, 12), 12);
    worker.board.setHand('web', 'a', { state: 'maint', reason: '' });
    const [[, fact] = []] = [...unpackFacts(said(worker, new ServerNumbers()))];
    expect(fact?.state).toBe('ready');
  });

  it('crosses as rows of numbers, of servers that there was something to do with', () => {
    const worker = aBoard(['a', 'b', 'c']);
    worker.board.begin(worker.server('a'), 0)(answered(200, 12), 12);
    worker.board.begin(worker.server('b'), 0)(failed({ reason: 'connect_refused' }), 1);
    const rows = [...unpackFacts(structuredClone(said(worker, new ServerNumbers())))];
    expect(rows.map(([number]) => number)).toEqual([0, 1]);
    expect(rows[0]?.[1]).toMatchObject({
      state: 'ready',
      forwarded: 1,
      latency: 12,
      connections: connections(),
    });
    expect(rows[1]?.[1]).toMatchObject({ state: 'down', forwarded: 1, failures: 1, latency: Number.NaN });
  });
});

describe("control's board", () => {
  it('shows what the workers have seen, and keeps counting what workers sent that are gone', () => {
    const control = aBoard(['a', 'b']);
    const numbers = new ServerNumbers();
    numbers.follow(control.board);
    const joined = new JoinedFacts(numbers);
    const [one, two] = [aBoard(['a', 'b']), aBoard(['a', 'b'])];
    for (const { board, server } of [one, one, two]) board.begin(server('a'), 0)(answered(200, 10), 10);
    joined.take(1, said(one, new ServerNumbers()));
    joined.take(2, said(two, new ServerNumbers()));
    const server = control.server('a');
    expect(server).toMatchObject({ forwarded: 3, latency: 10 });
    expect(control.pool.stateOf(server, 0)).toBe('ready');
    expect(joined.connectionsOf(numbers.of(server))).toEqual({ open: 6, idle: 4, waiting: 2 });
    joined.gone(1);
    expect(server.forwarded).toBe(3);
    joined.gone(2);
    expect(server).toMatchObject({ forwarded: 3, latency: Number.NaN });
    expect(control.pool.stateOf(server, 0)).toBe('unknown');
    expect(joined.connectionsOf(numbers.of(server))).toBeUndefined();
  });

  it('says of a server drained by hand that it is drained, whatever workers have seen', () => {
    const control = aBoard(['a']);
    control.server('a').observe(facts({ state: 'down' }));
    expect(control.pool.stateOf(control.server('a'), 0)).toBe('down');
    control.board.setHand('web', 'a', { state: 'drain', reason: '' });
    expect(control.pool.stateOf(control.server('a'), 0)).toBe('drain');
  });
});
