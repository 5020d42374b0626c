import { describe, expect, it } from 'vitest';
import { PassingOn } from '../../../src/control/workers/passing-on.ts';
import type { WorkerProcess } from '../../../src/control/workers/worker-process.ts';

interface FakeWorker {
  readonly number: number;
  passed: number;
  readonly got: object[];
  send: WorkerProcess['send'];
}

/** A worker that takes what it is sent, or is gone. */
const aWorker = (number: number, isThere = true): FakeWorker => {
  const worker: FakeWorker = {
    number,
    passed: 0,
    got: [],
    send: (_, handle, sent = () => undefined) => {
      if (isThere) worker.got.push(handle as object);
      sent(isThere ? null : new Error('gone'));
    },
  };
  return worker;
};

const passing = (workers: readonly FakeWorker[]): PassingOn =>
  new PassingOn({ serving: workers as unknown as readonly WorkerProcess[] });

const aHandle = (): { closed: number; close(): void } => ({
  closed: 0,
  close() {
    this.closed += 1;
  },
});

const TO_2 = { kind: 'connection', to: 2, listener: 0 } as const;

describe('a connection that one worker accepted for another', () => {
  it('goes there, and is let go here', () => {
    const workers = [aWorker(1), aWorker(2)];
    const handle = aHandle();
    passing(workers).pass(TO_2, handle);
    expect(workers.map(({ got, passed }) => [got.length, passed])).toEqual([
      [0, 0],
      [1, 1],
    ]);
    expect(handle.closed).toBe(1);
  });

  it.each([
    ['does not serve any more', [aWorker(1), aWorker(3)]],
    ['is gone', [aWorker(2, false), aWorker(1)]],
  ])('goes to somebody else where that one %s', (_, workers) => {
    const handle = aHandle();
    passing(workers).pass(TO_2, handle);
    expect(workers.find(({ number }) => number === 1)?.got).toEqual([handle]);
    expect(handle.closed).toBe(1);
  });

  it('is closed where nobody is left', () => {
    const handle = aHandle();
    passing([aWorker(2, false)]).pass(TO_2, handle);
    expect(handle.closed).toBe(1);
    passing([]).pass(TO_2, handle);
    expect(handle.closed).toBe(2);
  });

  it('may be closed by then', () => {
    const worker = aWorker(2);
    passing([worker]).pass(TO_2, undefined);
    expect(worker.got).toEqual([]);
  });
});
