import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { HeardLoad } from '../../../src/control/workers/load-news.ts';
import { LoadRelay } from '../../../src/control/workers/load-relay.ts';
import type { WorkerProcess } from '../../../src/control/workers/worker-process.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Three workers, and what each was sent: `number of server:eps@age`. */
const aRelay = () => {
  const clock = { now: 1000 };
  const workers = [1, 2, 3].map((number) => ({ number }) as WorkerProcess);
  const sent: string[][] = [[], [], []];
  const relay = new LoadRelay(
    (messageFor) =>
      workers.forEach((worker, i) => {
        const message = messageFor(worker);
        if (message?.kind !== 'load') return;
        sent[i]?.push(
          message.heard
            .map(({ number, age, stats }) => `${number}:${stats.custom?.['eps']}@${age}`)
            .join(' '),
        );
      }),
    () => clock.now,
  );
  const pass = (ms: number): void => {
    clock.now += ms;
    vi.advanceTimersByTime(ms);
  };
  const take = (worker: number, ...heard: HeardLoad[]): void => {
    const from = workers[worker - 1];
    if (from) relay.take(from, heard);
  };
  return { relay, sent, pass, take };
};

const row = (number: number, eps: number, age = 0): HeardLoad => ({
  number,
  age,
  stats: { custom: { eps } },
});

describe('what servers said to one worker', () => {
  it('goes to the others at once, and not back', () => {
    const { sent, take } = aRelay();
    take(1, row(7, 5, 3), row(8, 6));
    expect(sent).toEqual([[], ['7:5@3 8:6@0'], ['7:5@3 8:6@0']]);
  });

  it('goes out four times a second at most, of each server the newest with its age', () => {
    const { sent, take, pass } = aRelay();
    take(1, row(7, 1));
    pass(50);
    take(2, row(7, 2));
    pass(50);
    take(1, row(8, 3));
    take(3, row(7, 4, 60));
    expect(sent.flat()).toHaveLength(2);
    pass(149);
    expect(sent.flat()).toHaveLength(2);
    pass(1);
    expect(sent).toEqual([['7:2@200'], ['7:1@0', '8:3@150'], ['7:1@0', '7:2@200 8:3@150']]);
    pass(1000);
    expect(sent.flat()).toHaveLength(5);
    take(2, row(7, 9));
    expect(sent[0]).toEqual(['7:2@200', '7:9@0']);
  });

  it('is nothing where it is nothing, and leaves no timer when it is closed', () => {
    const { relay, sent, take } = aRelay();
    take(1);
    expect(sent.flat()).toEqual([]);
    take(1, row(7, 1));
    take(2, row(7, 2));
    expect(vi.getTimerCount()).toBe(1);
    relay.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});
