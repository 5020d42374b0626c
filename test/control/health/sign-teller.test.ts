import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { SignTeller } from '../../../src/control/health/sign-teller.ts';
import type { Sign } from '../../../src/control/health/signs.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const aSign = (server: string, kind: Sign['kind'] = 'gone'): Sign => ({ pool: 'web', server, kind });

const aTeller = () => {
  const told: { readonly at: number; readonly signs: string }[] = [];
  const start = performance.now();
  const teller = new SignTeller(
    (signs) =>
      told.push({
        at: Math.round(performance.now() - start),
        signs: signs.map(({ server, kind }) => `${server} ${kind}`).join(', '),
      }),
    () => performance.now(),
  );
  return { teller, told };
};

it('tells at once, and of many servers in one message', async () => {
  const { teller, told } = aTeller();
  for (const server of ['a', 'b', 'c']) teller.hear(aSign(server));
  await vi.advanceTimersByTimeAsync(5);
  expect(told.map(({ signs }) => signs)).toEqual(['a gone, b gone, c gone']);
});

it('tells of the same server no more than four times a second, and the last of all', async () => {
  const { teller, told } = aTeller();
  for (let i = 0; i < 100; i++) {
    teller.hear(aSign('a', i === 99 ? 'back' : 'gone'));
    await vi.advanceTimersByTimeAsync(10);
  }
  await vi.advanceTimersByTimeAsync(1000);
  expect(told.length).toBeLessThanOrEqual(5);
  expect(told.at(-1)?.signs).toBe('a back');
  expect(vi.getTimerCount()).toBe(0);
});

it('does not have one server wait for another', async () => {
  const { teller, told } = aTeller();
  teller.hear(aSign('a'));
  await vi.advanceTimersByTimeAsync(5);
  teller.hear(aSign('a'));
  teller.hear(aSign('b'));
  await vi.advanceTimersByTimeAsync(5);
  expect(told.map(({ signs }) => signs)).toEqual(['a gone', 'b gone']);
  await vi.advanceTimersByTimeAsync(300);
  expect(told.map(({ signs }) => signs)).toEqual(['a gone', 'b gone', 'a gone']);
});

it('holds no more than it can, however many servers there are', async () => {
  const { teller, told } = aTeller();
  for (let i = 0; i < 10_000; i++) teller.hear(aSign(`s${i}`));
  await vi.advanceTimersByTimeAsync(5);
  expect(told[0]?.signs.split(', ')).toHaveLength(4096);
});
