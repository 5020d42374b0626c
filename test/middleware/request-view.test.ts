import { describe, expect, it } from 'vitest';
import { clientOf, targetOf, viewOf } from '../../src/middleware/request-view.ts';
import { anIncoming, rules } from '../support/an-incoming.ts';

describe('the face of a request', () => {
  it('has what the client sent', () => {
    const fields = ['Host: Shop.TEST:8080', 'X-A: 1', 'x-a: 2', 'Cookie: a=1; b=x=y', 'Cookie: c=3'];
    const view = viewOf(anIncoming({ method: 'PUT', url: '/A/b?c=d?e', fields }), []);
    expect(view).toMatchObject({
      method: 'PUT',
      host: 'shop.test',
      path: '/A/b',
      query: 'c=d?e',
      clientIp: '192.0.2.9',
      scheme: 'http',
    });
    expect(view.header('x-A')).toBe('1, 2');
    expect(view.header('cookie')).toBe('a=1; b=x=y; c=3');
    expect(view.header('none')).toBeUndefined();
    expect(['a', 'b', 'c', 'd'].map((name) => view.cookie(name))).toEqual(['1', 'x=y', '3', undefined]);
  });

  it('has names of object members as names like any other', () => {
    const view = viewOf(anIncoming({ fields: ['Host: a', 'constructor: x'] }), []);
    expect(view.header('constructor')).toBe('x');
    expect(view.header('toString')).toBeUndefined();
    expect(view.cookie('__proto__')).toBeUndefined();
  });

  it('is https on an encrypted connection', () => {
    expect(viewOf(anIncoming({ encrypted: true }), []).scheme).toBe('https');
  });
});

it.each([
  ['/x?y', ['Host: a'], 'a', '/x?y'],
  ['http://B.test:81/x', ['Host: a'], 'B.test:81', '/x'],
  ['http://b.test', ['Host: a'], 'b.test', '/'],
  ['https://b.test?q', ['Host: a'], 'b.test', '/?q'],
  ['//b.test/x', ['Host: a'], 'a', '//b.test/x'],
  ['/', [':authority: h2.test'], 'h2.test', '/'],
])('%s is for %j', (url, fields, host, target) => {
  expect(targetOf(anIncoming({ url, fields }))).toEqual({ host, target });
});

describe('the client behind proxies', () => {
  const trusted = rules('192.0.2.0/24', '2001:db8::/32');
  it.each([
    ['an untrusted peer is the client', '198.51.100.1', '6.6.6.6', '198.51.100.1'],
    ['no field: the peer', '192.0.2.9', undefined, '192.0.2.9'],
    ['one hop', '192.0.2.9', '203.0.113.5', '203.0.113.5'],
    ['from the right, past trusted ones', '192.0.2.9', '6.6.6.6, 203.0.113.5, 192.0.2.7', '203.0.113.5'],
    ['all trusted: the farthest', '192.0.2.9', '192.0.2.1, 192.0.2.2', '192.0.2.1'],
    ['ports are no part of it', '192.0.2.9', '203.0.113.5:4711', '203.0.113.5'],
    ['IPv6 in brackets', '192.0.2.9', '[2001:dbb::5]:80', '2001:dbb::5'],
    ['IPv4 in IPv6 form', '::ffff:192.0.2.9', '::ffff:203.0.113.5', '203.0.113.5'],
    ['the walk ends at what is no address', '192.0.2.9', '203.0.113.5, unknown, 192.0.2.2', '192.0.2.2'],
    ['nonsense alone: the peer', '192.0.2.9', '<script>', '192.0.2.9'],
    ['empty members are nothing', '192.0.2.9', ' , ,203.0.113.5, ', '203.0.113.5'],
  ])('%s', (_, peer, forwarded, client) => {
    const fields = ['Host: a', ...(forwarded === undefined ? [] : [`X-Forwarded-For: ${forwarded}`])];
    expect(clientOf(anIncoming({ peer, fields }), trusted)).toBe(client);
  });

  it.each([
    ['192.0.2.9', 'https', 'https'],
    ['192.0.2.9', 'http, https', 'https'],
    ['192.0.2.9', 'gopher', 'http'],
    ['198.51.100.1', 'https', 'http'],
  ])('peer %s that says %s: %s', (peer, said, scheme) => {
    const req = anIncoming({ peer, fields: ['Host: a', `X-Forwarded-Proto: ${said}`] });
    expect(viewOf(req, trusted).scheme).toBe(scheme);
  });
});
