import { describe, expect, it } from 'vitest';
import { Latencies } from '../../agent/latencies.ts';

const someLatencies = (entries: readonly (readonly [count: number, took: number])[], at = 0): Latencies => {
  const latencies = new Latencies();
  for (const [count, took] of entries) latencies.add(count, took, at);
  return latencies;
};

describe('latencies by requests in flight', () => {
  it('are unknown before the first', () => {
    expect(new Latencies().near(0, 0)).toBeNaN();
  });

  it('are the median of those at the same number', () => {
    const latencies = someLatencies([
      [3, 10],
      [3, 1000],
      [3, 12],
      [4, 500],
    ]);
    expect(latencies.near(3, 0)).toBe(12);
  });

  it('are those of the last eleven', () => {
    const latencies = new Latencies();
    for (let i = 0; i < 40; i++) latencies.add(2, i < 29 ? 1000 : i, 0);
    expect(latencies.near(2, 0)).toBe(34);
  });

  it.each([
    ['more', 3, 20],
    ['fewer', 0, 5],
    ['many more', 100, 505],
  ])('grow with the burden where it was never so: %s', (_, count, expected) => {
    expect(someLatencies([[1, 10]]).near(count, 0)).toBe(expected);
  });

  it('are those of the nearest number, the lower one of two', () => {
    const latencies = someLatencies([
      [2, 30],
      [6, 700],
    ]);
    expect(latencies.near(4, 0)).toBe(50);
    expect(latencies.near(5, 0)).toBe(600);
  });

  it('stand together beyond 23 in flight, without end', () => {
    const latencies = someLatencies([
      [1000, 80],
      [1_000_000, 900],
    ]);
    expect(latencies.near(1010, 0)).toBe(80);
    expect(latencies.near(9_000_000, 0)).toBe(900);
  });

  it('are forgotten after five seconds in which none came', () => {
    const latencies = someLatencies([[1, 10]]);
    latencies.add(3, 50, 4000);
    expect(latencies.near(1, 5000)).toBe(10);
    expect(latencies.near(1, 5001)).toBe(25);
    expect(latencies.near(1, 9001)).toBeNaN();
    latencies.add(1, 7, 9001);
    expect(latencies.near(1, 9001)).toBe(7);
  });
});
