import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/core/random.ts';
import { Agenda } from '../../src/simulator/agenda.ts';
import { DelayLine } from '../../src/simulator/delay-line.ts';

describe('an agenda', () => {
  it('begins with nothing to do', () => {
    expect(new Agenda(3).time).toBe(Number.POSITIVE_INFINITY);
  });

  it('always knows the earliest, however times are changed', () => {
    const random = seededRandom(7);
    const agenda = new Agenda(50);
    const times = new Array<number>(50).fill(Number.POSITIVE_INFINITY);
    for (let i = 0; i < 5000; i++) {
      const source = Math.floor(random.next() * 50);
      const time = random.next() < 0.2 ? Number.POSITIVE_INFINITY : random.next() * 100;
      agenda.set(source, time);
      times[source] = time;
      expect(agenda.time).toBe(Math.min(...times));
      expect(times[agenda.next]).toBe(agenda.time);
    }
  });
});

describe('a delay line', () => {
  it('hands out in the order of sending, each after the delay, also when it has grown', () => {
    const line = new DelayLine<number>(10, -1);
    for (let i = 0; i < 40; i++) line.send(i, i);
    for (let i = 0; i < 30; i++) line.take();
    for (let i = 40; i < 300; i++) line.send(i, i);
    for (let i = 30; i < 300; i++) {
      expect(line.time).toBe(i + 10);
      expect(line.take()).toBe(i);
    }
    expect(line.time).toBe(Number.POSITIVE_INFINITY);
  });
});
