import { expect, it } from 'vitest';
import { Turns } from '../../src/health/turns.ts';

/** Things to do that end when they are told to. */
const someThings = (turns: Turns) => {
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const leave = Array.from({ length: 5 }, (_, i) =>
    turns.take(() => {
      begun.push(i);
      return new Promise<void>((resolve) => {
        ends[i] = resolve;
      });
    }),
  );
  return { begun, ends, leave };
};

const settle = () => new Promise((resolve) => setImmediate(resolve));

it('lets so many things be under way, and others in the order in which they came', async () => {
  const turns = new Turns(2);
  const { begun, ends } = someThings(turns);
  expect(begun).toEqual([0, 1]);
  ends[1]?.();
  await settle();
  expect(begun).toEqual([0, 1, 2]);
  expect(turns.open).toBe(2);
});

it('passes over who has left the line', async () => {
  const { begun, ends, leave } = someThings(new Turns(2));
  leave[2]?.();
  ends[0]?.();
  ends[1]?.();
  await settle();
  expect(begun).toEqual([0, 1, 3, 4]);
});
