import { expect, it } from 'vitest';
import type { ScriptEvent } from '../../src/script/event.ts';
import { ScriptGuard } from '../../src/script/guard.ts';
import { Heartbeat, RUNNING } from '../../src/script/heartbeat.ts';

const aGuard = () => {
  const events: ScriptEvent[] = [];
  const heartbeat = new Heartbeat();
  let now = 0;
  const guard = new ScriptGuard({
    name: './s.ts',
    hash: 'abc',
    files: [],
    clock: () => now,
    heartbeat,
    onEvent: (event) => events.push(event),
  });
  return { guard, apart: guard.apart(), events, heartbeat, pass: (ms: number) => (now += ms) };
};

it('faults apart are told, and bypass there alone', () => {
  const { guard, apart, events } = aGuard();
  for (let i = 0; i < 5; i++) {
    apart.enter();
    apart.leave();
    apart.fault('throw', 'no');
  }
  expect(apart.bypassed).toBe(true);
  expect(guard.bypassed).toBe(false);
  expect(guard.status()).toMatchObject({ calls: 0, faults: { throw: 0 } });
  expect(new Set(events.map(({ name }) => name))).toEqual(new Set(['./s.ts (shadow)']));
});

it('a call apart that takes too long counts for nothing here', () => {
  const { guard, apart, pass } = aGuard();
  apart.enter();
  pass(50);
  apart.leave();
  expect(guard.status().faults.timeout).toBe(0);
});

it('what is bypassed here is so apart, too', () => {
  const { guard, apart } = aGuard();
  guard.startBypassed('it once did not return');
  expect(apart.bypassed).toBe(true);
});

it('a function that does not return apart is the same one to the watchdog', () => {
  const { guard, apart, heartbeat } = aGuard();
  const numberIn = (one: Pick<ScriptGuard, 'enter' | 'leave'>): number => {
    one.enter();
    const number = Atomics.load(heartbeat.words, RUNNING);
    one.leave();
    return number;
  };
  expect(numberIn(apart)).toBe(numberIn(guard));
});
