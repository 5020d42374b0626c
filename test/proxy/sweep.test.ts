import { describe, expect, it, onTestFinished } from 'vitest';
import { type Deadlined, Sweep } from '../../src/proxy/sweep.ts';

const aSweep = () => {
  const clock = { now: 0 };
  const faults: unknown[] = [];
  const sweep = new Sweep(
    () => clock.now,
    () => 1_700_000_000_000 + clock.now,
    (fault) => void faults.push(fault),
  );
  onTestFinished(() => sweep.close());
  const told: string[] = [];
  const one = (name: string, deadline: number, then: () => void = () => undefined): Deadlined => ({
    deadline,
    overdue: () => {
      told.push(name);
      then();
    },
  });
  const lookAt = (now: number): void => {
    clock.now = now;
    sweep.look();
  };
  return { sweep, one, told, faults, lookAt };
};

describe('a sweep', () => {
  it('tells those whose time is over, and tells the time of its last look', () => {
    const { sweep, one, told, lookAt } = aSweep();
    sweep.add(one('early', 100));
    sweep.add(one('late', 300));
    sweep.add(one('never', Number.POSITIVE_INFINITY));
    lookAt(99);
    expect(told).toEqual([]);
    lookAt(100);
    expect(told).toEqual(['early']);
    expect([sweep.now, sweep.date]).toEqual([100, 1_700_000_000_100]);
  });

  it('reads a deadline when it looks: setting another needs no call', () => {
    const { sweep, told, lookAt } = aSweep();
    const moving = { deadline: 100, overdue: () => void told.push('moving') };
    sweep.add(moving);
    moving.deadline = 200;
    lookAt(150);
    expect(told).toEqual([]);
    lookAt(200);
    expect(told).toEqual(['moving']);
  });

  it('forgets who was deleted, also while it looks', () => {
    const { sweep, one, told, lookAt } = aSweep();
    const second = one('second', 50);
    const first = one('first', 50, () => sweep.delete(second));
    sweep.add(first);
    sweep.add(second);
    lookAt(60);
    expect(told).toEqual(['first']);
  });

  it('tells of a fault of one, leaves that one out from then on, and goes on with the others', () => {
    const { sweep, one, told, faults, lookAt } = aSweep();
    const fault = new Error('no');
    sweep.add(
      one('bad', 50, () => {
        throw fault;
      }),
    );
    sweep.add(one('good', 50));
    lookAt(60);
    lookAt(70);
    expect(told).toEqual(['bad', 'good', 'good']);
    expect(faults).toEqual([fault]);
  });

  it('looks by itself ten times a second, until it is closed', async () => {
    const { sweep, one, told } = aSweep();
    let heard = (): void => undefined;
    const looked = new Promise<void>((resolve) => {
      heard = resolve;
    });
    const due = one('due', -1, () => heard());
    sweep.add(due);
    await looked;
    sweep.close();
    const count = told.length;
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(told).toHaveLength(count);
  });
});
