import os from 'node:os';
import { expect, it } from 'vitest';
import { nodeOsSource } from '../../../agent/sources/node-os.ts';

const aCore = (busy: number, idle: number): os.CpuInfo => ({
  model: 'x',
  speed: 1,
  times: { user: busy, nice: 0, sys: 0, idle, irq: 0 },
});

it('says what Node knows, and the idle share from the second look on', () => {
  let cores = [aCore(0, 0), aCore(0, 0)];
  const look = nodeOsSource({
    cpus: () => cores,
    loadavg: () => [1.23456, 0, 0],
    totalmem: () => 100,
    freemem: () => 40,
    platform: () => 'darwin',
  });
  const steady = { load1: 1.2346, cpus: 2, memoryTotal: 100, memoryAvailable: 40 };
  expect(look(0)).toEqual(steady);
  cores = [aCore(75, 25), aCore(25, 75)];
  expect(look(1000)).toEqual({ ...steady, cpuIdle: 0.5 });
});

it('reports no load average on Windows, which has none', () => {
  const look = nodeOsSource({ ...os, platform: () => 'win32', loadavg: () => [0, 0, 0] });
  expect(look(0)).not.toHaveProperty('load1');
});
