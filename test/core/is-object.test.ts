import { describe, expect, it } from 'vitest';
import { isObject } from '../../src/core/is-object.ts';

describe('isObject', () => {
  it.each([[{}], [{ a: 1 }], [Object.create(null)]])('is true for %j', (value) => {
    expect(isObject(value)).toBe(true);
  });

  it.each([[null], [undefined], [[]], [[{}]], ['{}'], [1], [() => ({})]])('is false for %j', (value) => {
    expect(isObject(value)).toBe(false);
  });
});
