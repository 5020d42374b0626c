import { describe, expect, it } from 'vitest';
import { nodeLoad, procLoad } from '../../../agent/sources/machine-load.ts';
import type { Files } from './a-tree.ts';

const stat = (busy: number, idle: number, steal: number, running: number): string =>
  `cpu  ${busy} 0 0 ${idle} 0 0 0 ${steal} 0 0\ncpu0 1 0 0 1 0 0 0 0 0 0\ncpu1 1 0 0 1 0 0 0 0 0 0\nprocs_running ${running}\n`;
const psi = (millis: number): string => `some avg10=0.00 avg60=0.00 avg300=0.00 total=${millis * 1000}\n`;

const twoLooks = (first: Files, second: Files) => {
  const files: Files = { ...first };
  const look = procLoad((path) => files[path], 8);
  expect(look(0)).toBeUndefined();
  Object.assign(files, second);
  return look(1000);
};

describe('procLoad', () => {
  it('says in cores what was busy and stolen, over the CPUs that are listed', () => {
    const load = twoLooks({ '/proc/stat': stat(0, 0, 0, 1) }, { '/proc/stat': stat(100, 80, 20, 2) });
    expect(load).toEqual({ cores: 2, busy: 1, stolen: 0.2, waiting: 0 });
  });

  it('takes the CPUs it was told where none are listed', () => {
    const load = twoLooks({ '/proc/stat': 'cpu  0 0 0 0\n' }, { '/proc/stat': 'cpu  50 0 0 50\n' });
    expect(load).toMatchObject({ cores: 8, busy: 4 });
  });

  it.each([
    ['nobody waited', 0, 5, 0],
    ['always some task waited, four besides this one wanting two cores', 1000, 5, 2],
    ['half of the time some task waited, though none at this moment', 500, 1, 0.5],
  ])('counts those that wait from pressure and moment: %s', (_, stalled, running, waiting) => {
    const load = twoLooks(
      { '/proc/stat': stat(0, 0, 0, 1), '/proc/pressure/cpu': psi(0) },
      { '/proc/stat': stat(200, 0, 0, running), '/proc/pressure/cpu': psi(stalled) },
    );
    expect(load?.waiting).toBe(waiting);
  });

  it('goes by the moment alone where there is no pressure information', () => {
    const load = twoLooks({ '/proc/stat': stat(0, 0, 0, 1) }, { '/proc/stat': stat(200, 0, 0, 6) });
    expect(load?.waiting).toBe(3);
  });

  it.each([
    ['stand still', stat(100, 100, 0, 1)],
    ['go back', stat(1, 1, 0, 1)],
    ['vanish', undefined],
    ['are none', 'cpu  0 0 0 0 0 0 0 0 0 0\n'],
  ])('knows nothing where the counters %s', (_, later) => {
    expect(twoLooks({ '/proc/stat': stat(100, 100, 0, 1) }, { '/proc/stat': later })).toBeUndefined();
  });
});

it('knows busy and idle from Node alone', () => {
  const core = (user: number, idle: number) => ({
    model: 'x',
    speed: 1,
    times: { user, nice: 0, sys: 0, idle, irq: 0 },
  });
  let cores = [core(0, 0), core(0, 0)];
  const look = nodeLoad(() => cores);
  expect(look(0)).toBeUndefined();
  cores = [core(100, 0), core(50, 50)];
  expect(look(100)).toEqual({ cores: 2, busy: 1.5, stolen: 0, waiting: 0 });
});
