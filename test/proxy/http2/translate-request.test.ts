import { describe, expect, it } from 'vitest';
import { translateRequest } from '../../../src/proxy/http2/translate-request.ts';

type Field = readonly [name: string, value: string];

const GET: readonly Field[] = [
  [':method', 'GET'],
  [':scheme', 'https'],
  [':authority', 'a.example'],
  [':path', '/p?q=1'],
];
const POST: readonly Field[] = [[':method', 'POST'], ...GET.slice(1)];

const without = (name: string): readonly Field[] => GET.filter(([one]) => one !== name);
const withChanged = (name: string, value: string): readonly Field[] =>
  GET.map(([one, was]) => [one, one === name ? value : was]);

const translated = (fields: readonly Field[], isWhole = true) => translateRequest(fields.flat(), isWhole);

const textOf = (fields: readonly Field[], isWhole = true): string => {
  const got = translated(fields, isWhole);
  if (got.kind !== 'head') throw new Error(`not translated: ${JSON.stringify(got)}`);
  return got.text;
};

describe('a request of HTTP/2 as a head of HTTP/1.1', () => {
  it('is a request line, Host, the fields in their order, and framing', () => {
    const got = translated([...GET, ['accept', '*/*'], ['x-odd', ' a  b ']]);
    expect(got).toEqual({
      kind: 'head',
      text: 'GET /p?q=1 HTTP/1.1\r\nHost: a.example\r\naccept: */*\r\nx-odd:  a  b \r\nConnection: close\r\n\r\n',
      isHead: false,
      length: 0,
    });
  });

  it.each<[string, readonly Field[], boolean, string, number]>([
    ['no content', POST, true, '', 0],
    ['content of a known length', [...POST, ['content-length', '5']], false, 'content-length: 5\r\n', 5],
    ['content of an unknown length', POST, false, 'Transfer-Encoding: chunked\r\n', -1],
    ['content with GET', GET, false, 'Transfer-Encoding: chunked\r\n', -1],
    ['no content, as announced', [...POST, ['content-length', '0']], true, 'content-length: 0\r\n', 0],
    [
      'no content, and the end comes apart',
      [...POST, ['content-length', '0']],
      false,
      'content-length: 0\r\n',
      0,
    ],
  ])('frames %s', (_what, fields, isWhole, line, length) => {
    const got = translated(fields, isWhole);
    expect(got).toMatchObject({ kind: 'head', length });
    const framing = textOf(fields, isWhole).match(/^(?:content-length|transfer-encoding): .*\r\n/gim) ?? [];
    expect(framing.join('')).toBe(line);
  });

  it('joins the crumbs of cookies', () => {
    const text = textOf([...GET, ['cookie', 'a=1'], ['x', 'y'], ['cookie', 'b=2']]);
    expect(text).toMatch(/\r\nx: y\r\ncookie: a=1; b=2\r\n/);
    expect(text.match(/cookie/g)).toHaveLength(1);
  });

  it.each<[string, readonly Field[], readonly string[]]>([
    ['of :authority alone', GET, ['Host: a.example']],
    ['of Host alone', [...without(':authority'), ['host', 'b.example']], ['host: b.example']],
    ['of both, when they agree', [...GET, ['host', 'A.Example']], ['Host: a.example']],
    // The scanner refuses these with 400.
    ['of both, when they do not', [...GET, ['host', 'b.example']], ['Host: a.example', 'host: b.example']],
    ['of two Host fields', [...without(':authority'), ['host', 'a'], ['host', 'a']], ['host: a', 'host: a']],
  ])('has the host %s', (_what, fields, hosts) => {
    expect(textOf(fields).match(/^host: .*(?=\r\n)/gim)).toEqual(hosts);
  });

  it.each<[string, readonly Field[]]>([
    ['*', withChanged(':path', '*')],
    ['TE: trailers', [...GET, ['te', 'Trailers']]],
    ['an empty value', [...GET, ['x', '']]],
    ['a value beyond ASCII', [...GET, ['x', '\xe9']]],
    ['http over TLS, and the other way round', withChanged(':scheme', 'HTTP')],
  ])('takes %s', (_what, fields) => {
    expect(translated(fields).kind).toBe('head');
  });

  it('says of HEAD that it is', () => {
    expect(translated(withChanged(':method', 'HEAD'))).toMatchObject({ isHead: true });
  });

  it('does not serve CONNECT', () => {
    const fields: readonly Field[] = [
      [':method', 'CONNECT'],
      [':authority', 'a.example:443'],
    ];
    expect(translated(fields)).toMatchObject({ kind: 'unserved', status: 405 });
    expect(translated(withChanged(':method', 'CONNECT'))).toMatchObject({ kind: 'unserved', status: 405 });
  });

  it.each<[string, readonly Field[], boolean?]>([
    ['no :method', without(':method')],
    ['no :scheme', without(':scheme')],
    ['no :path', without(':path')],
    ['neither :authority nor Host', without(':authority')],
    ['an empty Host alone', [...without(':authority'), ['host', '']]],
    ['an empty :path', withChanged(':path', '')],
    ['an empty :authority', withChanged(':authority', '')],
    ['a pseudo-field twice', [...GET, [':path', '/p?q=1']]],
    ['a pseudo-field of answers', [...GET, [':status', '200']]],
    ['an unknown pseudo-field', [...GET, [':protocol', 'websocket']]],
    ['a pseudo-field behind a field', [...without(':path'), ['x', 'y'], [':path', '/']]],
    ['a :path with a scheme', withChanged(':path', 'http://b.example/')],
    ['a :path that is no path', withChanged(':path', 'p')],
    ['a :path with a blank', withChanged(':path', '/ HTTP/1.1')],
    ['a :path with a line break', withChanged(':path', '/\r\nx: y')],
    ['a :path that only begins with *', withChanged(':path', '*/')],
    ['a :method with a blank', withChanged(':method', 'GET /')],
    ['a :method with a line break', withChanged(':method', 'GET\r\n')],
    ['an :authority with a line break', withChanged(':authority', 'a\r\nx: y')],
    ['an :authority with a blank', withChanged(':authority', 'a b')],
    ['another scheme', withChanged(':scheme', 'ftp')],
    ['an upper-case name', [...GET, ['X-Odd', 'y']]],
    ['an empty name', [...GET, ['', 'y']]],
    ['a name with a blank', [...GET, ['x ', 'y']]],
    ['a name with a colon', [...GET, ['x:', 'y']]],
    ['a name with a line break', [...GET, ['x: y\r\nz', 'y']]],
    ['a value with CRLF', [...GET, ['x', 'y\r\nz: 1']]],
    ['a value with LF', [...GET, ['x', 'y\nz: 1']]],
    ['a value with CR', [...GET, ['x', 'y\rz']]],
    ['a value with NUL', [...GET, ['x', 'y\0z']]],
    ['Connection', [...GET, ['connection', 'close']]],
    ['Keep-Alive', [...GET, ['keep-alive', 'timeout=5']]],
    ['Proxy-Connection', [...GET, ['proxy-connection', 'keep-alive']]],
    ['Transfer-Encoding', [...POST, ['transfer-encoding', 'chunked']], false],
    ['Upgrade', [...GET, ['upgrade', 'websocket']]],
    ['TE with more than trailers', [...GET, ['te', 'trailers, deflate']]],
    ['Content-Length twice', [...POST, ['content-length', '5'], ['content-length', '5']], false],
    ['Content-Length as a list', [...POST, ['content-length', '5, 5']], false],
    ['Content-Length with a sign', [...POST, ['content-length', '+5']], false],
    ['Content-Length with a leading zero', [...POST, ['content-length', '05']], false],
    ['Content-Length in hex', [...POST, ['content-length', '0x5']], false],
    ['an empty Content-Length', [...POST, ['content-length', '']], false],
    ['Content-Length beyond exact numbers', [...POST, ['content-length', '9007199254740993']], false],
    ['Content-Length without content', [...POST, ['content-length', '5']], true],
  ])('is malformed with %s', (_what, fields, isWhole = true) => {
    expect(translated(fields, isWhole)).toMatchObject({ kind: 'malformed' });
  });
});
