import { describe, expect, it } from 'vitest';
import { ServiceTimes } from '../../src/simulator/service-times.ts';

describe('the service times of a server', () => {
  it('are 0 before the first answer', () => {
    expect(new ServiceTimes(1).at(0, 3)).toBe(0);
  });

  it('are the median of the last under the present number of requests', () => {
    const times = new ServiceTimes(2);
    for (const latency of [9, 5, 100]) times.add(1, 3, latency);
    times.add(1, 8, 50);
    expect(times.at(1, 3)).toBe(9);
    expect(times.at(0, 3)).toBe(0);
  });

  it('grow in proportion where the present number has none', () => {
    const times = new ServiceTimes(1);
    times.add(0, 4, 20);
    expect(times.at(0, 9)).toBe(40);
    expect(times.at(0, 0)).toBe(4);
  });

  it('forget what is older than eleven answers', () => {
    const times = new ServiceTimes(1);
    for (let i = 0; i < 30; i++) times.add(0, 2, 10);
    expect(times.at(0, 2)).toBe(10);
    for (let i = 0; i < 11; i++) times.add(0, 2, 30);
    expect(times.at(0, 2)).toBe(30);
  });

  it.each([0, 5, 23, 24, 60, 119, 120, 500, 100_000])('know %i requests in flight', (inFlight) => {
    const times = new ServiceTimes(1);
    times.add(0, inFlight, 12);
    expect(times.at(0, inFlight)).toBe(12);
  });
});
