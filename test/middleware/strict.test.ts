import { describe, expect, it } from 'vitest';
import { strictFault } from '../../src/middleware/strict.ts';
import { anIncoming } from '../support/an-incoming.ts';

const host = 'Host: a';

describe('what Node lets through and we do not', () => {
  it.each([
    ['two Host fields', { fields: [host, 'Host: b'] }, 'several Host'],
    ['two equal Host fields', { fields: [host, host] }, 'several Host'],
    ['no Host on HTTP/1.0', { version: '1.0', fields: [] }, 'no Host'],
    [
      'HTTP/2 with a Host other than the authority',
      { version: '2.0', fields: [':authority: a', 'Host: b'] },
      'several Host',
    ],
    ['an empty Host', { fields: ['Host:'] }, 'not a host name'],
    ['a space in Host', { fields: ['Host: a b'] }, 'not a host name'],
    ['a slash in Host', { fields: ['Host: a/b'] }, 'not a host name'],
    ['a user in Host', { fields: ['Host: u@a'] }, 'not a host name'],
    ['a comma in Host', { fields: ['Host: a, b'] }, 'not a host name'],
    ['a port beyond 65535', { fields: ['Host: a:65536'] }, 'not a host name'],
    ['a port that is a word', { fields: ['Host: a:http'] }, 'not a host name'],
    ['half an IPv6 address', { fields: ['Host: [::1'] }, 'not a host name'],
    ['brackets round nonsense', { fields: ['Host: [1:2]'] }, 'not a host name'],
    ['an absolute target with a bad host', { url: 'http://a,b/' }, 'no valid host'],
    ['an absolute target with a user', { url: 'http://u@a/' }, 'no valid host'],
    ['an absolute target without a host', { url: 'http:///x' }, 'no valid host'],
    ['GET *', { url: '*' }, 'neither a path nor an http URL'],
    ['another scheme', { url: 'ftp://a/' }, 'neither a path nor an http URL'],
    ['an authority alone', { url: 'a:80' }, 'neither a path nor an http URL'],
    ['a fragment', { url: '/a#b' }, 'do not belong'],
    ['a backslash in the path', { url: '/a\\b' }, 'do not belong'],
    ['a broken escape', { url: '/%zz' }, 'broken escape'],
    ['an escaped NUL', { url: '/a%00b' }, 'broken escape'],
    [
      'Transfer-Encoding on HTTP/1.0',
      { version: '1.0', fields: [host, 'Transfer-Encoding: chunked'] },
      'before HTTP/1.1',
    ],
    ['a coding before chunked', { fields: [host, 'Transfer-Encoding: gzip, chunked'] }, 'not chunked alone'],
    [
      'chunked twice',
      { fields: [host, 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'] },
      'not chunked alone',
    ],
    ['identity', { fields: [host, 'Transfer-Encoding: identity'] }, 'not chunked alone'],
    ['an empty Transfer-Encoding', { fields: [host, 'Transfer-Encoding:'] }, 'not chunked alone'],
    ['both framings', { fields: [host, 'Transfer-Encoding: chunked', 'Content-Length: 0'] }, 'both'],
    ['two lengths', { fields: [host, 'Content-Length: 1', 'Content-Length: 1'] }, 'several Content-Length'],
    ['a length list', { fields: [host, 'Content-Length: 1, 1'] }, 'not a number'],
    ['a signed length', { fields: [host, 'Content-Length: +1'] }, 'not a number'],
    [
      'a length beyond what numbers hold',
      { fields: [host, `Content-Length: ${'9'.repeat(16)}`] },
      'not a number',
    ],
    ['Connection that names Host', { fields: [host, 'Connection: close, HOST'] }, 'Connection names host'],
    [
      'Connection that names the length',
      { fields: [host, 'Connection: Content-Length'] },
      'Connection names',
    ],
    [
      'Connection that names the client',
      { fields: [host, 'Connection: X-Forwarded-For'] },
      'Connection names',
    ],
    [
      'Connection that names credentials',
      { fields: [host, 'Connection: authorization'] },
      'Connection names',
    ],
  ])('%s is a 400', (_, facts, message) => {
    expect(strictFault(anIncoming(facts))).toEqual({
      status: 400,
      message: expect.stringContaining(message),
    });
  });

  it.each([
    ['HTTP/0.9', { version: '0.9' }, 505],
    ['HTTP/1.2', { version: '1.2' }, 505],
    ['CONNECT', { method: 'CONNECT', url: 'a:80' }, 405],
    ['an unknown Expect', { fields: [host, 'Expect: the-moon'] }, 417],
    ['100-continue and more', { fields: [host, 'Expect: 100-continue, x'] }, 417],
  ])('%s is refused with its own status', (_, facts, status) => {
    expect(strictFault(anIncoming(facts))?.status).toBe(status);
  });
});

it.each([
  ['a plain GET', {}],
  ['HTTP/1.0 with Host', { version: '1.0' }],
  ['OPTIONS *', { method: 'OPTIONS', url: '*' }],
  ['an absolute target', { url: 'http://b.test:80/x?y' }],
  ['an absolute target without a path', { url: 'HTTP://b.test' }],
  ['an absolute target with a query alone', { url: 'http://b.test?x' }],
  ['a host with a port', { fields: ['Host: shop.test:8080'] }],
  ['an IPv6 host', { fields: ['Host: [2001:db8::1]:80'] }],
  ['slashes that follow one another', { url: '//a//b' }],
  ['a URL in the query', { url: '/?u=http://x//y' }],
  ['what browsers leave as it is in a query', { url: '/?q=\\|^`{}' }],
  ['chunked', { method: 'POST', fields: [host, 'Transfer-Encoding: Chunked'] }],
  ['a length', { method: 'POST', fields: [host, 'Content-Length: 007'] }],
  ['Connection that names what it may', { fields: [host, 'Connection: close, X-Hop'] }],
  ['100-continue', { fields: [host, 'Expect: 100-Continue'] }],
  ['HTTP/2 with an authority', { version: '2.0', fields: [':authority: a', ':path: /'] }],
  ['HTTP/2 with Host alone', { version: '2.0', fields: [host] }],
  [
    'HTTP/2 with Host as the authority',
    { version: '2.0', fields: [':authority: Shop.test', 'Host: shop.test'] },
  ],
])('%s may go on', (_, facts) => {
  expect(strictFault(anIncoming(facts))).toBeUndefined();
});

it('a request that has passed forehand nine times goes on; one that has passed ten times is refused', () => {
  const passed = (times: number) => {
    const hops = Array.from({ length: times }, (_, i) => `Via: 1.1 x, 1.${i % 2} Forehand`);
    return strictFault(anIncoming({ fields: [host, 'Via: 1.1 forehand2', ...hops] }));
  };
  expect(passed(9)).toBeUndefined();
  expect(passed(10)).toEqual({ status: 508, message: 'the request has passed here too often' });
});
