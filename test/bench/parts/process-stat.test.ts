import { describe, expect, it } from 'vitest';
import { parseBusyTicks, parseStat, treeOf } from '../../../bench/parts/process-stat.ts';

const stat = (pid: number, name: string, parent: number): string =>
  `${pid} (${name}) S ${parent} 7 7 0 -1 4194304 100 200 0 0 11 22 3 4 20 0 11 0 998877 1000 500 18446744073709551615 0\n`;

describe('a line of /proc/PID/stat', () => {
  it.each(['node', 'a b', 'odd) S 1 (name', ')('])('is read when the process is called %j', (name) => {
    expect(parseStat(stat(42, name, 7))).toEqual({ pid: 42, parent: 7, ticks: 40, begun: 998877 });
  });
});

describe('the tree below a process', () => {
  const all = [stat(5, 'x', 4), stat(2, 'x', 1), stat(3, 'x', 2), stat(4, 'x', 3), stat(9, 'x', 1)].map(
    parseStat,
  );

  it('holds it and all descendants, parents first', () => {
    expect(treeOf(2, all).map(({ pid }) => pid)).toEqual([2, 3, 4, 5]);
  });

  it('is empty when the process is not there', () => {
    expect(treeOf(77, all)).toEqual([]);
  });
});

describe('the busy time of a core', () => {
  const text =
    'cpu  1 2 3 4 5 6 7 8 0 0\ncpu1 100 20 3 9999 555 1 2 4 0 0\ncpu11 1 1 1 1 1 1 1 1 0 0\nintr 5\n';

  it('is everything but idle and waiting for disks', () => {
    expect(parseBusyTicks(text, 1)).toBe(130);
  });

  it('is nothing for a core that is not there', () => {
    expect(parseBusyTicks(text, 3)).toBe(0);
  });
});
