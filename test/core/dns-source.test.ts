import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseServerUrl } from '../../src/core/accept.ts';
import { parseDnsSource, parseNameServer } from '../../src/core/dns-source.ts';

const address = (name: string, port: number, scheme = 'http') => ({ kind: 'address', scheme, name, port });
const srv = (name: string, scheme = 'http') => ({ kind: 'srv', scheme, name });

const LONG = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(61)}`;

describe('a DNS source', () => {
  it.each([
    ['web.internal:3000', address('web.internal', 3000)],
    ['http://web.internal:3000', address('web.internal', 3000)],
    ['https://web.internal:8443', address('web.internal', 8443, 'https')],
    ['HTTPS://Web.Internal:8443', address('web.internal', 8443, 'https')],
    ['https://web.internal', address('web.internal', 443, 'https')],
    ['http://web.internal', address('web.internal', 80)],
    ['web.internal.:80', address('web.internal', 80)],
    ['web:1', address('web', 1)],
    ['tasks.my_service:65535', address('tasks.my_service', 65_535)],
    ['1.a:80', address('1.a', 80)],
    [`${LONG}:80`, address(LONG, 80)],
    ['_http._tcp.web.internal', srv('_http._tcp.web.internal')],
    ['https://_https._tcp.web.internal', srv('_https._tcp.web.internal', 'https')],
    ['_web._green.service.consul', srv('_web._green.service.consul')],
  ])('%s is read', (text, source) => {
    expect(parseDnsSource(text)).toEqual(source);
  });

  it.each([
    '',
    'web.internal',
    ':3000',
    'web.internal:',
    'web.internal:0',
    'web.internal:080',
    'web.internal:65536',
    'web.internal:99999999999',
    'web.internal:3000/',
    'web.internal:3000/path',
    'http://user@web.internal:3000',
    'ftp://web.internal:3000',
    'http:web.internal:3000',
    ' web.internal:3000',
    'web.internal:3000\n',
    'web..internal:3000',
    '.web.internal:3000',
    'web.internal..:3000',
    '-web.internal:3000',
    'web-.internal:3000',
    `${'a'.repeat(64)}.internal:3000`,
    `${LONG}e:80`,
    'bücher.internal:3000',
    'web%2einternal:3000',
    '*.web.internal:3000',
    '10.0.0.1:3000',
    '10.1:3000',
    'web.0x7f:3000',
    '[fd00::1]:3000',
    '_http._tcp.web.internal:3000',
    '_http._tcp',
    '_http._tcp.',
    '_http.web.internal',
    '_web:3000',
    'https://',
  ])('%j is none', (text) => {
    expect(parseDnsSource(text)).toBeUndefined();
  });

  it('is told of any text without a fault, and of a long one at once', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parseDnsSource(text)));
    for (const part of ['a', 'a.', '_', '-', '1', 'http://'])
      expect(parseDnsSource(part.repeat(1e6 / part.length))).toBeUndefined();
  });

  it('that was read can be written again and means the same', () => {
    const label = fc.stringMatching(/^[a-z_]([a-z0-9_-]{0,10}[a-z0-9_])?$/);
    const names = fc.array(label, { minLength: 1, maxLength: 6 }).map((labels) => labels.join('.'));
    fc.assert(
      fc.property(names, fc.nat(70_000), fc.constantFrom('', 'http://', 'https://'), (name, port, scheme) => {
        const source = parseDnsSource(`${scheme}${name}${port === 0 ? '' : `:${port}`}`);
        if (!source) return;
        expect(source.name).toBe(name);
        const end = source.kind === 'address' ? `:${source.port}` : '';
        expect(parseDnsSource(`${source.scheme}://${source.name}${end}`)).toEqual(source);
        if (source.kind === 'address')
          expect(parseServerUrl(`${source.scheme}://${source.name}:${source.port}`)?.hostname).toBe(name);
      }),
    );
  });
});

describe('the address of a DNS server', () => {
  it.each([
    ['127.0.0.1:8600', '127.0.0.1:8600'],
    ['10.0.0.2', '10.0.0.2:53'],
    ['[::1]', '[::1]:53'],
    ['[fd00::1]:8600', '[fd00::1]:8600'],
    ['::1', undefined],
    ['10.1', undefined],
    ['10.0.0.256', undefined],
    ['010.0.0.1', undefined],
    ['[fd00::1::2]:53', undefined],
    ['[10.0.0.1]:53', undefined],
    ['127.0.0.1:0', undefined],
    ['127.0.0.1:65536', undefined],
    ['localhost:53', undefined],
    ['127.0.0.1:53 ', undefined],
    ['', undefined],
  ])('%j is read as %s', (text, server) => {
    expect(parseNameServer(text)).toBe(server);
  });
});
