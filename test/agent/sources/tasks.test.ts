import { describe, expect, it } from 'vitest';
import { parseSchedstat, Tasks } from '../../../agent/sources/tasks.ts';
import { aTree, type Files } from './a-tree.ts';

const MS = 1e6;
const path = (pid: number, task = pid): string => `/proc/${pid}/task/${task}/schedstat`;
const line = (ranMillis: number, waitedMillis: number): string =>
  `${ranMillis * MS} ${waitedMillis * MS} 9\n`;

describe('parseSchedstat', () => {
  it.each([
    ['146277 988962 2\n', { ran: 146277, waited: 988962 }],
    ['0 0 0\n', { ran: 0, waited: 0 }],
    ['18446744073709551615 1 1\n', { ran: 2 ** 64, waited: 1 }],
  ])('reads %j', (text, times) => {
    expect(parseSchedstat(text)).toEqual(times);
  });

  it.each(['', '1 2\n', 'a b c\n', '-1 2 3\n', '1 2 3 4\n'])('knows nothing from %j', (text) => {
    expect(parseSchedstat(text)).toBeUndefined();
  });
});

describe('Tasks', () => {
  it('sums what all tasks of all processes ran and waited, in cores', () => {
    const files: Files = { [path(1)]: line(100, 10), [path(1, 2)]: line(50, 0), [path(7)]: line(30, 0) };
    const tasks = new Tasks(aTree(files), () => [1, 7]);
    expect(tasks.see(0)).toBeUndefined();
    files[path(1)] = line(200, 60);
    files[path(7)] = line(130, 0);
    expect(tasks.see(250)).toEqual({ ran: 0.8, waited: 0.2 });
  });

  it('finds a new task within a second and counts it from then on', () => {
    const files: Files = { [path(1)]: line(100, 0) };
    const tasks = new Tasks(aTree(files), () => [1]);
    tasks.see(0);
    files[path(1, 2)] = line(400, 0);
    expect(tasks.see(500)).toEqual({ ran: 0, waited: 0 });
    expect(tasks.see(1000)).toEqual({ ran: 0, waited: 0 });
    files[path(1, 2)] = line(900, 0);
    expect(tasks.see(2000)?.ran).toBe(0.5);
  });

  it('knows nothing once the process is gone, and nothing new of a task that is read twice at a time', () => {
    const files: Files = { [path(1)]: line(100, 0) };
    const tasks = new Tasks(aTree(files), () => [1]);
    tasks.see(0);
    expect(tasks.see(0)).toBeUndefined();
    files[path(1)] = undefined;
    expect(tasks.see(250)).toBeUndefined();
    expect(tasks.see(1250)).toBeUndefined();
  });

  it('knows nothing on a kernel that does not count', () => {
    const tasks = new Tasks(aTree({ [path(1)]: '0 0 0\n' }), () => [1]);
    tasks.see(0);
    expect(tasks.see(250)).toBeUndefined();
  });

  it('starts from zero, not below, with a task that took the number of another', () => {
    const files: Files = { [path(1)]: line(900, 900) };
    const tasks = new Tasks(aTree(files), () => [1]);
    tasks.see(0);
    files[path(1)] = line(10, 0);
    expect(tasks.see(250)).toEqual({ ran: 0, waited: 0 });
  });

  it('reads the busy ones of very many tasks at each look, the others in turn, never all', () => {
    const files: Files = {};
    for (let task = 1; task <= 1000; task++) files[path(1, task)] = line(1, 0);
    const tree = aTree(files);
    const tasks = new Tasks(tree, () => [1]);
    let now = 0;
    const most = (): number => {
      const before = tree.reads.length;
      tasks.see(now);
      now += 250;
      return tree.reads.length - before;
    };
    for (let look = 0; look < 60; look++) expect(most()).toBeLessThanOrEqual(96);
    let ran = 1;
    files[path(1, 777)] = line(ran, 0);
    let seen = 0;
    for (let look = 0; look < 40; look++) {
      ran += 250;
      files[path(1, 777)] = line(ran, 0);
      seen = tasks.see(now)?.ran ?? 0;
      now += 250;
    }
    expect(seen).toBeCloseTo(1, 5);
  });
});
