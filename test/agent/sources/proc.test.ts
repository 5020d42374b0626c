import { describe, expect, it } from 'vitest';
import {
  parseCpuTimes,
  parseLoad,
  parseMemory,
  parsePressure,
  parseStalled,
  procSource,
} from '../../../agent/sources/proc.ts';

const GIB = 1024 ** 3;

describe('parseCpuTimes', () => {
  it.each([
    ['Linux 6', 'cpu  100 5 50 800 20 1 2 22 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\nintr 1 2 3\n', 820, 1000],
    ['guests, which are in user and nice already', 'cpu  100 0 0 900 0 0 0 0 70 7\n', 900, 1000],
    ['Linux 2.4 with four fields', 'cpu  10 0 10 80\ncpu0 10 0 10 80\n', 80, 100],
    ['Linux 2.6.10 without steal', 'cpu  10 0 10 70 10 0 0\n', 80, 100],
    ['fields of a kernel to come', 'cpu  10 0 10 70 10 0 0 0 0 0 99 99\n', 80, 100],
    ['gVisor, which counts nothing', 'cpu  0 0 0 0 0 0 0 0 0 0\n', 0, 0],
    ['many years of many cores', `cpu  ${2 ** 50} 0 0 ${2 ** 50} 0 0 0 0 0 0\n`, 2 ** 50, 2 ** 51],
  ])('reads %s', (_, text, idle, total) => {
    expect(parseCpuTimes(text)).toMatchObject({ idle, total });
  });

  it('reads stolen time, none where the kernel does not count it', () => {
    expect(parseCpuTimes('cpu  100 5 50 800 20 1 2 22 0 0\n')?.steal).toBe(22);
    expect(parseCpuTimes('cpu  10 0 10 80\n')?.steal).toBe(0);
  });

  it.each(['', 'cpu0 1 2 3 4\n', 'cpu  1 2 3\n', 'cpu  a b c d\n', 'nonsense'])(
    'knows nothing from %j',
    (text) => {
      expect(parseCpuTimes(text)).toBeUndefined();
    },
  );
});

describe('parseLoad', () => {
  it.each([
    ['0.52 0.58 0.59 1/467 12345\n', 0.52],
    ['123.00 100.10 90.00 9/9999 1\n', 123],
    ['0 0 0 0/0 0\n', 0],
    ['', undefined],
    ['nan nan nan 1/1 1', undefined],
    ['-1.00 0 0 1/1 1', undefined],
  ])('reads %j as %j', (text, load) => {
    expect(parseLoad(text)).toBe(load);
  });
});

describe('parseMemory', () => {
  it.each([
    [
      'what the kernel estimates',
      'MemTotal:       8388608 kB\nMemFree: 1 kB\nMemAvailable:   4194304 kB\n',
      8,
      4,
    ],
    [
      'free memory and caches before Linux 3.14',
      'MemTotal:  8388608 kB\nMemFree:   1048576 kB\nBuffers:   1048576 kB\nCached:    2097152 kB\nSwapCached: 99 kB\n',
      8,
      4,
    ],
    [
      'an available above the total, seen in containers',
      'MemTotal: 1048576 kB\nMemAvailable: 4194304 kB\n',
      1,
      1,
    ],
  ])('reads %s', (_, text, total, available) => {
    expect(parseMemory(text)).toEqual({ total: total * GIB, available: available * GIB });
  });

  it.each(['', 'MemTotal: 5 kB\n', 'MemAvailable: 5 kB\n', 'MemTotal: x kB\nMemFree: 1 kB\n'])(
    'knows nothing from %j',
    (text) => {
      expect(parseMemory(text)).toBeUndefined();
    },
  );
});

describe('parsePressure', () => {
  const full = 'full avg10=90.00 avg60=0.00 avg300=0.00 total=0\n';
  it.each([
    [`some avg10=12.34 avg60=0.51 avg300=0.23 total=17194472\n${full}`, 0.1234],
    ['some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n', 0],
    ['some avg10=100.00 avg60=0 avg300=0 total=0\n', 1],
    [full, undefined],
    ['', undefined],
  ])('reads %j as %j', (text, share) => {
    expect(parsePressure(text)).toBe(share);
  });
});

