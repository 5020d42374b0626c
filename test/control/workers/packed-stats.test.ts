import { describe, expect, it } from 'vitest';
import { packStats, STATS_ROW, unpackStats } from '../../../src/control/workers/packed-stats.ts';
import type { Stats } from '../../../src/core/types.ts';

const ALL: Stats = {
  load1: 0.5,
  loadHighWater: 2,
  cpuIdle: 0,
  cpus: 1.5,
  memoryTotal: 2 ** 40,
  memoryAvailable: 2 ** 39,
  arriba: 900,
  arribaNominal: 1000,
  throttled: 0.1,
  inFlight: 3,
  serviceTime: 12.25,
  pressure: { cpu: 0.1, memory: 0.2, io: 0.3 },
  slots: { total: 8, available: 5 },
  eventLoopDelay: 3.5,
};

describe('packed stats', () => {
  it.each<[string, Stats]>([
    ['everything that is known', ALL],
    ['nothing', {}],
    ['a part of a group', { pressure: { io: 0.25 } }],
    ['zeros', { load1: 0, pressure: { cpu: 0 } }],
  ])('give back %s', (_, stats) => {
    const rows = new Float64Array(STATS_ROW + 2).fill(7);
    expect(packStats(stats, rows, 1)).toBe(true);
    expect([rows[0], rows.at(-1)]).toEqual([7, 7]);
    const back = unpackStats(rows, 1);
    expect(back).toEqual(stats);
    expect(Object.isFrozen(back)).toBe(true);
    expect(Object.isFrozen(back.pressure)).toBe(true);
  });

  it('leave out words for people, which need not go to workers', () => {
    const rows = new Float64Array(STATS_ROW);
    expect(packStats({ load1: 1, arribaFrom: 'run-queue' }, rows, 0)).toBe(true);
    expect(unpackStats(rows, 0)).toEqual({ load1: 1 });
  });

  it.each([
    ["numbers of the application's own", { load1: 1, custom: { depth: 3 } }],
    ['a field of a later version', { load1: 1, temperature: 40 }],
    ['a field that is named as if it were in a group', { 'pressure.cpu': 0.1 }],
    ['a field of a later version in a group', { pressure: { cpu: 0.1, gpu: 0.2 } }],
    ['what is no number', { load1: 1, kernel: 'x' }],
    ['a group where there is none', { load1: { one: 1 } }],
  ])('do not take %s', (_, stats) => {
    expect(packStats(stats as Stats, new Float64Array(STATS_ROW), 0)).toBe(false);
  });
});
