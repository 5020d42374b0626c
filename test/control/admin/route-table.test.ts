import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonAnswer } from '../../../src/control/admin/admin-answer.ts';
import { at, change, get, type RouteDoc } from '../../../src/control/admin/admin-route.ts';
import { RouteTable } from '../../../src/control/admin/route-table.ts';

const doc: RouteDoc = { summary: '', answer: 'text/plain' };
const list = get(doc, () => jsonAnswer('list'));
const one = get(doc, () => jsonAnswer('one'));
const set = change('POST', doc, () => jsonAnswer('set'));
const state = change('POST', doc, () => jsonAnswer('state'));

const table = new RouteTable(
  new Map([
    at('/v1/servers', list),
    at('/v1/servers/set', set),
    at('/v1/servers/{id}', one),
    at('/v1/servers/{id}/state', state),
  ]),
);

describe('a table of routes', () => {
  it('finds a path as it stands', () => {
    expect(table.at('/v1/servers')).toEqual([{ route: list, params: {} }]);
  });

  it('finds what a pattern fits, with the parts that have names', () => {
    expect(table.at('/v1/servers/a/state')).toEqual([{ route: state, params: { id: 'a' } }]);
  });

  it('puts the very path before a pattern, and leaves the other methods to that', () => {
    expect(table.at('/v1/servers/set')).toEqual([
      { route: set, params: {} },
      { route: one, params: { id: 'set' } },
    ]);
  });

  it('decodes a part once, whatever stands in it', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (id) => {
        const [found] = table.at(`/v1/servers/${encodeURIComponent(id)}/state`);
        expect(found?.params).toEqual({ id });
      }),
    );
  });

  it.each([
    '/v1/servers/',
    '/v1/servers/%/state',
    '/v1/servers/%c3%28/state',
    '/v1/servers/a/state/',
    '/v1/servers/a/b',
    '/v1//state',
    '/V1/servers',
    '/v1/servers%2fset',
    '',
  ])('finds nothing at %j', (path) => {
    expect(table.at(path)).toEqual([]);
  });

  it('does not take a pattern for a path', () => {
    expect(table.at('/v1/servers/{id}')).toEqual([{ route: one, params: { id: '{id}' } }]);
  });
});
