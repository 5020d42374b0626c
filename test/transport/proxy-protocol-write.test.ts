import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scanProxyHeader } from '../../src/transport/proxy-protocol.ts';
import { shortAddress } from '../../src/transport/proxy-protocol-address.ts';
import { ownProxyHeader, proxyHeader } from '../../src/transport/proxy-protocol-write.ts';

const at = (address: string, port = 443) => ({ address, port });

describe('a PROXY header', () => {
  it.each([
    ['192.0.2.1', '203.0.113.7', 'PROXY TCP4 192.0.2.1 203.0.113.7 56324 443\r\n'],
    ['2001:db8::1', '::1', 'PROXY TCP6 2001:db8::1 ::1 56324 443\r\n'],
    ['192.0.2.1', '::1', 'PROXY TCP6 ::ffff:192.0.2.1 ::1 56324 443\r\n'],
    ['fe80::1%eth0', 'fe80::2', 'PROXY TCP6 fe80::1 fe80::2 56324 443\r\n'],
    ['::ffff:192.0.2.1', '203.0.113.7', 'PROXY TCP4 192.0.2.1 203.0.113.7 56324 443\r\n'],
    ['', '203.0.113.7', 'PROXY UNKNOWN\r\n'],
    ['somewhere', '203.0.113.7', 'PROXY UNKNOWN\r\n'],
  ])('of version 1 from %s to %s is %j', (source, destination, line) => {
    expect(proxyHeader(1, at(source, 56_324), at(destination)).toString()).toBe(line);
  });

  it.each([
    ['192.0.2.1', '203.0.113.7', '2111000cc0000201cb007107dc0401bb'],
    ['::1', '::2', `21210024${'00'.repeat(15)}01${'00'.repeat(15)}02dc0401bb`],
    ['::1', '1.2.3.4', `21210024${'00'.repeat(15)}01${'00'.repeat(10)}ffff01020304dc0401bb`],
    ['', '', '21000000'],
  ])('of version 2 from %s to %s is %s', (source, destination, hex) => {
    expect(proxyHeader(2, at(source, 56_324), at(destination)).toString('hex')).toBe(
      `0d0a0d0a000d0a515549540a${hex}`,
    );
  });

  it('for our own connections tells nothing', () => {
    expect(ownProxyHeader(1).toString()).toBe('PROXY UNKNOWN\r\n');
    expect(ownProxyHeader(2).toString('hex')).toBe('0d0a0d0a000d0a515549540a20000000');
  });

  it.each([-1, 65_536, 1.5, Number.NaN])('cannot have the port %d', (port) => {
    expect(() => proxyHeader(1, at('1.2.3.4', port), at('1.2.3.5'))).toThrow('no port');
    expect(() => proxyHeader(2, at('1.2.3.5'), at('1.2.3.4', port))).toThrow('no port');
  });

  it('is read back as it was written', () => {
    const address = fc.oneof(fc.ipV4(), fc.ipV6());
    const port = fc.integer({ min: 0, max: 65_535 });
    fc.assert(
      fc.property(fc.constantFrom(1, 2), address, address, port, port, (version, a, b, p, q) => {
        const header = proxyHeader(version as 1 | 2, at(a, p), at(b, q));
        expect(scanProxyHeader(header, 0, header.length)).toEqual({
          kind: 'complete',
          end: header.length,
          ends: { source: at(shortAddress(a), p), destination: at(shortAddress(b), q) },
        });
      }),
      { seed: 20_260_927, numRuns: 500 },
    );
  });
});
