import { describe, expect, it } from 'vitest';
import * as kinds from '../../src/http1/field-kind.ts';
import { bytesOf } from './support.ts';

const kindOf = (name: string): number => {
  const bytes = bytesOf(`??${name}??`);
  return kinds.fieldKind(bytes, 2, 2 + name.length);
};

describe('fieldKind', () => {
  it.each(kinds.KNOWN_NAMES)('knows %s in any case, and nothing that is nearly it', (name, kind) => {
    expect(kindOf(name)).toBe(kind);
    expect(kindOf(name.toUpperCase())).toBe(kind);
    expect(kindOf(`${name}x`)).toBe(kinds.PLAIN);
    expect(kindOf(`x${name}`)).toBe(kinds.PLAIN);
    expect(kindOf(`${name.slice(0, -1)}~`)).toBe(kinds.PLAIN);
    expect(kindOf(`~${name.slice(1)}`)).toBe(kinds.PLAIN);
  });

  it.each(kinds.KNOWN_NAMES)('tells %s from every name of which one character is another', (name, kind) => {
    for (let at = 0; at < name.length; at++)
      for (const character of "!#$%&'*+-.^`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
        const other = name.slice(0, at) + character + name.slice(at + 1);
        if (other.toLowerCase() === name) expect(kindOf(other)).toBe(kind);
        else expect(kindOf(other), other).not.toBe(kind);
      }
  });

  it('finds each by length and first letter, so no two agree in both', () => {
    const keys = kinds.KNOWN_NAMES.map(([name]) => `${name.length}${name[0]}`);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it.each(['x-forwarded-for', 'X-Forwarded-Proto', 'x-forwarded-', `x-forwarded-${'y'.repeat(100)}`])(
    'takes %s for a field of forwarding',
    (name) => expect(kindOf(name)).toBe(kinds.X_FORWARDED),
  );

  it.each(['x-forwarded', 'x-forwardedfor', 'y-forwarded-for', 'accept', 'x', 'a'.repeat(500)])(
    'takes %s for nothing special',
    (name) => expect(kindOf(name)).toBe(kinds.PLAIN),
  );

  it('numbers the kinds from 0 without gaps', () => {
    const numbers = Object.entries(kinds).filter(
      ([name, value]) => typeof value === 'number' && name !== 'KINDS',
    );
    expect(numbers.map(([, value]) => value).sort((a, b) => Number(a) - Number(b))).toEqual(
      Array.from({ length: kinds.KINDS }, (_, i) => i),
    );
  });
});
