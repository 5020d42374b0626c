import { describe, expect, it } from 'vitest';
import { SimulatedServer } from '../../src/simulator/simulated-server.ts';

const finish = (server: SimulatedServer): number => {
  const exchange = server.first;
  server.advance(server.nextEnd);
  server.finish();
  return exchange;
};

describe('a simulated server', () => {
  it('works on one request at full speed', () => {
    const server = new SimulatedServer(0, 4, 2);
    server.add(7, 10, 100);
    expect(server.nextEnd).toBe(105);
  });

  it('shares its cores among more requests than it has', () => {
    const server = new SimulatedServer(0, 2, 1);
    for (let i = 0; i < 4; i++) server.add(i, 10, 0);
    expect(server.nextEnd).toBe(20);
  });

  it('ends a short request before a long one that came first, and gives the rest its core', () => {
    const server = new SimulatedServer(0, 1, 1);
    server.add(1, 10, 0);
    server.add(2, 2, 4);
    expect(server.nextEnd).toBe(8);
    expect(finish(server)).toBe(2);
    expect(server.nextEnd).toBe(12);
    expect(finish(server)).toBe(1);
    expect(server.inFlight).toBe(0);
    expect(server.nextEnd).toBe(Number.POSITIVE_INFINITY);
  });

  it('is slower by what antagonists take and by its cold start', () => {
    const server = new SimulatedServer(0, 1, 1);
    server.left = 0.5;
    server.cold = 4;
    server.add(1, 10, 0);
    expect(server.nextEnd).toBe(80);
    expect(server.speed).toBe(0.5);
  });

  it('says what it did since it was last asked', () => {
    const server = new SimulatedServer(0, 2, 1);
    server.left = 0.5;
    server.add(1, 10, 0);
    finish(server);
    server.answered = 1;
    server.latencies = 20;
    expect(server.interval(40, 40)).toEqual({
      seconds: 0.04,
      busy: 0.25,
      used: 0.125,
      answered: 1,
      errors: 0,
      serviceTime: 20,
    });
    expect(server.interval(50, 40)).toMatchObject({ seconds: 0.01, busy: 0, answered: 0, serviceTime: 20 });
  });

  it('loses everything at once', () => {
    const server = new SimulatedServer(0, 2, 1);
    for (let i = 0; i < 40; i++) server.add(i, 10 + i, 0);
    expect([...server.lose(1)].sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i));
    expect(server.inFlight).toBe(0);
  });
});
