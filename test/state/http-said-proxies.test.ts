import { describe, expect, it } from 'vitest';
import { MAX_NODES } from '../../src/core/nodes.ts';
import { SaidProxies } from '../../src/state/http-said-proxies.ts';

const after = (counts: readonly number[]): number => {
  const said = new SaidProxies();
  for (const [i, count] of counts.entries()) said.note(`node${i}`, count, 0);
  return said.count(0);
};

describe('SaidProxies', () => {
  it.each([
    ['nobody says anything', [], 1],
    ['one agent says it', [3], 3],
    ['all agree', [4, 4, 4], 4],
    ['one of three lies', [3, 1024, 3], 3],
    ['one of three reaches fewer', [3, 1, 3], 3],
    ['two of five lie', [3, 1, 1024, 3, 3], 3],
    ['two differ', [2, 1024], 2],
  ])('takes the median: %s', (_, counts, median) => {
    expect(after(counts)).toBe(median);
  });

  it('believes the last word of each agent, however often it speaks', () => {
    const said = new SaidProxies();
    said.note('honest1', 2, 0);
    said.note('honest2', 2, 0);
    for (let i = 0; i < 100; i++) said.note('liar', 100 + i, 0);
    expect(said.count(0)).toBe(2);
  });

  it('forgets what was said more than five seconds ago', () => {
    const said = new SaidProxies();
    said.note('web1', 3, 0);
    expect(said.count(5000)).toBe(3);
    expect(said.count(5501)).toBe(1);
  });

  it('follows what is said within half a second', () => {
    const said = new SaidProxies();
    expect(said.count(0)).toBe(1);
    said.note('web1', 3, 100);
    expect(said.count(600)).toBe(3);
  });

  it('remembers no more agents than there may be nodes', () => {
    const said = new SaidProxies();
    for (let i = 0; i < MAX_NODES; i++) said.note(`node${i}`, 2, 0);
    for (let i = 0; i < 2 * MAX_NODES; i++) said.note(`other${i}`, 9, 0);
    expect(said.count(0)).toBe(2);
  });
});
