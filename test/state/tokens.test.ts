import { describe, expect, it } from 'vitest';
import { bearerToken, checkToken, keyIdOf, Tokens } from '../../src/state/tokens.ts';

describe('Tokens', () => {
  it('allows each of its tokens and nothing else', () => {
    const tokens = new Tokens(['one', 'two']);
    expect(['one', 'two', 'three', '', 'on', 'one '].filter((token) => tokens.allow(token))).toEqual([
      'one',
      'two',
    ]);
  });

  it('knows that it has none', () => {
    expect(new Tokens([]).none).toBe(true);
    expect(new Tokens([]).allow('')).toBe(false);
    expect(new Tokens(['one']).none).toBe(false);
  });

  it.each(['', 'a b', 'a\nb', 'ü', 'x'.repeat(1025)])('refuses the token %j without showing it', (token) => {
    expect(() => checkToken(token)).toThrow(
      'token: expected 1 to 1024 visible ASCII characters without spaces',
    );
  });
});

describe('bearerToken', () => {
  it.each([
    ['Bearer abc', 'abc'],
    ['bearer  abc ', 'abc'],
    ['Basic abc', undefined],
    ['Bearer', undefined],
    ['Bearer a b', undefined],
    ['xBearer a', undefined],
    [undefined, undefined],
  ])('reads %j as %j', (field, token) => {
    expect(bearerToken(field)).toBe(token);
  });
});

describe('keyIdOf', () => {
  it('is the beginning of the SHA-256 of the token', () => {
    expect(keyIdOf('abc')).toBe('ba7816bf');
  });
});
