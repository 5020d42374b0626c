import { describe, expect, it } from 'vitest';
import { formatOrigin, parseNameFormat } from '../../../candidacy/parts/name-format.ts';

const origin = (format: string, host: string, url = 'http://www-1.dc3.example.net:8080') =>
  formatOrigin(parseNameFormat(format), new URL(url), host);

describe('a format for redirect names', () => {
  it.each([
    ['%S', 'www-1.dc3.example.net'],
    ['%H', 'www.client.com'],
    ['%1S.here', 'www-1.here'],
    ['%3S', 'www-1.dc3.example'],
    ['%9S', 'www-1.dc3.example.net'],
    ['%-1S', 'dc3.example.net'],
    ['%-3S', 'net'],
    ['%2H', 'www.client'],
    ['%-2H', 'com'],
    ['%2S.%-1H', 'www-1.dc3.client.com'],
    ['a-%H', 'a-www.client.com'],
    ['www.example.org', 'www.example.org'],
  ])('%s makes http://%s with the port of the server', (format, name) => {
    expect(origin(format, 'www.client.com')).toBe(`http://${name}:8080`);
  });

  it.each([
    ['%S:%p', 'http://a.example:8080', 'http://a.example:8080'],
    ['%S:%p', 'http://a.example', 'http://a.example:80'],
    ['%S:%p', 'https://a.example', 'https://a.example:443'],
    ['%S:80', 'http://a.example:8080', 'http://a.example:80'],
    ['%S', 'http://a.example', 'http://a.example'],
    ['n%p.%S', 'http://a.example:81', 'http://n81.a.example:81'],
    ['%S', 'http://[fd00::7]:8080', 'http://[fd00::7]:8080'],
    ['%S:%p', 'http://[fd00::7]', 'http://[fd00::7]:80'],
    ['%S', 'http://my_app:8080', 'http://my_app:8080'],
  ])('%s of server %s makes %s', (format, url, expected) => {
    expect(origin(format, '', url)).toBe(expected);
  });

  it.each([
    ['nothing', '%H', ''],
    ['nothing behind the first label', '%2S.%-1H', 'localhost'],
    ['an empty label', '%H', 'www..client.com'],
    ['a dot at the end', '%H', 'www.client.com.'],
    ['an underscore', '%H', 'my_app.client.com'],
    ['a hyphen at the start of a label', '%H', '-a.client.com'],
    ['a slash', '%H', 'a/b'],
    ['a user', '%H', 'user@elsewhere.example'],
    ['a line break', '%H', 'a\r\nSet-Cookie: x=1'],
    ['a port of its own', '%H:80', 'a.example:81'],
    ['a port that is none', '%H', 'a.example:0'],
    ['an IPv6 address', '%H', '[::1]'],
    ['a number that a browser takes for an address', '%H', '2130706433'],
    ['half an address', '%-1H', '10.0.0.1'],
    ['an address out of range', '%H', '10.0.0.256'],
    ['an octal address', '%H', '010.0.0.1'],
    ['a hexadecimal number', '%H', 'a.0x7f'],
    ['a label of 64', '%H', `${'a'.repeat(64)}.example`],
    ['a name of more than 253', '%H', `${'a.'.repeat(127)}example`],
    ['a percent sign, which is in no name', 'a%%b.example', ''],
  ])('makes no origin of %s', (_, format, host) => {
    expect(origin(format, host)).toBeUndefined();
  });

  it('takes an IPv4 address in Host', () => {
    expect(origin('%H:%p', '127.0.0.1')).toBe('http://127.0.0.1:8080');
  });

  it.each([
    ['', 'expected 1 to 253 characters, got 0'],
    ['a'.repeat(254), 'expected 1 to 253 characters, got 254'],
    ['%', 'expected one of %S, %H, %nS, %-nS, %nH, %-nH, %p and %%, got "%" at character 1'],
    ['a.%2X', 'got "%2X" at character 3'],
    ['%s', 'got "%s" at character 1'],
    ['%2p', 'got "%2p" at character 1'],
    ['%0S', 'expected a number of labels from 1, got "%0S" at character 1'],
    ['%-H', 'expected a number of labels from 1, got "%-H" at character 1'],
    ['%S/x', 'expected letters, digits, ".", "-" and ":" besides'],
    ['%S x', 'got " x" at character 3'],
  ])('is refused as %j with the place: %s', (format, fault) => {
    expect(parseNameFormat(format).fault).toContain(fault);
  });

  it.each(['%S', '%12H', '%-3S.%p-x:%p', '%%'])('is taken as %j', (format) => {
    expect(parseNameFormat(format).fault).toBeUndefined();
  });
});
