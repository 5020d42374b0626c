import { describe, expect, it } from 'vitest';
import { EventLog } from '../../../src/control/events/events.ts';
import { type Log, silentLog } from '../../../src/control/logs/log.ts';
import { Trace } from '../../../src/control/logs/trace.ts';
import { Dispatch, type DispatchParts } from '../../../src/control/workers/dispatch.ts';
import type { LoadNews } from '../../../src/control/workers/load-news.ts';
import type { ToControl } from '../../../src/control/workers/messages.ts';
import type { WorkerEnd, WorkerProcess } from '../../../src/control/workers/worker-process.ts';

const DIED: WorkerEnd = { code: null, signal: 'SIGKILL', stuck: undefined };

/** A dispatch that nobody is behind, and what it was seen to do. */
const aDispatch = () => {
  const done: string[] = [];
  const lines: string[] = [];
  const line =
    (level: string) =>
    (message: string, fields: object = {}): void =>
      void lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  const log: Log = { ...silentLog, info: line('info'), warn: line('warn'), error: line('error') };
  const gone = (what: string) => () => void done.push(`${what} forgets`);
  const parts = {
    instance: { events: new EventLog(log, () => 0) },
    log,
    trace: new Trace(log, () => 0, ['timing']),
    hub: {
      gone: gone('hub'),
      welcome: () => void done.push('welcome'),
      pulse: () => void done.push('pulse'),
    },
    heardLoad: ({ number }: WorkerProcess, { heard }: LoadNews) =>
      void done.push(`${number} has heard ${heard.length} loads`),
    joined: { gone: gone('joined'), take: () => void done.push('counted') },
    looks: {
      gone: gone('looks'),
      answered: (worker: number, look: number) => void done.push(`${worker} looked ${look}`),
    },
    config: () => ({ version: 3 }),
    stuck: ({ name }: { name: string }) => void done.push(`bypass ${name}`),
  };
  const worker = {
    number: 7,
    state: 'serving' as WorkerProcess['state'],
    connections: 0,
    adopted: 0,
    send: ({ kind }: { kind: string }) => void done.push(`told ${kind}`),
  };
  const dispatch = new Dispatch(parts as unknown as DispatchParts);
  const hear = (message: object): void =>
    dispatch.heard(worker as unknown as WorkerProcess, message as ToControl);
  const end = (how: WorkerEnd, wait?: number): void =>
    dispatch.ended(worker as unknown as WorkerProcess, how, wait);
  return { dispatch, worker, done, lines, hear, end };
};

describe('what a worker says', () => {
  it('brings it up to date when it serves, with a configuration that came meanwhile', () => {
    const late = aDispatch();
    late.hear({ kind: 'ready', version: 2, addresses: [] });
    expect(late.done).toEqual(['welcome', 'told config']);
    const inTime = aDispatch();
    inTime.hear({ kind: 'ready', version: 3, addresses: [] });
    expect(inTime.done).toEqual(['welcome']);
  });

  it('is counted, and answers who looks', () => {
    const { done, worker, hear } = aDispatch();
    hear({ kind: 'pulse', inFlight: new Int32Array(), connections: 5, adopted: 2 });
    hear({ kind: 'counted', count: {} });
    hear({ kind: 'counted', count: {}, look: 4 });
    expect(done).toEqual(['pulse', 'counted', 'counted', '7 looked 4']);
    expect(worker).toMatchObject({ connections: 5, adopted: 2 });
  });

  it('of the load of servers is taken before what it has under way', () => {
    const { done, hear } = aDispatch();
    const pulse = { kind: 'pulse', inFlight: new Int32Array(), connections: 0, adopted: 0 };
    hear({ ...pulse, load: { heard: [{ number: 1, age: 3, stats: {} }], refused: [] } });
    expect(done).toEqual(['7 has heard 1 loads', 'pulse']);
  });

  it.each([
    ['a line', { fields: { size: 1 } }, 'warn hot {"size":1,"worker":7}'],
    ['an event', { fields: { event: 'script_fault' } }, 'warn worker 7: hot {"event":"script_fault"}'],
    ['a trace', { fields: { trace: 'timing', ms: 2 } }, 'info hot {"trace":"timing","ms":2,"worker":7}'],
  ])('that is %s goes to the log with its number', (_, more, expected) => {
    const { lines, hear } = aDispatch();
    hear({ kind: 'said', level: 'warn', message: 'hot', ...more });
    expect(lines).toEqual([expected]);
  });

  it('that it cannot use a configuration is an event', () => {
    const { lines, hear } = aDispatch();
    hear({ kind: 'configured', version: 2, ok: true, text: '' });
    hear({ kind: 'configured', version: 2, ok: false, text: 'no memory' });
    hear({ kind: 'failed', text: 'no socket' });
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/worker 7 refused the new configuration .*no memory/s);
    expect(lines[1]).toContain('worker 7 cannot start: no socket');
  });
});

describe('the end of a worker', () => {
  it('is told with what was lost, and counted', () => {
    const { dispatch, worker, lines, done, end } = aDispatch();
    worker.connections = 12;
    end(DIED, 200);
    expect(lines).toEqual([
      'error worker 7 ended (SIGKILL) with 12 connections; another one starts in 200 ms {"event":"worker_ended"}',
    ]);
    expect(done).toEqual(['hub forgets', 'joined forgets', 'looks forgets']);
    expect(dispatch.ends).toEqual({ stuck: 0, died: 1, left: 0 });
    expect(dispatch.lostConnections).toBe(12);
  });

  it('in a function that does not return names it, and has it bypassed', () => {
    const { dispatch, lines, done, end } = aDispatch();
    end({ ...DIED, stuck: { name: './loop.ts', hash: 'a' } }, 0);
    expect(lines[0]).toContain('./loop.ts did not return; worker 7 is replaced with 0 connections');
    expect(done).toContain('bypass ./loop.ts');
    expect(dispatch.ends).toEqual({ stuck: 1, died: 0, left: 0 });
  });

  it('that was wanted is no loss', () => {
    const { dispatch, worker, lines, end } = aDispatch();
    worker.connections = 3;
    worker.state = 'leaving';
    end({ code: 0, signal: null, stuck: undefined });
    expect(lines).toEqual([]);
    expect(dispatch.ends).toEqual({ stuck: 0, died: 0, left: 1 });
    expect(dispatch.lostConnections).toBe(0);
  });
});
