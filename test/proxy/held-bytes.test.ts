import { describe, expect, it } from 'vitest';
import { HeldBytes } from '../../src/proxy/held-bytes.ts';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const add = (held: HeldBytes, text: string): boolean => held.add(bytes(`..${text}.`), 2, 2 + text.length);
const textOf = ({ bytes: all, start, end }: HeldBytes): string => all.toString('latin1', start, end);

describe('held bytes', () => {
  it('are a copy, however they come', () => {
    const given = bytes('xGETx');
    const held = new HeldBytes(given, 1, 4, true);
    given.fill('#');
    for (const char of ' / HTTP/1.1\r\nHost: ') add(held, char);
    add(held, 'a'.repeat(10_000));
    expect(textOf(held)).toBe(`GET / HTTP/1.1\r\nHost: ${'a'.repeat(10_000)}`);
    expect(held.length).toBe(10_022);
  });

  it('are worth a look at each line feed, and when they have grown by an eighth', () => {
    const held = new HeldBytes(bytes('x'.repeat(80)), 0, 80, true);
    expect(add(held, 'xxxxxxxxx')).toBe(false);
    expect(add(held, 'x')).toBe(true);
    expect(add(held, 'x')).toBe(false);
    expect(add(held, '\n')).toBe(true);
    expect(add(held, 'x')).toBe(false);
  });

  it('do not take a line feed that they had before for one that has come', () => {
    const held = new HeldBytes(bytes(`\n${'x'.repeat(79)}`), 0, 80, true);
    add(held, '\n'.repeat(100));
    expect(add(held, 'x')).toBe(false);
  });

  it('make few looks at a head that drips, so that its cost does not grow with its square', () => {
    const held = new HeldBytes(bytes('G'), 0, 1, true);
    let looks = 0;
    for (let i = 1; i < 16_384; i++) looks += add(held, 'x') ? 1 : 0;
    expect(looks).toBeLessThan(100);
  });

  it('that are requests ahead of their turn are never looked at meanwhile', () => {
    const held = new HeldBytes(bytes('GET'), 0, 3, false);
    expect(add(held, ' / HTTP/1.1\r\n\r\n')).toBe(false);
  });
});
