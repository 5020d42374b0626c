import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { AgentPolls } from '../../../src/control/fleet/agent-polls.ts';
import type { AgentPlace } from '../../../src/state/ask-agent.ts';
import { aBoard, aReport, ids, SOURCE, urlOf } from '../../core/support.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const SETTINGS = new Map([['web', { port: 9777, every: 1000, timeout: 500, send: undefined }]]);

const somePolls = (says: (host: string) => string) => {
  const test = aBoard(['a', 'b'], { accept: ['10.0.0.0/8'] });
  const places: AgentPlace[] = [];
  const events: string[] = [];
  let changes = 0;
  const polls = new AgentPolls({
    board: test.board,
    events: { add: (kind, message) => void events.push(`${kind}: ${message}`) },
    changed: () => {
      changes += 1;
    },
    ask: (place) => {
      places.push(place);
      return { answer: Promise.resolve({ line: says(place.host) }), cancel: () => undefined };
    },
  });
  return { ...test, polls, places, events, changes: () => changes };
};

it('puts on the board what agents say, and tells others when that changes', async () => {
  const { polls, pool, places, server, changes } = somePolls((host) =>
    host === '10.0.0.1' ? 'drain' : 'up 50% maxconn:30',
  );
  polls.follow(SETTINGS);
  await vi.advanceTimersByTimeAsync(3000);
  expect(ids(pool.eligible)).toBe('b');
  expect(server('b')).toMatchObject({ weight: 0.5, stats: { custom: { maxconn: 30 } } });
  expect(places[0]).toEqual(expect.objectContaining({ port: 9777, timeout: 500 }));
  expect(places[0]).not.toHaveProperty('send');
  expect(changes()).toBe(2);
  polls.follow(new Map());
  expect(ids(pool.eligible)).toBe('a b');
  expect(server('b')).toMatchObject({ weight: 1, told: undefined });
  polls.close();
  expect(vi.getTimerCount()).toBe(0);
});

it('asks for servers that come later, and for one that takes the place of another', async () => {
  const { polls, board, pool, configure, server } = somePolls(() => 'up 25%');
  polls.follow(SETTINGS);
  board.hear(aReport([], { servers: [{ url: urlOf('c') }] }), SOURCE, 0);
  await vi.advanceTimersByTimeAsync(3000);
  expect(pool.servers.map(({ weight }) => weight)).toEqual([0.25, 0.25, 0.25]);
  configure(['b']);
  await vi.advanceTimersByTimeAsync(1000);
  configure(['a', 'b']);
  await vi.advanceTimersByTimeAsync(3000);
  expect(server('a').weight).toBe(0.25);
  polls.close();
});

it('says once that an agent cannot be understood, and that it answers again', async () => {
  let answer = 'huh';
  const { polls, events } = somePolls((host) => (host === '10.0.0.1' ? answer : 'up'));
  polls.follow(SETTINGS);
  await vi.advanceTimersByTimeAsync(4000);
  answer = 'up';
  await vi.advanceTimersByTimeAsync(2000);
  expect(events).toEqual([
    'agent_check_failed: the agent of a in pool web, 10.0.0.1 port 9777: not understood: "huh"; what it said before holds',
    'agent_check_recovered: the agent of a in pool web, 10.0.0.1 port 9777 answers again',
  ]);
  polls.close();
});
