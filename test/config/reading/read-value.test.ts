import { describe, expect, it } from 'vitest';
import { readValue } from '../../../src/config/reading/read-value.ts';
import { MAX_DEPTH, MAX_VALUES, plainValue } from '../../../src/config/reading/sourced.ts';

const valueIn = (value: unknown) => {
  const { root, problems } = readValue(value);
  expect(problems).toEqual([]);
  return root && plainValue(root);
};

describe('a value that a program hands in', () => {
  it('is taken as it is, without the keys that are undefined', () => {
    expect(valueIn({ a: [1, 'x', null, true], b: { c: undefined, d: 2 } })).toEqual({
      a: [1, 'x', null, true],
      b: { d: 2 },
    });
  });

  it('keeps instances of classes whole, for the schema to refuse', () => {
    const url = new URL('http://h');
    expect(valueIn({ url })).toEqual({ url });
  });

  it('is a copy', () => {
    const given = { a: [1] };
    expect(valueIn(given)).not.toBe(given);
  });

  it.each([
    ['__proto__', JSON.parse('{ "a": [{ "__proto__": 1 }] }') as unknown, 'a[0].__proto__'],
    ['constructor', { a: { constructor: 1 } }, 'a.constructor'],
    ['prototype', { prototype: 1 }, 'prototype'],
  ])('may not have the key %s', (key, value, path) => {
    expect(readValue(value).problems).toEqual([
      { severity: 'error', message: `\`${key}\` is not allowed as a key`, path },
    ]);
  });

  it('is refused when it contains itself', () => {
    const value: Record<string, unknown> = {};
    value['a'] = value;
    expect(readValue(value).problems).toMatchObject([{ message: `nested deeper than ${MAX_DEPTH} levels` }]);
  });

  it('is refused when it is too large', () => {
    const { problems } = readValue(new Array(MAX_VALUES + 5).fill(0));
    expect(problems).toMatchObject([{ message: `more than ${MAX_VALUES} values` }]);
  });
});
