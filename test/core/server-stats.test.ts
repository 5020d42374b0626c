import { describe, expect, it } from 'vitest';
import {
  loadPersonalArriba,
  loadServerStats,
  MAXSERVERS,
  MAXSESSIONSPERSERVER,
  SERVER_TIMEOUT_SECONDS,
  setEpochOffset,
  showServersOf,
} from '../../src/core/server-stats.ts';
import { aBoard, answered } from './support.ts';

const EPOCH = 1_700_000_000_000;

const FIELDS = [
  'mtime',
  'arriba',
  'aservers',
  'nservers',
  'load',
  'load_hwm',
  'cpu',
  'ncpu',
  'tmem',
  'amem',
  'numbacked',
  'tatime',
];

const shown = (ids: readonly string[], self?: string) => {
  const test = aBoard(ids, self ? { self } : {});
  setEpochOffset(EPOCH);
  showServersOf(test.pool);
  return test;
};

describe('loadServerStats', () => {
  it('shows the twelve fields of a slot in their old names and scales', () => {
    const { server } = shown(['a', 'b']);
    const stats = {
      load1: 1.2345,
      loadHighWater: 4,
      cpuIdle: 0.875,
      cpus: 3.6,
      memoryTotal: 8e9,
      memoryAvailable: 2e9,
      arriba: 987.6,
      slots: { total: 20, available: 5 },
    };
    server('b').hear('n', stats, 2500);
    server('b').begin();
    server('b').end(answered(200, 20));
    expect({ ...loadServerStats()[server('b').slot] }).toEqual({
      mtime: 1_700_000_002,
      arriba: 988,
      aservers: 5,
      nservers: 20,
      load: 1235,
      load_hwm: 4,
      cpu: 875,
      ncpu: 4,
      tmem: 8e9,
      amem: 2e9,
      numbacked: 1,
      tatime: 40,
    });
  });

  it('shows 0 where nobody said a number, and in a slot that nobody is in', () => {
    const { server, configure } = shown(['a', 'b']);
    const unheard = loadServerStats()[server('a').slot];
    expect(Object.keys(unheard ?? {})).toEqual(FIELDS);
    expect(Object.values(unheard ?? {})).toEqual(new Array(12).fill(0));
    const { slot } = server('b');
    const left = loadServerStats()[slot];
    server('b').hear('n', { load1: 1 }, 0);
    expect(left?.load).toBe(1000);
    configure(['a']);
    expect(Object.values(left ?? {})).toEqual(new Array(12).fill(0));
  });

  it('is live: every read gives the number of that moment', () => {
    const { server } = shown(['a']);
    const [stats] = loadServerStats();
    const reads = [0.5, 2].map((load1) => {
      server('a').hear('n', { load1 }, 0);
      return stats?.load;
    });
    expect(reads).toEqual([500, 2000]);
    server('a').begin();
    expect(stats?.numbacked).toBe(1);
  });

  it('follows the pool whose function runs', () => {
    const one = shown(['a']);
    one.server('a').hear('n', { load1: 1 }, 0);
    const [stats] = loadServerStats();
    const two = shown(['a', 'b']);
    two.server('a').hear('n', { load1: 2 }, 0);
    expect(stats?.load).toBe(2000);
    expect(loadServerStats()).toHaveLength(2);
    showServersOf(one.pool);
    expect(stats?.load).toBe(1000);
    expect(loadServerStats()).toHaveLength(1);
  });

  it('is read-only: a write throws and changes nothing', () => {
    const { server } = shown(['a']);
    server('a').hear('n', { load1: 1 }, 0);
    const table = loadServerStats() as unknown as Record<string, number>[];
    const stats = table[0]!;
    for (const name of FIELDS) {
      expect(() => {
        stats[name] = 7;
      }).toThrow(TypeError);
    }
    expect(() => {
      stats['extra'] = 7;
    }).toThrow(TypeError);
    expect(() => table.pop()).toThrow(TypeError);
    expect(stats['load']).toBe(1000);
  });
});

describe('loadPersonalArriba', () => {
  it("is the speed that the pool's own server reports, 0 without one", () => {
    shown(['a', 'b']);
    expect(loadPersonalArriba()).toBe(0);
    const { server } = shown(['a', 'b'], 'b');
    expect(loadPersonalArriba()).toBe(0);
    server('b').hear('n', { arriba: 1100 }, 0);
    expect(loadPersonalArriba()).toBe(1100);
    server('b').hear('n', { arriba: 900 }, 0);
    expect(loadPersonalArriba()).toBe(900);
  });
});

describe('the constants', () => {
  it('are whole numbers, the timeout in seconds', () => {
    expect([MAXSERVERS, MAXSESSIONSPERSERVER, SERVER_TIMEOUT_SECONDS]).toEqual([4096, 256, 20]);
  });
});
