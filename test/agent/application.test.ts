import { describe, expect, it } from 'vitest';
import { Application } from '../../agent/application.ts';
import type { Slots } from '../../agent/options.ts';

const clock = { now: () => 0, onChange: () => undefined };
const anApplication = (slots?: number | (() => Slots)): Application => new Application(slots, clock);

describe('Application', () => {
  it('says nothing of requests that nobody counts', () => {
    expect(anApplication().stats()).toEqual({});
  });

  it('says how many requests are served, also when there are none left', () => {
    const application = anApplication();
    application.requests.begin()();
    expect(application.stats()).toEqual({ inFlight: 0, serviceTime: 0 });
  });

  it('works out its free slots from the requests', () => {
    const application = anApplication(2);
    expect(application.stats().slots).toEqual({ total: 2, available: 2 });
    for (let i = 0; i < 3; i++) application.requests.begin();
    expect(application.stats().slots).toEqual({ total: 2, available: 0 });
    expect(application.full).toBe(true);
  });

  it('asks the application for its slots where it knows them itself', () => {
    expect(anApplication(() => ({ total: 8, available: 5 })).stats().slots).toEqual({
      total: 8,
      available: 5,
    });
    expect(anApplication(() => ({ total: 8, available: 0 })).full).toBe(false);
  });

  it.each([undefined, Number.NaN, Number.POSITIVE_INFINITY])('takes a number out again with %d', (value) => {
    const application = anApplication();
    application.set('queue', 7);
    application.set('rows', 0);
    expect(application.stats().custom).toEqual({ queue: 7, rows: 0 });
    application.set('queue', value);
    expect(application.stats().custom).toEqual({ rows: 0 });
  });

  it.each(['', 'two words', 'x'.repeat(129), 'ü'])('refuses the name %j', (name) => {
    expect(() => anApplication().set(name, 1)).toThrow(TypeError);
  });

  it('has room for 64 numbers', () => {
    const application = anApplication();
    for (let i = 0; i < 64; i++) application.set(`n${i}`, i);
    application.set('n0', 100);
    expect(() => application.set('n64', 64)).toThrow('n64: an agent reports at most 64 numbers');
  });
});
