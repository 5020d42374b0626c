import { describe, expect, it } from 'vitest';
import { cgroupSource } from '../../../agent/sources/cgroup.ts';
import { parseBytes, parseCfsQuota, parseCpuMax, parseField } from '../../../agent/sources/cgroup-limits.ts';

const MIB = 1024 ** 2;
const ROOT = '/sys/fs/cgroup';

describe('parsers of cgroup files', () => {
  it.each([
    ['150000 100000\n', 1.5],
    ['max 100000\n', undefined],
    ['100000\n', undefined],
    ['0 100000\n', undefined],
    ['50000 0\n', undefined],
    ['', undefined],
  ])('reads cpu.max %j as %j cores', (text, cores) => {
    expect(parseCpuMax(text)).toBe(cores);
  });

  it.each([
    ['150000\n', '100000\n', 1.5],
    ['-1\n', '100000\n', undefined],
    ['0\n', '100000\n', undefined],
    ['50000\n', '0\n', undefined],
    ['', '', undefined],
  ])('reads cpu.cfs_quota_us %j of %j as %j cores', (quota, period, cores) => {
    expect(parseCfsQuota(quota, period)).toBe(cores);
  });

  it.each([
    ['1048576\n', MIB],
    ['max\n', undefined],
    ['', undefined],
  ])('reads memory.max %j as %j', (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes);
  });

  it('finds a field by its whole name', () => {
    const text = 'inactive_file_x 1\ninactive_file 4096\nworkingset_inactive_file 7\n';
    expect(parseField(text, 'inactive_file')).toBe(4096);
    expect(parseField(text, 'file')).toBeUndefined();
  });
});

/** The files of a container with one and a half cores and 512 MiB. */
const container = (files: Record<string, string> = {}): Record<string, string> => ({
  '/proc/self/cgroup': '0::/\n',
  '/proc/meminfo': 'MemTotal: 8388608 kB\nMemAvailable: 6291456 kB\n',
  [`${ROOT}/cgroup.controllers`]: 'cpu io memory pids\n',
  [`${ROOT}/cpu.max`]: '150000 100000\n',
  [`${ROOT}/cpu.stat`]:
    'usage_usec 1000000\nuser_usec 1\nnr_periods 100\nnr_throttled 10\nthrottled_usec 5\n',
  [`${ROOT}/memory.max`]: `${512 * MIB}\n`,
  [`${ROOT}/memory.current`]: `${300 * MIB}\n`,
  [`${ROOT}/memory.stat`]: `anon 1\ninactive_file ${100 * MIB}\n`,
  [`${ROOT}/cpu.pressure`]: 'some avg10=50.00 avg60=0.00 avg300=0.00 total=0\n',
  [`${ROOT}/memory.pressure`]: 'some avg10=5.00 avg60=0.00 avg300=0.00 total=0\n',
  ...files,
});
const open = (files: Record<string, string>, cpus = 8) => cgroupSource((path) => files[path], cpus);

