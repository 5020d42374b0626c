import { expect, it } from 'vitest';
import { parseCoreList } from '../../../bench/parts/cores.ts';

it.each([
  ['0-1\n', [0, 1]],
  ['3', [3]],
  ['0-2,5,8-9', [0, 1, 2, 5, 8, 9]],
  ['', []],
])('reads the list of cores %j', (list, cores) => {
  expect(parseCoreList(list)).toEqual(cores);
});
