import { expect, it } from 'vitest';
import { systemInformationSource } from '../../../agent/sources/systeminformation.ts';

const settled = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) await Promise.resolve();
};

it('answers with the last look, and looks again after half a minute only', async () => {
  let looks = 0;
  const look = systemInformationSource(async () => {
    looks += 1;
    return { total: 100, available: 10 * looks };
  });
  expect(look(0)).toEqual({});
  await settled();
  for (let now = 250; now < 30_000; now += 250) expect(look(now).memoryAvailable).toBe(10);
  expect(looks).toBe(1);
  look(30_000);
  await settled();
  expect(look(30_001)).toEqual({ memoryTotal: 100, memoryAvailable: 20 });
});

it.each([
  ['fails', () => Promise.reject(new Error('no vm_stat'))],
  ['knows nothing', async () => ({ total: 0, available: 0 })],
])('says nothing where the system %s', async (_, read) => {
  const look = systemInformationSource(read);
  look(0);
  await settled();
  expect(look(1)).toEqual({});
});

it('reads the memory of this machine', async () => {
  const look = systemInformationSource();
  look(0);
  const until = performance.now() + 10_000;
  while (look(1).memoryTotal === undefined && performance.now() < until)
    await new Promise((resolve) => setImmediate(resolve));
  expect(look(1).memoryTotal).toBeGreaterThan(0);
});
