import { describe, expect, it } from 'vitest';
import { parseSeries, readMetrics } from '../../../agent/scrape/wanted.ts';

describe('a number that is looked for', () => {
  it.each([
    ['inFlight', 'inFlight'],
    ['serviceTime', 'serviceTime'],
    ['eventLoopDelay', 'eventLoopDelay'],
    ['slots.total', 'slots.total'],
    ['slots.available', 'slots.available'],
    ['queue', 'custom.queue'],
    ['custom.queue', 'custom.queue'],
    ['load1', 'custom.load1'],
  ])('is called %s and becomes %s', (name, field) => {
    expect(readMetrics({ [name]: 'x' })[0]?.field).toBe(field);
  });

  it('is a path in JSON and a series of Prometheus, where it can be either', () => {
    expect(readMetrics({ a: 'jobs' })[0]).toMatchObject({ path: ['jobs'], series: { name: 'jobs' } });
    expect(readMetrics({ a: 'queues.0.length' })[0]).toMatchObject({ path: ['queues', '0', 'length'] });
    expect(readMetrics({ a: 'queues.mail' })[0]?.series).toBeUndefined();
    expect(readMetrics({ a: 'jobs{queue="mail"}' })[0]?.path).toEqual([]);
  });

  it.each([
    ['two words', 'x'],
    ['a', ''],
    ['a', 'a..b'],
    ['a', 'jobs{queue=mail}'],
    ['a', 'jobs{queue="mail"'],
    ['a', 'jobs{queue="mail"} 1'],
    ['a', 'x'.repeat(1025)],
  ])('cannot be called %j and be at %j', (name, where) => {
    expect(() => readMetrics({ [name]: where })).toThrow(TypeError);
  });

  it('is one of 64 at most', () => {
    const names = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`n${i}`, 'x']));
    expect(readMetrics(names(64))).toHaveLength(64);
    expect(() => readMetrics(names(65))).toThrow('more than 64');
  });
});

describe('the name of a series', () => {
  it.each([
    ['up', 'up', {}],
    ['a:b{}', 'a:b', {}],
    ['jobs{queue="mail"}', 'jobs', { queue: 'mail' }],
    ['jobs{ queue = "mail" , host="a", }', 'jobs', { queue: 'mail', host: 'a' }],
    ['jobs{path="C:\\\\x\\"y\\"\\n{,}"}', 'jobs', { path: 'C:\\x"y"\n{,}' }],
  ])('%s is read', (text, name, labels) => {
    const series = parseSeries(text);
    expect([series?.name, Object.fromEntries(series?.labels ?? [])]).toEqual([name, labels]);
  });
});
