import { expect, it } from 'vitest';
import { createSpin } from '../../agent/live-spin.ts';

/** A machine on which a turn of the loop takes so many ms, as long as `slow` is 1. */
const aCore = (turnMillis: number) => {
  const core = { now: 0, slow: 1, longest: 0, calls: 0 };
  const work = (turns: number): void => {
    const took = turns * turnMillis * core.slow;
    core.now += took;
    core.calls += 1;
    core.longest = Math.max(core.longest, took);
  };
  return { core, spin: createSpin(() => core.now, work) };
};

it.each([0.0001, 0.00001, 0.000001])(
  'spins twice for at most 0.15 ms where a turn takes %f ms',
  (turnMillis) => {
    const { core, spin } = aCore(turnMillis);
    expect(spin()).toBeCloseTo(1, 9);
    expect(core.longest).toBeLessThanOrEqual(0.15);
    expect(core.longest).toBeGreaterThanOrEqual(0.07);
  },
);

it('calibrates once and spins twice for each answer after that', () => {
  const { core, spin } = aCore(0.00001);
  spin();
  const before = core.calls;
  spin();
  spin();
  expect(core.calls - before).toBe(4);
});

it('says how much slower the core is than at its best, once most of the last spins agree', () => {
  const { core, spin } = aCore(0.00001);
  for (let i = 0; i < 5; i++) expect(spin()).toBeCloseTo(1, 9);
  core.slow = 2;
  for (let i = 0; i < 2; i++) expect(spin()).toBeCloseTo(1, 9);
  expect(spin()).toBeCloseTo(0.5, 5);
  core.slow = 1;
  for (let i = 0; i < 5; i++) spin();
  expect(spin()).toBeCloseTo(1, 9);
});

it('takes no notice of one spin that was interrupted', () => {
  const { core, spin } = aCore(0.00001);
  for (let i = 0; i < 5; i++) spin();
  core.slow = 100;
  expect(spin()).toBeCloseTo(1, 9);
});

it('takes the better of two spins, whenever one is interrupted', () => {
  const core = { now: 0, calls: 0 };
  const spin = createSpin(
    () => core.now,
    (turns) => {
      core.calls += 1;
      core.now += turns * 0.00001 * (core.calls % 2 === 0 ? 5 : 1);
    },
  );
  for (let i = 0; i < 10; i++) expect(spin()).toBeCloseTo(1, 9);
});

it('goes by a new best when it was slow from the start', () => {
  const { core, spin } = aCore(0.00001);
  core.slow = 2;
  for (let i = 0; i < 5; i++) expect(spin()).toBeCloseTo(1, 9);
  core.slow = 1;
  for (let i = 0; i < 5; i++) spin();
  core.slow = 2;
  for (let i = 0; i < 5; i++) spin();
  expect(spin()).toBeCloseTo(0.5, 5);
});

it('ends on a clock that stands still', () => {
  let turnsAtMost = 0;
  const spin = createSpin(
    () => 5,
    (turns) => {
      turnsAtMost = Math.max(turnsAtMost, turns);
    },
  );
  expect(spin()).toBeCloseTo(1, 9);
  expect(turnsAtMost).toBeLessThanOrEqual(32_000_000);
});
