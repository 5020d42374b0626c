import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Chain } from '../../src/core/chain.ts';
import {
  compileRoutes,
  matchablePath,
  type Route,
  type RouteMatch,
  routeName,
} from '../../src/core/route.ts';
import { ROUTE_SETTINGS } from '../support/route-settings.ts';
import { aBoard, aChain } from './support.ts';

const { chain }: { chain: Chain } = aChain([], aBoard(['a']).pool);

const aRoute = (match: RouteMatch, name = routeName(match)): Route => ({
  name,
  match,
  chain,
  settings: ROUTE_SETTINGS,
});

const find = (routes: readonly Route[], path: string, host = 'www.example.com', method = 'GET') =>
  compileRoutes(routes)({ host, path, method })?.name;

const permutations = <T>(list: readonly T[]): readonly (readonly T[])[] =>
  list.length < 2
    ? [list]
    : list.flatMap((head, i) => permutations(list.toSpliced(i, 1)).map((rest) => [head, ...rest]));

describe('specificity', () => {
  const routes = [
    aRoute({}, 'all'),
    aRoute({ path: '/api' }, 'path'),
    aRoute({ host: '*.example.com' }, 'wildcard'),
    aRoute({ host: '*.www.example.com' }, 'longer wildcard'),
    aRoute({ host: 'www.example.com' }, 'host'),
    aRoute({ host: 'www.example.com', methods: ['POST'] }, 'host, method'),
    aRoute({ host: 'www.example.com', path: '/api' }, 'host, path'),
    aRoute({ host: 'b.example.com' }, 'short host'),
  ];

  const orders = permutations(routes).filter((_, i) => i % 97 === 0);

  it.each([
    ['www.example.com', '/api/x', 'GET', 'host, path'],
    ['www.example.com', '/api/x', 'POST', 'host, path'],
    ['www.example.com', '/x', 'GET', 'host'],
    ['www.example.com', '/x', 'POST', 'host, method'],
    ['other.example.com', '/api', 'GET', 'wildcard'],
    ['b.example.com', '/api', 'GET', 'short host'],
    ['a.www.example.com', '/api', 'GET', 'longer wildcard'],
    ['example.com', '/api', 'GET', 'path'],
    ['example.com', '/', 'GET', 'all'],
    ['', '/', 'GET', 'all'],
    ['evilexample.com', '/', 'GET', 'all'],
  ])('%s%s %s goes to "%s" in whatever order the routes are written', (host, path, method, name) => {
    for (const order of orders) expect(find(order, path, host, method)).toBe(name);
  });

  it('leaves equals in the order in which they are written', () => {
    expect(find([aRoute({ path: '/a' }, 'first'), aRoute({ path: '/a' }, 'second')], '/a')).toBe('first');
  });

  it('finds no route where none matches', () => {
    expect(find([aRoute({ path: '/a' })], '/b')).toBeUndefined();
    expect(find([aRoute({ methods: ['POST'] })], '/b')).toBeUndefined();
    expect(find([], '/b')).toBeUndefined();
  });
});

describe('a path of a route', () => {
  it.each([
    ['/api', '/api', true],
    ['/api', '/api/', true],
    ['/api', '/api/x', true],
    ['/api', '/apix', false],
    ['/api', '/API', false],
    ['/api/', '/api/x', true],
    ['/api/', '/api/', true],
    ['/api/', '/api', false],
    ['/', '/anything', true],
    ['/api', '/other/../api', true],
    ['/api', '/api/../other', false],
    ['/api', '//api', true],
    ['/api', '/%61pi', true],
    ['/api', '/api%2fx', false],
    ['/~me', '/%7Eme/x', true],
    ['/%7eme', '/~me/x', true],
    ['/a b', '/a%20b', false],
    ['/a%20b', '/a%20b', true],
    ['/%', '/%', false],
    ['/', '*', false],
  ])('%s on %s: %s', (path, requested, matches) => {
    expect(find([aRoute({ path }, 'it')], requested)).toBe(matches ? 'it' : undefined);
  });
});

