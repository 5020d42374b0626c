import { expect, it } from 'vitest';
import { numbersInJson } from '../../../agent/scrape/json-numbers.ts';
import { readMetrics } from '../../../agent/scrape/wanted.ts';

const read = (page: unknown, metrics?: Record<string, string>): object =>
  Object.fromEntries(numbersInJson(JSON.stringify(page), readMetrics(metrics)));

it('a page that speaks like a report is taken as it is', () => {
  const page = {
    inFlight: 3,
    serviceTime: 12.5,
    eventLoopDelay: 1,
    slots: { total: 8, available: 5 },
    custom: { rows: 7 },
  };
  expect(read(page)).toEqual({
    inFlight: 3,
    serviceTime: 12.5,
    eventLoopDelay: 1,
    'slots.total': 8,
    'slots.available': 5,
    'custom.rows': 7,
  });
});

it('slots may be one number, their total', () => {
  expect(read({ slots: 8 })).toEqual({ 'slots.total': 8 });
});

it('what nobody declared is left alone, above all what is measured here', () => {
  expect(read({ arriba: 1e6, cpuIdle: 1, load1: 0, queue: 5, nested: { inFlight: 9 } })).toEqual({});
});

it.each([
  ['queues.mail.length', 4],
  ['workers.1', 6],
  ['queues.mail', { length: 4 }],
  ['queues.nobody.length', undefined],
  ['queues.mail.length.more', undefined],
  ['toString', undefined],
  ['queues.constructor.name', undefined],
])('%s leads to %j', (path, value) => {
  const page = { queues: { mail: { length: 4 } }, workers: [5, 6] };
  expect(read(page, { it: path })).toEqual(value === undefined ? {} : { 'custom.it': value });
});

it('what was declared goes before what the page calls so itself', () => {
  expect(read({ inFlight: 1, http: { active: 2 } }, { inFlight: 'http.active' })).toEqual({ inFlight: 2 });
});

it.each(['', '{', '[1,', 'null x'])('%j is not JSON', (text) => {
  expect(() => numbersInJson(text, [])).toThrow(SyntaxError);
});

it.each([null, 7, 'text', [], { custom: null }, { slots: null }])('%j has no numbers', (page) => {
  expect(Object.keys(read(page)).filter((field) => field !== 'custom')).toEqual([]);
});
