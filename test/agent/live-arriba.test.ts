import { describe, expect, it } from 'vitest';
import { pidsOf, procLiveArriba, spinLiveArriba } from '../../agent/live-arriba.ts';
import { aTree, type Files } from './sources/a-tree.ts';

const schedstat = (ranMillis: number, waitedMillis: number): string =>
  `${ranMillis * 1e6} ${waitedMillis * 1e6} 1\n`;
const stat = (busyTicks: number, idleTicks: number): string =>
  `cpu  ${busyTicks} 0 0 ${idleTicks} 0 0 0 0 0 0\ncpu0 1\ncpu1 1\nprocs_running 1\n`;

/** Two CPUs that work at full speed. */
const CALM = { cpus: 2, spin: () => 1 };

describe('live arriba from /proc', () => {
  it('begins with the nominal speed, then follows the application’s tasks', () => {
    const path = '/proc/20/task/20/schedstat';
    const files: Files = { '/proc/stat': stat(0, 0), [path]: schedstat(0, 0) };
    const look = procLiveArriba(aTree(files), () => [20], CALM);
    expect(look(0, 2)).toEqual({ share: 1, from: 'nominal' });
    files['/proc/stat'] = stat(50, 0);
    files[path] = schedstat(100, 150);
    const { share, from, queueDelay } = look(250, 2);
    expect(share).toBeCloseTo(0.4, 5);
    expect(queueDelay).toBeCloseTo(0.6, 5);
    expect(from).toBe('schedstat');
  });

  it('goes by the machine where the application is not known', () => {
    const files: Files = { '/proc/stat': stat(0, 0) };
    const look = procLiveArriba(aTree(files), () => [], CALM);
    look(0, 2);
    files['/proc/stat'] = stat(50, 0);
    const { share, from } = look(250, undefined);
    expect(share).toBeCloseTo(2 / 3, 5);
    expect(from).toBe('machine');
  });

  it('stays nominal where the kernel counts nothing', () => {
    const look = procLiveArriba(aTree({ '/proc/stat': 'cpu  0 0 0 0 0 0 0 0 0 0\n' }), () => [20], CALM);
    for (let now = 0; now < 2000; now += 250) expect(look(now, 2)).toEqual({ share: 1, from: 'nominal' });
  });

  it('spins at every other sample only', () => {
    let spins = 0;
    const spin = (): number => {
      spins += 1;
      return 1;
    };
    const look = procLiveArriba(aTree({ '/proc/stat': stat(0, 0) }), () => [], { cpus: 2, spin });
    for (let now = 0; now < 10_000; now += 250) look(now, 2);
    expect(spins).toBe(20);
  });

  it('does not judge by less than 40 ms', () => {
    const files: Files = { '/proc/stat': stat(0, 0) };
    const look = procLiveArriba(aTree(files), () => [], CALM);
    look(0, 2);
    files['/proc/stat'] = stat(50, 0);
    const judged = look(250, 2);
    files['/proc/stat'] = stat(51, 100);
    expect(look(280, 2)).toBe(judged);
    expect(look(300, 2)).not.toBe(judged);
  });
});

describe('live arriba without /proc', () => {
  it('takes the share of idle CPUs times the speed of a spin where they are busy, and does not count its own work', () => {
    let own = 0;
    let busy = 0;
    const look = spinLiveArriba({
      ownMillis: () => own,
      load: () => ({ cores: 2, busy, stolen: 0, waiting: 0 }),
      spin: () => 0.9,
    });
    expect(look(0, 2)).toEqual({ share: 1, from: 'spin' });
    busy = 2;
    for (let now = 250; now < 5000; now += 250) {
      own += 250;
      look(now, 2);
    }
    own += 250;
    // Others keep half of the machine busy, so half of what the spin lost counts.
    expect(look(5000, 2).share).toBeCloseTo(0.95, 3);
    for (let now = 5250; now < 10_000; now += 250) look(now, 2);
    expect(look(10_000, 2).share).toBeCloseTo(0.9 * (2 / 3), 3);
  });

  it('works on this machine', () => {
    const look = spinLiveArriba();
    look(0, undefined);
    const { share, from } = look(1000, undefined);
    expect(share).toBeGreaterThan(0);
    expect(share).toBeLessThanOrEqual(1);
    expect(from).toBe('spin');
  });
});

describe('pidsOf', () => {
  const files = { '/proc/20/task/20/children': '21 ', '/proc/30/task/30/children': '' };

  it('takes this process if nothing is said, and children always', () => {
    expect(pidsOf(aTree(files))(0)).toEqual([process.pid]);
    expect(pidsOf(aTree(files), [20])(0)).toEqual([20, 21]);
  });

  it.each([0, -1, 1.5, Number.NaN, '../../etc'])('refuses %j, which is no process', (pid) => {
    const pids = [pid] as readonly number[];
    expect(() => pidsOf(aTree(files), pids)).toThrow('pids: expected numbers of processes');
    expect(() => pidsOf(aTree(files), () => pids)(0)).toThrow(TypeError);
  });

  it('asks a function once a second', () => {
    let pid = 20;
    let asked = 0;
    const pids = pidsOf(aTree(files), () => {
      asked += 1;
      return [pid];
    });
    expect(pids(0)).toEqual([20, 21]);
    pid = 30;
    expect(pids(750)).toEqual([20, 21]);
    expect(asked).toBe(1);
    expect(pids(1000)).toEqual([30]);
  });
});
