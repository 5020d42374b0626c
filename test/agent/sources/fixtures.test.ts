import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createSampler } from '../../../agent/sampler.ts';
import { readUnder } from '../../../agent/sources/source.ts';
import { checkReport, isRefusal } from '../../../src/core/report.ts';

const GIB = 2 ** 30;
const MIB = 2 ** 20;
const fixture = (name: string) => readUnder(fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url)));

/** What the machine of the fixtures says where nothing is limited: four cores, 16 GiB. */
const MACHINE = {
  load1: 1.25,
  loadHighWater: 2,
  cpus: 4,
  memoryTotal: 16 * GIB,
  memoryAvailable: 8 * GIB,
};
const PRESSURE = { cpu: 0.05, memory: 0, io: 0.015 };

describe('trees of files as systems have them', () => {
  it.each([
    [
      'the tighter quota of a slice and the memory.high of a service (cgroup v2)',
      'v2-systemd-service',
      {
        ...MACHINE,
        cpus: 1.5,
        throttled: 0,
        memoryTotal: GIB,
        memoryAvailable: 424 * MIB,
        pressure: { cpu: 0.25, memory: 0.02, io: 0 },
      },
    ],
    [
      'the quota of a service and the memory of its slice (cgroup v1)',
      'v1-systemd-service',
      { ...MACHINE, cpus: 2.5, throttled: 0, memoryTotal: 4 * GIB, memoryAvailable: 3 * GIB },
    ],
    [
      'a quota of cgroup v1 beside a cgroup v2 without controllers',
      'hybrid',
      { ...MACHINE, cpus: 0.5, throttled: 0, pressure: PRESSURE },
    ],
    [
      'a Docker container whose path is the one on its host',
      'docker-v1',
      { ...MACHINE, cpus: 0.5, throttled: 0, memoryTotal: 512 * MIB, memoryAvailable: 312 * MIB },
    ],
    [
      'a Docker container that sees itself as the top',
      'docker-v2',
      {
        ...MACHINE,
        cpus: 1.5,
        throttled: 0,
        memoryTotal: 512 * MIB,
        memoryAvailable: 312 * MIB,
        pressure: { cpu: 0.5, memory: 0, io: 0 },
      },
    ],
    [
      'a Kubernetes container that cannot see the path it is told',
      'kubernetes-v1-path-not-visible',
      { ...MACHINE, cpus: 2, throttled: 0, memoryTotal: GIB, memoryAvailable: 524 * MIB },
    ],
    [
      'a Kubernetes container whose path leads out of its namespace',
      'kubernetes-v2-with-host-path',
      { ...MACHINE, cpus: 1, throttled: 0, pressure: PRESSURE },
    ],
    [
      'a sandbox that counts nothing',
      'gvisor',
      { load1: 0, loadHighWater: 1, cpus: 4, memoryTotal: 2 * GIB, memoryAvailable: GIB },
    ],
    [
      'Linux 3.10 with its controllers the other way round',
      'kernel-3.10',
      {
        ...MACHINE,
        cpus: 1.2,
        throttled: 0,
        memoryTotal: 2 * GIB,
        memoryAvailable: GIB,
      },
    ],
    ['nothing but the number of cores in garbage', 'garbage', { cpus: 4 }],
  ])('reads %s', (_, name, stats) => {
    const first = createSampler({ read: fixture(name), cpus: 4 })(0);
    expect(first).toEqual(stats);
    const report = checkReport({ v: 1, node: 'a', boot: 'b', seq: 1, stats: first, servers: [] });
    expect(isRefusal(report)).toBe(false);
  });
});
