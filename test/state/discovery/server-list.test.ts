import { describe, expect, it } from 'vitest';
import { changeBetween, listOf, specAt, specOf } from '../../../src/state/discovery/server-list.ts';

const server = (origin: string, ...tags: string[]) => specOf(new URL(origin), tags);

describe('the change between two lists of servers', () => {
  const before = [server('http://10.0.0.1:80', 'a', 'b'), server('http://10.0.0.2:80')];

  it.each([
    [before, undefined],
    [[server('http://10.0.0.1:80', 'b', 'a'), server('http://10.0.0.2:80')], undefined],
    [[before[0]!], '1 server now, removed 10.0.0.2:80'],
    [[...before, server('http://[fd00::1]:80')], '3 servers now, added [fd00::1]:80'],
    [[server('http://10.0.0.1:80', 'a'), before[1]!], '2 servers now, changed 10.0.0.1:80'],
    [[server('http://10.0.0.1:80', 'a', 'c'), before[1]!], '2 servers now, changed 10.0.0.1:80'],
    [[before[0]!, server('https://10.0.0.2:80')], '2 servers now, changed 10.0.0.2:80'],
    [[], '0 servers now, removed 10.0.0.1:80 10.0.0.2:80'],
    [[server('http://10.0.0.3:80')], '1 server now, added 10.0.0.3:80, removed 10.0.0.1:80 10.0.0.2:80'],
  ])('is told in words (%#)', (after, words) => {
    expect(changeBetween(before, after)).toBe(words);
  });

  it('names the first eight of many', () => {
    const many = Array.from({ length: 10 }, (_, i) => server(`http://10.0.0.${i}:80`));
    expect(changeBetween([], many.slice(0, 8))).toMatch(/10\.0\.0\.7:80$/);
    expect(changeBetween([], many)).toMatch(/10\.0\.0\.7:80 and 2 more$/);
  });
});

describe('a list of servers', () => {
  it('names each address once, with the scheme of the first and the tags of all', () => {
    const list = listOf([
      server('https://10.0.0.2:3000', 'x'),
      server('http://10.0.0.1:80'),
      server('http://10.0.0.2:3000', 'y', 'x'),
    ]);
    expect(list).toEqual([
      { id: '10.0.0.1:80', url: new URL('http://10.0.0.1'), tags: [] },
      { id: '10.0.0.2:3000', url: new URL('https://10.0.0.2:3000'), tags: ['x', 'y'] },
    ]);
  });

  it('writes the port in an id and brackets round IPv6', () => {
    expect(specAt('https', { address: 'fd00::1', port: 443 })).toEqual({
      id: '[fd00::1]:443',
      url: new URL('https://[fd00::1]'),
      tags: [],
    });
  });
});
