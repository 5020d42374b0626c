import { expect, it } from 'vitest';
import { byCPU } from '../../candidacy/by-cpu.ts';
import { aMoment, aServer } from '../../src/testing/index.ts';
import { ids, made } from './support.ts';

const of = (id: string, cpuIdle: number) => aServer({ id, stats: { cpuIdle } });

it.each([
  ['the most idle first', [of('a', 0.1), of('b', 0.9), of('c', 0.5)], ['b', 'c', 'a']],
  ['equals as they came', [of('a', 0.5), of('b', 0.5)], ['a', 'b']],
  ['the unknown behind the busiest', [aServer({ id: 'x' }), of('a', 0)], ['a', 'x']],
])('byCPU puts %s', (_, servers, expected) => {
  expect(ids(made(byCPU)(servers, aMoment()))).toEqual(expected);
});
