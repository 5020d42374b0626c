import { expect, it } from 'vitest';
import { checkedStats } from '../../../agent/scrape/checked-stats.ts';
import { checkReport, isRefusal } from '../../../src/core/report.ts';

const check = (found: Record<string, unknown>) => checkedStats(new Map(Object.entries(found)));

it('good numbers get the shape of stats', () => {
  const found = { inFlight: 3, 'slots.total': 8, 'slots.available': 5, 'custom.queue': 7, 'custom.a.b': -1 };
  expect(check(found)).toEqual({
    stats: { inFlight: 3, slots: { total: 8, available: 5 }, custom: { queue: 7, 'a.b': -1 } },
    faults: [],
  });
});

it('free slots follow from the requests in flight', () => {
  expect(check({ inFlight: 3, 'slots.total': 8 }).stats.slots).toEqual({ total: 8, available: 5 });
  expect(check({ inFlight: 9, 'slots.total': 8 }).stats.slots).toEqual({ total: 8, available: 0 });
});

it.each<[string, Record<string, unknown>, string]>([
  ['a negative count', { inFlight: -1 }, 'inFlight: expected a number from 0'],
  ['an absurd count', { inFlight: 1e300 }, 'inFlight: expected a number from 0'],
  ['text', { serviceTime: '12' }, 'serviceTime: expected a number'],
  ['nothing', { serviceTime: null }, 'serviceTime: expected a number'],
  ['an object', { 'custom.x': { a: 1 } }, 'custom.x: expected a number'],
  ['an odd name', { 'custom.two words': 1 }, 'odd characters'],
  ['a dangerous name', { 'custom.__proto__': 1 }, '__proto__'],
  ['a group that is none', { custom: 5 }, 'custom: expected an object'],
  ['slots that say half', { 'slots.total': 8 }, 'slots.total: goes with'],
  ['slots that say the other half', { 'slots.available': 8 }, 'slots.available: goes with'],
  [
    'slots out of range',
    { 'slots.total': -8, 'slots.available': 1 },
    'slots.total: expected a number from 0',
  ],
])('%s is dropped and told, and the rest stays', (_, bad, fault) => {
  const { stats, faults } = check({ ...bad, 'custom.good': 1 });
  expect(stats).toEqual({ custom: { good: 1 } });
  expect(faults.join()).toContain(fault);
});

it('more numbers than a report holds are cut, and that is told', () => {
  const { stats, faults } = check(
    Object.fromEntries(Array.from({ length: 70 }, (_, i) => [`custom.n${i}`, i])),
  );
  expect(Object.keys(stats.custom ?? {})).toHaveLength(64);
  expect(faults).toEqual(['custom: only 64 of 70 numbers']);
  expect(isRefusal(checkReport({ v: 1, node: 'a', boot: 'a', seq: 1, servers: [], stats }))).toBe(false);
});