describe('matchablePath', () => {
  it.each([
    ['/', '/'],
    ['*', '*'],
    ['/a/b', '/a/b'],
    ['/a/./b', '/a/b'],
    ['/a/../b', '/b'],
    ['/../../etc', '/etc'],
    ['/a/b/..', '/a/'],
    ['/a/.', '/a/'],
    ['/a/..', '/'],
    ['//a///b//', '/a/b/'],
    ['/.well-known/x', '/.well-known/x'],
    ['/...', '/...'],
    ['/a/%2e%2e/b', '/b'],
    ['/a/%2E./b', '/b'],
    ['/%41%2d%5f%7e', '/A-_~'],
    ['/a%2fb', '/a%2Fb'],
    ['/%252e%252e/a', '/%252e%252e/a'],
    ['/caf%c3%a9', '/caf%C3%A9'],
    ['/a;/..;/b', '/a;/..;/b'],
  ])('of %s is %s', (path, matchable) => {
    expect(matchablePath(path)).toBe(matchable);
  });

  it.each(['/%', '/%4', '/%zz', '/a%00b', '/a\0b', '/../%g1'])('of %j is none', (path) => {
    expect(matchablePath(path)).toBeUndefined();
  });

  it('never climbs above the root, has no dot segments left and does not change any more', () => {
    const piece = fc.constantFrom('/', '.', '..', '%2e', '%2F', '%41', 'a', '//', '/./', '/../', ';', '%25');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const once = matchablePath(`/${pieces.join('')}`) ?? '/';
        expect(once.startsWith('/')).toBe(true);
        expect(once.split('/').some((segment) => segment === '.' || segment === '..')).toBe(false);
        expect(once.includes('//')).toBe(false);
        expect(matchablePath(once)).toBe(once);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('routeName', () => {
  it.each([
    [{}, '*/'],
    [{ host: 'a.example.com' }, 'a.example.com/'],
    [{ path: '/api' }, '*/api'],
    [{ host: '*.example.com', path: '/api', methods: ['GET'] }, '*.example.com/api'],
  ])('of %j is %s', (match, name) => {
    expect(routeName(match)).toBe(name);
  });
});

describe('a route for several hosts', () => {
  const routes = [
    aRoute({ host: 'a.example', aliases: ['b.example', '*.c.example'], path: '/x' }, 'several'),
    aRoute({ host: 'd.example', isDefault: true }, 'default'),
    aRoute({}, 'without host'),
  ];

  it.each([
    ['a.example', '/x', 'several'],
    ['b.example', '/x/y', 'several'],
    ['any.c.example', '/x', 'several'],
    ['c.example', '/x', 'default'],
    ['a.example', '/y', 'default'],
    ['d.example', '/y', 'default'],
    ['', '/', 'default'],
  ])('takes %s%s: %s', (host, path, name) => expect(find(routes, path, host)).toBe(name));
});

describe('header fields', () => {
  const routes = [
    aRoute({ path: '/a' }, 'plain'),
    aRoute({ path: '/a', headers: { 'x-beta': '1' } }, 'beta'),
    aRoute({ path: '/a', methods: ['POST'] }, 'post'),
    aRoute({ path: '/b', headers: { 'x-any': true } }, 'any'),
  ];
  const findWith = (path: string, fields: Readonly<Record<string, string>>, method = 'GET') =>
    compileRoutes(routes)({ host: '', path, method, header: (name) => fields[name] })?.name;

  it('are compared last', () => {
    expect(findWith('/a', { 'x-beta': '1' })).toBe('beta');
    expect(findWith('/a', { 'x-beta': '1' }, 'POST')).toBe('post');
    expect(findWith('/a', { 'x-beta': '2' })).toBe('plain');
    expect(findWith('/a', {})).toBe('plain');
    expect(findWith('/b', { 'x-any': '' })).toBe('any');
    expect(findWith('/b', {})).toBeUndefined();
  });
});

describe('many hosts', () => {
  const names = Array.from({ length: 30 }, (_, i) => `*.h${i}.example`);
  const routes = [
    ...names.map((host) => aRoute({ host }, host)),
    aRoute({ host: '*.a.h3.example', path: '/x' }, 'longer'),
    aRoute({}, 'all'),
  ];

  it.each([
    ['w.h7.example', '/', '*.h7.example'],
    ['b.a.h3.example', '/x', 'longer'],
    ['b.a.h3.example', '/y', '*.h3.example'],
    ['h3.example', '/', 'all'],
    ['xh3.example', '/', 'all'],
    [`${'a.'.repeat(200)}h3.example`, '/', 'all'],
  ])('are found as few are: %s%s', (host, path, name) => expect(find(routes, path, host)).toBe(name));
});
