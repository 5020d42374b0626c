import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addressOf,
  clientBehind,
  hopAddress,
  hostAndPort,
  isLoopback,
  parseAddressRule,
  parseServerUrl,
  plainAddress,
  portOf,
} from '../../src/core/accept.ts';

describe('parseAddressRule', () => {
  it.each([
    ['10.0.0.0/8', '10.255.0.1', 1, true],
    ['10.0.0.0/8', '11.0.0.1', 1, false],
    ['10.0.0.0/8:8000-8999', '10.1.2.3', 8000, true],
    ['10.0.0.0/8:8000-8999', '10.1.2.3', 8999, true],
    ['10.0.0.0/8:8000-8999', '10.1.2.3', 9000, false],
    ['10.0.0.1:80', '10.0.0.1', 80, true],
    ['10.0.0.1:80', '10.0.0.1', 81, false],
    ['127.0.0.1', '127.0.0.2', 80, false],
    ['0.0.0.0/0', '1.2.3.4', 80, true],
    ['0.0.0.0/0', '2001:db8::1', 80, false],
    ['10.0.0.0/8', '::ffff:10.0.0.1', 80, true],
    ['fd00::/8', 'fd12::1', 80, true],
    ['fd00::/8', 'fe80::1', 80, false],
    ['[fd00::]/8:80', 'fd12::1', 80, true],
    ['[fd00::]/8:80', 'fd12::1', 81, false],
    ['::1', '::1', 80, true],
    ['[::1]:80', '::1', 80, true],
    ['www.example.com', 'www.example.com', 80, true],
    ['WWW.example.com', 'www.example.com', 80, true],
    ['www.example.com', 'a.www.example.com', 80, false],
    ['*.example.com:443', 'a.b.example.com', 443, true],
    ['*.example.com:443', 'example.com', 443, false],
    ['*.example.com', 'evilexample.com', 443, false],
    ['10.0.0.0/8', 'ten.example.com', 80, false],
  ])('%s on %s port %d: %s', (text, address, port, allowed) => {
    expect(parseAddressRule(text)?.allows(address, port)).toBe(allowed);
  });

  it.each([
    '',
    '10.0.0.0/33',
    'fd00::/129',
    '10.0.0.0/',
    '10.0.0.1:99999',
    '10.0.0.1:90-80',
    '10.0.0.1:80-',
    '[10.0.0.1]:80',
    '[www.example.com]:80',
    'www.example.com/8',
    '*.*.example.com',
    '*',
    '-a.example.com',
    'a b',
    '10.0.0.1,10.0.0.2',
    'http://10.0.0.1',
    '[fd00::',
  ])('"%s" is no rule', (text) => {
    expect(parseAddressRule(text)).toBeUndefined();
  });

  it('keeps its text and never throws', () => {
    expect(parseAddressRule('10.0.0.0/8:80')?.text).toBe('10.0.0.0/8:80');
    const piece = fc.constantFrom('[', ']', ':', '/', '.', '*', '-', '%', '1', '255', 'fd00', 'a', '::', '');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), fc.string(), (pieces, address) => {
        const rule = parseAddressRule(pieces.join(''));
        expect([true, false, undefined]).toContain(rule?.allows(address, 80));
      }),
      { numRuns: 3000 },
    );
  });
});

describe('parseServerUrl', () => {
  it.each([
    ['http://10.0.0.1:8080', '10.0.0.1:8080'],
    ['HTTP://Example.COM/', 'example.com:80'],
    ['https://example.com', 'example.com:443'],
    ['http://[::1]:80', '[::1]:80'],
    ['http://0x7f.1:9', '127.0.0.1:9'],
  ])('%s is the server %s', (text, id) => {
    const url = parseServerUrl(text);
    expect(url && hostAndPort(url)).toBe(id);
  });

  it.each([
    '',
    '10.0.0.1:80',
    'ftp://10.0.0.1',
    'http://',
    'http://10.0.0.1/path',
    'http://10.0.0.1\\path',
    'http://10.0.0.1?x',
    'http://10.0.0.1#x',
    'http://user@10.0.0.1',
    'http://user:secret@10.0.0.1',
    'http://10.0.0.1:0',
    'http://10.0.0.1:99999',
    'http://10.0.0.1:80 ',
    'http://a\tb',
    'http://a\nb',
    'http://a%00b',
    'http:/10.0.0.1',
    'http:10.0.0.1',
    'javascript:alert(1)',
  ])('"%s" is no server', (text) => {
    expect(parseServerUrl(text)).toBeUndefined();
  });
});

describe('the parts of a URL', () => {
  it('are the address without brackets and the port also where it is left out', () => {
    expect(addressOf(new URL('http://[fd00::1]:81'))).toBe('fd00::1');
    expect(portOf(new URL('http://a'))).toBe(80);
    expect(portOf(new URL('https://a'))).toBe(443);
    expect(portOf(new URL('https://a:8443'))).toBe(8443);
  });
});

describe('isLoopback', () => {
  it.each([
    '127.0.0.1',
    '127.9.9.9',
    '::1',
    '[::1]',
    '::ffff:127.0.0.1',
    '[::ffff:7f00:1]',
    'localhost',
    'LOCALHOST',
  ])('%s is', (host) => {
    expect(isLoopback(host)).toBe(true);
  });

  it.each([
    '',
    '0.0.0.0',
    '::',
    '128.0.0.1',
    '127.1',
    '127.0.0.1.example.com',
    '127.0.0.999',
    'localhost.example.com',
  ])('"%s" is not', (host) => {
    expect(isLoopback(host)).toBe(false);
  });
});

describe('plainAddress', () => {
  it.each([
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['10.0.0.1', '10.0.0.1'],
    ['::ffff:7f00:1', '::ffff:7f00:1'],
    ['2001:db8::1', '2001:db8::1'],
    ['', ''],
  ])('writes %j as %j', (address, plain) => {
    expect(plainAddress(address)).toBe(plain);
  });
});

describe('clientBehind', () => {
  const trusted = ['10.0.0.0/8', '::ffff:a00:0/104'].flatMap((text) => parseAddressRule(text) ?? []);
  it.each([
    ['one hop', ['203.0.113.5'], '203.0.113.5'],
    ['two, of which the last is trusted', ['203.0.113.5', '10.0.0.2'], '203.0.113.5'],
    ['what somebody wrote before that', ['198.51.100.1', '203.0.113.5', '10.0.0.2'], '203.0.113.5'],
    ['what is no address', ['unknown', '10.0.0.2'], '10.0.0.2'],
    ['nothing', [], '10.0.0.1'],
  ])('finds the client behind %s', (_, hops, client) => {
    expect(clientBehind('10.0.0.1', hops.map(hopAddress), trusted)).toBe(client);
  });

  it.each([
    ['192.0.2.1:80', '192.0.2.1'],
    ['[2001:db8::1]:80', '2001:db8::1'],
    ['[::ffff:7f00:1]', '::ffff:7f00:1'],
    ['2001:db8::1', '2001:db8::1'],
  ])('reads the hop %s as %s', (hop, address) => {
    expect(hopAddress(hop)).toBe(address);
  });
});