describe('cgroupSource', () => {
  it('measures against the limits of the container', () => {
    const files = container();
    const look = open(files);
    expect(look(0)).toEqual({
      cpus: 1.5,
      throttled: 0,
      memoryTotal: 512 * MIB,
      memoryAvailable: 312 * MIB,
      pressure: { cpu: 0.5, memory: 0.05 },
    });
    files[`${ROOT}/cpu.stat`] = 'usage_usec 1600000\nnr_periods 110\nnr_throttled 14\n';
    expect(look(1000)).toMatchObject({ cpuIdle: 0.6, throttled: 0.4 });
  });

  it('was not stopped while no period went by', () => {
    const files = container();
    const look = open(files);
    look(0);
    expect(look(1000)).toMatchObject({ cpuIdle: 1, throttled: 0 });
  });

  it('follows a quota that is changed under way', () => {
    const files = container();
    const look = open(files);
    look(0);
    files[`${ROOT}/cpu.max`] = '50000 100000\n';
    files[`${ROOT}/cpu.stat`] = 'usage_usec 1250000\nnr_periods 110\nnr_throttled 10\n';
    expect(look(1000)).toMatchObject({ cpus: 0.5, cpuIdle: 0.5 });
  });

  it('has no more cores than the machine', () => {
    expect(open(container({ [`${ROOT}/cpu.max`]: '1600000 100000\n' }), 4)(0).cpus).toBe(4);
  });

  it('has no more memory available than the machine', () => {
    const meminfo = 'MemTotal: 8388608 kB\nMemAvailable: 51200 kB\n';
    expect(open(container({ '/proc/meminfo': meminfo }))(0).memoryAvailable).toBe(50 * MIB);
  });

  it('takes a memory limit above the machine for none', () => {
    const files = container({ [`${ROOT}/memory.max`]: String(2 ** 53) });
    expect(open(files)(0)).not.toHaveProperty('memoryTotal');
  });

  it('has nothing available, not less, when the limit is passed', () => {
    const files = container({ [`${ROOT}/memory.current`]: `${700 * MIB}\n` });
    expect(open(files)(0).memoryAvailable).toBe(0);
  });

  it.each([
    ['no cgroup v2', { [`${ROOT}/cgroup.controllers`]: undefined }],
    ['no limit', { [`${ROOT}/cpu.max`]: 'max 100000\n', [`${ROOT}/memory.max`]: 'max\n' }],
    [
      'the root group, which has no files',
      { [`${ROOT}/cpu.max`]: undefined, [`${ROOT}/memory.max`]: undefined },
    ],
  ])('is silent with %s', (_, files) => {
    const tree: Record<string, string | undefined> = { ...container(), ...files };
    expect(cgroupSource((path) => tree[path], 8)(0)).toEqual({});
  });

  it('says only what is limited', () => {
    const files = container({ [`${ROOT}/memory.max`]: 'max\n' });
    const stats = open(files)(0);
    expect(stats).toHaveProperty('cpus');
    expect(stats).not.toHaveProperty('memoryTotal');
    const others = open(container({ [`${ROOT}/cpu.max`]: 'max 100000\n' }))(0);
    expect(others).toHaveProperty('memoryTotal');
    expect(others).not.toHaveProperty('cpus');
  });

  it('finds the tightest limit on the way from its own group to the root', () => {
    const service = `${ROOT}/system.slice/app.service`;
    const files = container({
      '/proc/self/cgroup': '1:name=systemd:/old\n0::/system.slice/app.service\n',
      [`${ROOT}/cpu.max`]: 'max 100000\n',
      [`${ROOT}/memory.max`]: 'max\n',
      [`${service}/cpu.max`]: '400000 100000\n',
      [`${service}/cpu.stat`]: 'usage_usec 1\nnr_periods 0\nnr_throttled 0\n',
      [`${ROOT}/system.slice/cpu.max`]: '200000 100000\n',
      [`${ROOT}/system.slice/cpu.stat`]: 'usage_usec 1\nnr_periods 0\nnr_throttled 0\n',
      [`${ROOT}/system.slice/cpu.pressure`]: 'some avg10=7.00 avg60=0.00 avg300=0.00 total=0\n',
    });
    expect(open(files)(0)).toEqual({ cpus: 2, throttled: 0, pressure: { cpu: 0.07 } });
  });

  it('looks at the root only when its own group lies outside of what it can see', () => {
    const files = container({
      '/proc/self/cgroup': '0::/../../other\n',
      [`${ROOT}/../../other/cpu.max`]: '10000 100000\n',
    });
    expect(open(files)(0).cpus).toBe(1.5);
  });

  it('says nothing of the CPU where the group has no count of it', () => {
    const files: Record<string, string | undefined> = container();
    files[`${ROOT}/cpu.stat`] = undefined;
    const look = cgroupSource((path) => files[path], 8);
    look(0);
    const stats = look(1000);
    expect(stats).not.toHaveProperty('cpuIdle');
    expect(stats).not.toHaveProperty('throttled');
  });

  it('reads a quota that is set, moved and lifted while it runs', () => {
    const files = container({ [`${ROOT}/cpu.max`]: 'max 100000\n', [`${ROOT}/memory.max`]: 'max\n' });
    const look = open(files);
    expect(look(0)).toEqual({});
    files[`${ROOT}/cpu.max`] = '200000 100000\n';
    expect(look(250)).toMatchObject({ cpus: 2 });
    files[`${ROOT}/cpu.max`] = 'max 100000\n';
    expect(look(500)).toEqual({});
  });

  it('begins to count anew when another group has the tightest quota', () => {
    const own = `${ROOT}/app`;
    const files = container({
      '/proc/self/cgroup': '0::/app\n',
      [`${own}/cpu.max`]: '100000 100000\n',
      [`${own}/cpu.stat`]: 'usage_usec 0\nnr_periods 0\nnr_throttled 0\n',
    });
    const look = open(files);
    look(0);
    files[`${own}/cpu.stat`] = 'usage_usec 250000\nnr_periods 10\nnr_throttled 0\n';
    expect(look(1000)).toMatchObject({ cpus: 1, cpuIdle: 0.75 });
    files[`${own}/cpu.max`] = '300000 100000\n';
    const moved = look(2000);
    expect(moved.cpus).toBe(1.5);
    expect(moved).not.toHaveProperty('cpuIdle');
  });

  it('counts the CPU time of cgroup v1 in nanoseconds, and its throttling', () => {
    const files: Record<string, string> = {
      '/proc/self/cgroup': '3:cpu,cpuacct:/a\n',
      [`${ROOT}/cpu,cpuacct/cpu.cfs_quota_us`]: '-1\n',
      [`${ROOT}/cpu,cpuacct/cpu.cfs_period_us`]: '100000\n',
      [`${ROOT}/cpu,cpuacct/cpuacct.usage`]: '1\n',
      [`${ROOT}/cpu,cpuacct/a/cpu.cfs_quota_us`]: '50000\n',
      [`${ROOT}/cpu,cpuacct/a/cpu.cfs_period_us`]: '100000\n',
      [`${ROOT}/cpu,cpuacct/a/cpu.stat`]: 'nr_periods 100\nnr_throttled 0\nthrottled_time 0\n',
      [`${ROOT}/cpu,cpuacct/a/cpuacct.usage`]: '1000000000\n',
    };
    const look = cgroupSource((path) => files[path], 8);
    expect(look(0)).toEqual({ cpus: 0.5, throttled: 0 });
    files[`${ROOT}/cpu,cpuacct/a/cpuacct.usage`] = '1400000000\n';
    files[`${ROOT}/cpu,cpuacct/a/cpu.stat`] = 'nr_periods 110\nnr_throttled 8\nthrottled_time 0\n';
    expect(look(1000)).toEqual({ cpus: 0.5, cpuIdle: 0.2, throttled: 0.8 });
  });

  it('takes the limits of another process, and none where its groups cannot be seen', () => {
    const files = container({
      '/proc/20/cgroup': '0::/app\n',
      '/proc/30/cgroup': '0::/../other\n',
      [`${ROOT}/app/cpu.max`]: '50000 100000\n',
      [`${ROOT}/app/cpu.stat`]: 'usage_usec 1\n',
    });
    let pid: number | undefined = 20;
    const look = cgroupSource(
      (path) => files[path],
      8,
      () => pid,
    );
    expect(look(0)).toMatchObject({ cpus: 0.5 });
    pid = 30;
    expect(look(250)).toEqual({});
    pid = undefined;
    expect(look(500)).toMatchObject({ cpus: 1.5 });
  });

  it('looks for files that are not there every five seconds only', () => {
    const missing: string[] = [];
    const files = container();
    const look = cgroupSource((path) => {
      if (files[path] === undefined) missing.push(path);
      return files[path];
    }, 8);
    look(0);
    const before = missing.filter((path) => path.includes('cpu')).length;
    for (let now = 250; now < 5000; now += 250) look(now);
    expect(missing.filter((path) => path.includes('cpu')).length).toBe(before);
  });
});