describe('parseStalled', () => {
  it.each([
    [
      'some avg10=1.00 avg60=0.00 avg300=0.00 total=17194472\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=5\n',
      17194472,
    ],
    ['full avg10=0.00 avg60=0.00 avg300=0.00 total=5\n', undefined],
    ['', undefined],
  ])('reads %j as %j', (text, micros) => {
    expect(parseStalled(text)).toBe(micros);
  });
});

describe('procSource', () => {
  const machine = (files: Record<string, string>) => procSource((path) => files[path], 4);

  it('says what every file says, and the idle share from the second look on', () => {
    const files: Record<string, string> = {
      '/proc/stat': 'cpu  100 0 0 900 0 0 0 0 0 0\n',
      '/proc/loadavg': '1.50 1.00 0.50 2/300 1\n',
      '/proc/meminfo': 'MemTotal: 2097152 kB\nMemAvailable: 1048576 kB\n',
      '/proc/pressure/cpu': 'some avg10=25.00 avg60=0.00 avg300=0.00 total=0\n',
      '/proc/pressure/io': 'some avg10=1.00 avg60=0.00 avg300=0.00 total=0\n',
    };
    const look = machine(files);
    const steady = {
      load1: 1.5,
      cpus: 4,
      memoryTotal: 2 * GIB,
      memoryAvailable: GIB,
      pressure: { cpu: 0.25, io: 0.01 },
    };
    expect(look(0)).toEqual(steady);
    files['/proc/stat'] = 'cpu  130 0 0 960 0 0 0 10 0 0\n';
    expect(look(1000)).toEqual({ ...steady, cpuIdle: 0.6 });
  });

  it('counts stolen time as not idle and waiting for a disk as idle', () => {
    const files = { '/proc/stat': 'cpu  0 0 0 0 0 0 0 0 0 0\n' };
    const look = machine(files);
    look(0);
    files['/proc/stat'] = 'cpu  0 0 0 10 40 0 0 50 0 0\n';
    expect(look(1000).cpuIdle).toBe(0.5);
  });

  it.each([
    ['stand still', 'cpu  100 0 0 900 0 0 0 0 0 0\n'],
    ['go back', 'cpu  50 0 0 400 0 0 0 0 0 0\n'],
    ['vanish', ''],
  ])('says nothing of the CPU while its counters %s', (_, later) => {
    const files = { '/proc/stat': 'cpu  100 0 0 900 0 0 0 0 0 0\n' };
    const look = machine(files);
    look(0);
    files['/proc/stat'] = later;
    expect(look(1000)).toEqual({ cpus: 4 });
  });

  it('keeps within 0 and 1 where the idle counter goes back, as that of waiting for disks does', () => {
    const files = { '/proc/stat': 'cpu  100 0 0 900 50 0 0 0 0 0\n' };
    const look = machine(files);
    look(0);
    files['/proc/stat'] = 'cpu  200 0 0 900 20 0 0 0 0 0\n';
    expect(look(1000).cpuIdle).toBe(0);
  });

  it('does not judge the CPU by less than a tenth of a second', () => {
    const files = { '/proc/stat': 'cpu  0 0 0 0 0 0 0 0 0 0\n' };
    const look = machine(files);
    look(0);
    files['/proc/stat'] = 'cpu  50 0 0 50 0 0 0 0 0 0\n';
    expect(look(1000).cpuIdle).toBe(0.5);
    files['/proc/stat'] = 'cpu  52 0 0 50 0 0 0 0 0 0\n';
    expect(look(1099).cpuIdle).toBe(0.5);
    expect(look(1100).cpuIdle).toBe(0);
  });

  it('reads load, memory and pressure once a second', () => {
    let reads = 0;
    const look = procSource((path) => {
      if (path === '/proc/pressure/cpu') reads += 1;
      return undefined;
    }, 1);
    for (const now of [0, 250, 500, 750, 1000, 1250]) look(now);
    expect(reads).toBe(2);
  });
});
