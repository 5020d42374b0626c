import { describe, expect, it } from 'vitest';
import { type NameRules, namesOf } from '../../src/local/file-path.ts';

const LINUX: NameRules = { dotfiles: 'deny', platform: 'linux' };
const WINDOWS: NameRules = { dotfiles: 'deny', platform: 'win32' };

describe('the names in a path', () => {
  it.each([
    ['/', []],
    ['/a', ['a']],
    ['/a/', ['a']],
    ['/a/b.txt', ['a', 'b.txt']],
    ['/a%20b/%C3%A9.txt', ['a b', 'é.txt']],
    ['/100%25', ['100%']],
    ['/a..b/c...', ['a..b', 'c...']],
    ['/aux', ['aux']],
    ['/12:00.log', ['12:00.log']],
    [`/${'x'.repeat(255)}`, ['x'.repeat(255)]],
  ])('are decoded: %s', (path, names) => {
    expect(namesOf(path, LINUX)).toEqual(names);
  });

  it.each([
    '/..',
    '/../etc/passwd',
    '/a/../../etc/passwd',
    '/%2e%2e/etc/passwd',
    '/%2E%2e/etc/passwd',
    '/.%2e/etc/passwd',
    '/a/%2e%2e%2f%2e%2e%2fetc/passwd',
    '/..%2fetc%2fpasswd',
    '/..%5cetc%5cpasswd',
    '/..\\..\\etc\\passwd',
    '/a\\b',
    '/%5c%5chost/share',
    '/a%2fb',
    '/%2Fetc/passwd',
    '/%2f%2fevil',
    '//etc/passwd',
    '/a//b',
    '/./a',
    '/a/.',
    '/.git/config',
    '/a/.env',
    '/%2egit/config',
    '/a%00.txt',
    '/a%00/../b',
    '/a%0d%0aX: y',
    '/a\u007fb',
    '/%c0%ae%c0%ae/etc/passwd',
    '/%e0%80%ae%e0%80%ae/x',
    '/%',
    '/%2',
    '/%zz',
    '/%u002e%u002e/x',
    `/${'x'.repeat(256)}`,
    `/${'%C3%A9'.repeat(128)}`,
    'a',
    '',
    '*',
    'http://a/b',
  ])('are none that may be served: %s', (path) => {
    expect(namesOf(path, LINUX)).toBeUndefined();
  });

  it.each([
    '/aux',
    '/CON.txt',
    '/a/nul',
    '/com1',
    '/lpt9.log',
    '/a.',
    '/a%20',
    '/c:',
    '/a.txt::$DATA',
    '/a*',
    '/CONIN$',
  ])('may mean something else on Windows: %s', (path) => {
    expect(namesOf(path, WINDOWS)).toBeUndefined();
  });

  it('may begin with a dot where that is allowed, but are never dots alone', () => {
    const rules: NameRules = { ...LINUX, dotfiles: 'allow' };
    expect(namesOf('/.well-known/x', rules)).toEqual(['.well-known', 'x']);
    expect(namesOf('/...', rules)).toEqual(['...']);
    for (const path of ['/..', '/%2e%2e/x', '/a/./b']) expect(namesOf(path, rules)).toBeUndefined();
  });
});
