import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createSampler } from '../../agent/sampler.ts';
import { readUnder } from '../../agent/sources/source.ts';
import { checkReport, isRefusal } from '../../src/core/report.ts';

const trees: string[] = [];
afterEach(() => {
  for (const tree of trees.splice(0)) rmSync(tree, { recursive: true });
});

const aTree = (files: Record<string, string>): string => {
  const root = mkdtempSync(join(tmpdir(), 'forehand-tree-'));
  trees.push(root);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
};

const MACHINE = {
  'proc/stat': 'cpu  0 0 0 0 0 0 0 0 0 0\n',
  'proc/loadavg': '2.50 1.00 0.50 2/300 1\n',
  'proc/meminfo': 'MemTotal: 2097152 kB\nMemAvailable: 1048576 kB\n',
};

describe('createSampler', () => {
  it('reads a machine from /proc', () => {
    const root = aTree(MACHINE);
    const sample = createSampler({ read: readUnder(root), cpus: 4 });
    sample(0);
    writeFileSync(join(root, 'proc/stat'), 'cpu  25 0 0 75 0 0 0 0 0 0\n');
    expect(sample(250)).toEqual({
      load1: 2.5,
      loadHighWater: 4,
      cpuIdle: 0.75,
      cpus: 4,
      memoryTotal: 2 ** 31,
      memoryAvailable: 2 ** 30,
    });
  });

  it('lays the limits of a container over the machine', () => {
    const root = aTree({
      ...MACHINE,
      'sys/fs/cgroup/cgroup.controllers': 'cpu memory\n',
      'sys/fs/cgroup/cpu.max': '50000 100000\n',
      'sys/fs/cgroup/cpu.stat': 'usage_usec 5\nnr_periods 0\nnr_throttled 0\n',
    });
    expect(createSampler({ read: readUnder(root), cpus: 4 })(0)).toEqual({
      load1: 2.5,
      loadHighWater: 4,
      cpus: 0.5,
      throttled: 0,
      memoryTotal: 2 ** 31,
      memoryAvailable: 2 ** 30,
    });
  });

  it('asks Node where there is no /proc', () => {
    const stats = createSampler({ read: () => undefined })(0);
    expect(stats.memoryTotal).toBeGreaterThan(0);
    expect(stats.cpus).toBeGreaterThan(0);
  });

  it('measures this machine in numbers that every proxy takes', () => {
    const sample = createSampler();
    sample(0);
    const stats = sample(1000);
    expect(stats.cpus).toBeGreaterThan(0);
    expect(stats.memoryAvailable).toBeLessThanOrEqual(stats.memoryTotal ?? 0);
    const report = checkReport({ v: 1, node: 'a', boot: 'b', seq: 1, stats, servers: [] });
    expect(isRefusal(report)).toBe(false);
  });
});
