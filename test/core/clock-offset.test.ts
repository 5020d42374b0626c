import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClockOffset } from '../../src/core/clock-offset.ts';

const HOUR = 3_600_000;

/** What `see` says of messages that were sent a second apart and were under way for these times. */
const lateness = (clock: ClockOffset, ahead: number, delays: readonly number[]): readonly number[] =>
  delays.map((delay, i) => clock.see(i * 1000 + ahead, i * 1000 + delay));

describe('the offset of a clock', () => {
  it('is not a number before the first message', () => {
    expect(new ClockOffset().value).toBeNaN();
  });

  it.each([
    ['alike', 0],
    ['an hour ahead', HOUR],
    ['an hour behind', -HOUR],
  ])('with clocks that are %s is that, less the shortest time under way', (_, ahead) => {
    const clock = new ClockOffset();
    lateness(clock, ahead, [40, 10, 700, 12]);
    expect(clock.value).toBe(ahead - 10);
  });

  it('says of each message how much longer than the quickest it was under way, whatever the clocks', () => {
    for (const ahead of [0, HOUR, -HOUR])
      expect(lateness(new ClockOffset(), ahead, [10, 15, 510, 10])).toEqual([0, 5, 500, 0]);
  });

  it('forgets the quickest message after sixteen others', () => {
    const clock = new ClockOffset();
    lateness(clock, 0, [5, ...Array<number>(15).fill(25)]);
    expect(clock.value).toBe(-5);
    expect(clock.see(100_000, 100_025)).toBe(0);
    expect(clock.value).toBe(-25);
  });

  it('follows a clock that is set forward at once', () => {
    const clock = new ClockOffset();
    lateness(clock, 0, [10, 10]);
    expect(clock.see(2000 + HOUR, 2010)).toBe(0);
    expect(clock.see(3000 + HOUR, 3010)).toBe(0);
  });

  it('follows a clock that is set back by more than any message is late', () => {
    const clock = new ClockOffset();
    lateness(clock, HOUR, [10, 10]);
    expect(clock.see(2000, 2010)).toBe(0);
    expect(clock.value).toBe(-10);
  });

  it.each([
    ['by more than the time between messages', -500, 0],
    ['by less, for as long as that is what a message could be late', -200, 200],
  ])('follows a clock that is set back: %s', (_, step, late) => {
    const clock = new ClockOffset();
    lateness(clock, 0, [10, 10]);
    expect(clock.see(1250 + step, 1260)).toBe(late);
  });

  it('never says that a message came before it was sent', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer(), fc.integer()), { minLength: 1 }), (messages) => {
        const clock = new ClockOffset();
        for (const [sent, received] of messages) expect(clock.see(sent, received)).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
