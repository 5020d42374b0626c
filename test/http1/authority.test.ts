import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAuthority, isConnectAuthority } from '../../src/http1/authority.ts';
import { bytesOf } from './support.ts';

const accepts = (text: string): boolean => isAuthority(bytesOf(`/${text}:1/`), 1, 1 + text.length);

describe('isAuthority', () => {
  it.each([
    'a',
    'www.example.com',
    'EXAMPLE.com.',
    'a_b',
    '127.0.0.1',
    '1.2.3.999',
    'xn--bcher-kva.example',
    "!$&'()*+;=~-",
    '%41%2f',
    'a:',
    'a:0',
    'a:80',
    'a:65535',
    'a:00080',
    '[::1]',
    '[::]',
    '[::1]:8080',
    '[1:2:3:4:5:6:7:8]',
    '[1::8]',
    '[::ffff:1.2.3.4]',
    '[1:2:3:4:5:6:1.2.3.4]',
    '[FE80::a]:',
  ])('takes %s', (text) => expect(accepts(text)).toBe(true));

  it.each([
    '',
    ':',
    ':80',
    ' a',
    'a ',
    'a b',
    'a,b',
    'a/b',
    'a?b',
    'a#b',
    'a@b',
    'u@a',
    'u:p@a',
    'a\\b',
    'a"',
    'a<b',
    '[',
    ']',
    '[]',
    'a:b',
    'a:80:80',
    'a:65536',
    'a:99999',
    'a:000080',
    'a:8 0',
    'a:+80',
    'a:-1',
    'a:0x50',
    '%',
    '%4',
    '%zz',
    'a%',
    'a\xe9',
    'a\x7f',
    'a\0b',
    'a\tb',
    '::1',
    '[::1',
    '::1]',
    '[::1]x',
    '[::1]]',
    '[:::1]',
    '[1:2:3:4:5:6:7:8:9]',
    '[1:2:3:4:5:6:7]',
    '[1::2::3]',
    '[12345::]',
    '[g::]',
    '[:1]',
    '[1:]',
    '[1:2:3:4:5:6:7:8::]',
    '[::1.2.3]',
    '[::1.2.3.256]',
    '[::01.2.3.4]',
    '[1.2.3.4::]',
    '[::1.2.3.4.5]',
    '[::1%25eth0]',
    '[fe80::1%eth0]',
    '[v1.x]',
    '[1.2.3.4]',
    '{a}',
    'a|b',
    'a^b',
    'a`b',
  ])('refuses %j', (text) => expect(accepts(text)).toBe(false));

  it('agrees with Node on what an IPv6 address is', () => {
    const group = fc.oneof(
      fc.constantFrom(
        '',
        '0',
        '1',
        'ffff',
        '12345',
        'g',
        '1.2.3.4',
        '1.2.3',
        '01.2.3.4',
        '255.255.255.255',
        '256.1.1.1',
      ),
      fc.integer({ min: 0, max: 0xffff }).map((value) => value.toString(16)),
    );
    const address = fc.array(group, { maxLength: 10 }).map((groups) => groups.join(':'));
    fc.assert(
      fc.property(address, (text) => {
        expect(accepts(`[${text}]`)).toBe(isIPv6(text));
      }),
      { seed: 3, numRuns: 20_000 },
    );
  });
});

describe('isConnectAuthority', () => {
  it.each([
    ['a:443', true],
    ['[::1]:443', true],
    ['a', false],
    ['a:', false],
    ['[::1]', false],
    ['[::1]:', false],
    ['a:65536', false],
    [':443', false],
  ])('%s: %s', (text, expected) => {
    expect(isConnectAuthority(bytesOf(text), 0, text.length)).toBe(expected);
  });
});
