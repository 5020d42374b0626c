import { describe, expect, it } from 'vitest';
import { compileRedirect, PathRules } from '../../src/rules/path-rules.ts';
import type { PlannedPath } from '../../src/rules/planned-rules.ts';
import { aRequest, aRuleFunction } from './support.ts';

const rules = (planned: Partial<PlannedPath>): PathRules =>
  new PathRules({ isResolved: true, refusesEncodedSlashes: false, rewrites: [], ...planned });

describe('the path to a server', () => {
  it.each([
    [{ isResolved: false }, '/a/../b//c', '/a/../b//c'],
    [{}, '/a/../b//c', '/b/c'],
    [{}, '/%61/%2e%2e/b', '/b'],
    [{ stripPrefix: '/api' }, '/api/a', '/a'],
    [{ stripPrefix: '/api' }, '/api', '/'],
    [{ stripPrefix: '/api' }, '/apix', '/apix'],
    [{ stripPrefix: '/api' }, '/api/../api/a', '/a'],
    [{ addPrefix: '/v2' }, '/', '/v2/'],
    [{ stripPrefix: '/api', addPrefix: '/v2' }, '/api/a', '/v2/a'],
    [{}, '*', '*'],
  ])('with %j of %s is %s', (planned, path, target) => {
    expect(rules(planned).target(aRequest({ path }))).toBe(target);
    expect(rules(planned).target(aRequest({ path, query: 'q=/../' }))).toBe(`${target}?q=/../`);
  });

  it('is rewritten by the first pattern that matches', () => {
    const made = rules({
      rewrites: [
        { from: '^/a/(.*)', to: '/b/$1' },
        { from: '^/b/(.*)', to: '/c/$1?x=1' },
      ],
    });
    const target = (path: string, query = '') => made.target(aRequest({ path, query }));
    expect(target('/a/x', 'q')).toBe('/b/x?q');
    expect(target('/b/x', 'q')).toBe('/c/x?x=1');
    expect(target('/d')).toBe('/d');
    expect(target('/x/a/y')).toBe('/x/a/y');
  });

  it('is not another request’s where one view serves for both', () => {
    const request = { ...aRequest({ path: '/a' }) };
    const made = rules({ rewrites: [{ from: '^/(.*)', to: '/x/$1' }] });
    expect(made.target(request)).toBe('/x/a');
    Object.assign(request, { path: '/b' });
    expect(made.target(request)).toBe('/x/b');
  });

  it.each<[string, (url: URL) => unknown, string]>([
    ['a text', () => '/new?a', '/new?a'],
    ['the URL itself, changed', (url) => Object.assign(url, { pathname: '/changed' }), '/changed?q'],
    ['a URL of the same host', () => 'http://www.example.com:99/x', '/x'],
    ['nothing', () => undefined, '/old?q'],
    ['a path that looks like a host', () => '//evil.example/x', '//evil.example/x'],
  ])('is what a function makes of it: %s', (_, run, target) => {
    const fn = aRuleFunction((url) => run(url as URL));
    expect(rules({ rewrites: [fn] }).target(aRequest({ path: '/old', query: 'q' }))).toBe(target);
    expect(fn.faults).toEqual([]);
  });

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('broken');
      },
    ],
    ['gives a number', () => 7],
    ['gives no URL', () => 'nowhere'],
    ['gives another scheme', () => 'javascript:alert(1)'],
  ])('stays as it is where a function %s, which is counted', (_, run) => {
    const fn = aRuleFunction(run);
    expect(rules({ rewrites: [fn] }).target(aRequest({ path: '/old' }))).toBe('/old');
    expect(fn.faults).toHaveLength(1);
  });

  it('belongs to another host where a rule says so', () => {
    const fn = aRuleFunction(() => 'https://other.example/x');
    expect(rules({ rewrites: [fn] }).elsewhere(aRequest())).toBe('https://other.example/x');
    expect(
      rules({ rewrites: [{ from: '^/a', to: 'https://other.example/b' }] }).elsewhere(
        aRequest({ path: '/a', query: 'q' }),
      ),
    ).toBe('https://other.example/b?q');
    expect(
      rules({ rewrites: [{ from: '^/a', to: '/b' }] }).elsewhere(aRequest({ path: '/a' })),
    ).toBeUndefined();
  });

  it.each(['/a%2Fb', '/a%5cb', '/a\\b', '/a/..;/b', '/a/%2e%2E;x=1/b', '/.%3B/b'])(
    '%s has two readings',
    (path) => {
      expect(rules({ refusesEncodedSlashes: true }).isAmbiguous(aRequest({ path }))).toBe(true);
      expect(rules({}).isAmbiguous(aRequest({ path }))).toBe(false);
    },
  );

  it.each(['/a;x=1/b', '/a..;/b', '/a/...;/b', '/a/.b;c'])('%s has one', (path) => {
    expect(rules({ refusesEncodedSlashes: true }).isAmbiguous(aRequest({ path }))).toBe(false);
  });
});

describe('a redirect', () => {
  const place = (to: string, facts: Parameters<typeof aRequest>[0] = {}) => {
    const { status, fields } = compileRedirect({ to, status: 308 })(aRequest(facts));
    return status === 308 ? /^Location: (.*)\r\n$/.exec(fields ?? '')?.[1] : status;
  };

  it.each([
    ['https://x.example{path}{query}', { path: '/a', query: 'b=c' }, 'https://x.example/a?b=c'],
    ['{scheme}://www.{host}{path}', { host: 'a.example', path: '/' }, 'http://www.a.example/'],
    ['{path}', { path: '//evil.example' }, '/evil.example'],
    ['{path}', { path: '/\\evil.example' }, '/evil.example'],
    ['/x{path}', { path: '//evil.example' }, '/x//evil.example'],
    ['/{path}', { path: '//evil.example' }, '/evil.example'],
    ['https://{host}{path}', { host: '', path: '/evil.example' }, 400],
    ['https://x.example{path}', { path: '*' }, 'https://x.example/'],
    ['/a', { path: '/b\r\nX: 1' }, '/a'],
    ['{path}', { path: '/b\r\nX: 1' }, '/b%0D%0AX:%201'],
  ])('to %s of %j is %s', (to, facts, wanted) => expect(place(to, facts)).toBe(wanted));
});
