import { describe, expect, it } from 'vitest';
import { defineCandidacy, isCandidacy } from '../../src/core/candidacy.ts';
import { z } from '../../src/core/options.ts';
import { aMoment, aServer } from '../../src/testing/index.ts';
import { ids } from './support.ts';

describe('defineCandidacy', () => {
  it('takes a function for a filter of request scope, unless it says otherwise', () => {
    const create = () => () => [];
    expect(defineCandidacy({ name: 'mine', create })).toMatchObject({
      name: 'mine',
      kind: 'filter',
      scope: 'request',
      options: undefined,
      shorthand: undefined,
      emptyIsLocal: false,
      emptyIsRefused: false,
      ordersByReports: false,
      create,
    });
    expect(defineCandidacy({ name: 'mine', create, kind: 'cut', scope: 'board' })).toMatchObject({
      kind: 'cut',
      scope: 'board',
    });
  });

  it('gives create its options with the type of their schema', () => {
    const first = defineCandidacy({
      name: 'first',
      options: z.strictObject({ count: z.int().default(1) }),
      create:
        ({ count }) =>
        (servers) =>
          servers.slice(0, count),
    });
    const servers = ['a', 'b', 'c'].map((id) => aServer({ id }));
    const run = first.create(first.options?.parse({ count: 2 }) ?? { count: 0 }, () => undefined);
    expect(ids(run(servers, aMoment()))).toBe('a b');
    expect(isCandidacy(first)).toBe(true);
  });
});

describe('isCandidacy', () => {
  it.each([
    undefined,
    null,
    7,
    'x',
    () => [],
    {},
    { name: 'x' },
    { name: 7, create: () => [] },
    { create: () => [] },
  ])('takes nothing else for one (%#)', (value) => {
    expect(isCandidacy(value)).toBe(false);
  });
});
