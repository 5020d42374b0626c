import { describe, expect, it } from 'vitest';
import { percentEncoded, sendableLocation } from '../../src/core/location.ts';

describe('sendableLocation', () => {
  it.each([
    ['/a?b=%20#c', '/a?b=%20#c'],
    ['/ü b', '/%C3%BC%20b'],
    ['/\r\nX: y', '/%0D%0AX:%20y'],
    ['/😀', '/%F0%9F%98%80'],
  ])('sends %j as %s', (location, sent) => {
    expect(sendableLocation(location)).toBe(sent);
  });
});

describe('percentEncoded', () => {
  it('encodes every byte', () => {
    expect(percentEncoded('a/é')).toBe('%61%2F%C3%A9');
  });
});
