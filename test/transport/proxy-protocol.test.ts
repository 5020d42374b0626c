import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scanProxyHeader } from '../../src/transport/proxy-protocol.ts';
import { ProxyHeaderReader } from '../../src/transport/proxy-protocol-reader.ts';
import type { ProxyEnds, ProxyScan } from '../../src/transport/proxy-protocol-scan.ts';

const SIGNATURE = '0d0a0d0a000d0a515549540a';
const V4 = 'c0000201cb007107dc0401bb'; // 192.0.2.1:56324 to 203.0.113.7:443
const V6 = `20010db8${'00'.repeat(11)}0120010db8${'00'.repeat(11)}02dc0401bb`;
const UNIX = `2f612e736f636b${'00'.repeat(101)}${'00'.repeat(108)}`;

/** A header of version 2 from hex; the length is right unless it is given. */
const v2 = (command: string, family: string, rest: string, length = rest.length / 2): Buffer =>
  Buffer.from(`${SIGNATURE}${command}${family}${length.toString(16).padStart(4, '0')}${rest}`, 'hex');

const scan = (bytes: Buffer): ProxyScan => scanProxyHeader(bytes, 0, bytes.length);

const ends = (source: string, destination: string): ProxyEnds => ({
  source: { address: source, port: 56324 },
  destination: { address: destination, port: 443 },
});

/** `[what it is, bytes, what they tell]` */
const GOOD: readonly (readonly [string, Buffer | string, ProxyEnds | undefined])[] = [
  ['TCP4', 'PROXY TCP4 192.0.2.1 203.0.113.7 56324 443\r\n', ends('192.0.2.1', '203.0.113.7')],
  ['TCP6', 'PROXY TCP6 2001:db8::1 2001:db8::2 56324 443\r\n', ends('2001:db8::1', '2001:db8::2')],
  ['a long TCP6', 'PROXY TCP6 2001:DB8:0:0::1 ::2 56324 443\r\n', ends('2001:db8::1', '::2')],
  ['mapped IPv4', 'PROXY TCP6 ::ffff:192.0.2.1 ::2 56324 443\r\n', ends('192.0.2.1', '::2')],
  ['UNKNOWN', 'PROXY UNKNOWN\r\n', undefined],
  ['UNKNOWN with more', 'PROXY UNKNOWN a b c\r\n', undefined],
  ['the longest line', `PROXY UNKNOWN ${'f'.repeat(107 - 16)}\r\n`, undefined],
  ['v2 TCP4', v2('21', '11', V4), ends('192.0.2.1', '203.0.113.7')],
  ['v2 TCP6', v2('21', '21', V6), ends('2001:db8::1', '2001:db8::2')],
  [
    'v2 TCP6 with mapped IPv4',
    v2('21', '21', `${'00'.repeat(10)}ffffc0000201${'00'.repeat(15)}02dc0401bb`),
    ends('192.0.2.1', '::2'),
  ],
  [
    'v2 UNIX',
    v2('21', '31', UNIX),
    { source: { address: '', port: 0 }, destination: { address: '', port: 0 } },
  ],
  ['v2 UNSPEC', v2('21', '00', ''), undefined],
  ['v2 UNSPEC with anything', v2('21', '00', 'ffffff'), undefined],
  ['v2 LOCAL', v2('20', '00', ''), undefined],
  ['v2 LOCAL with addresses', v2('20', '11', V4), undefined],
  ['v2 LOCAL of an odd family', v2('20', 'ff', 'aa'), undefined],
  ['v2 datagrams', v2('21', '12', V4), undefined],
  ['v2 with TLVs', v2('21', '11', `${V4}0400000100026832`), ends('192.0.2.1', '203.0.113.7')],
  ['v2 of 4 KiB', v2('21', '11', `${V4}040ff1${'00'.repeat(4081)}`), ends('192.0.2.1', '203.0.113.7')],
];

const BAD: readonly (readonly [string, Buffer | string])[] = [
  ['HTTP', 'GET / HTTP/1.1\r\n'],
  ['POST, which begins with P', 'POST / HTTP/1.1\r\n'],
  ['a TLS hello', Buffer.from('160301', 'hex')],
  ['lower case', 'proxy TCP4 192.0.2.1 203.0.113.7 56324 443\r\n'],
  ['no protocol', 'PROXY \r\n'],
  ['an unknown protocol', 'PROXY UDP4 192.0.2.1 203.0.113.7 56324 443\r\n'],
  ['UNKNOWN run on', 'PROXY UNKNOWNS\r\n'],
  ['a bare LF', 'PROXY TCP4 192.0.2.1 203.0.113.7 56324 443\n'],
  ['a bare CR', 'PROXY TCP4 192.0.2.1 203.0.113.7 56324 443\r '],
  ['a bare LF behind UNKNOWN', 'PROXY UNKNOWN\n'],
  ['a tab', 'PROXY\tTCP4 192.0.2.1 203.0.113.7 56324 443\r\n'],
  ['two spaces', 'PROXY TCP4  192.0.2.1 203.0.113.7 56324 443\r\n'],
  ['a space at the end', 'PROXY TCP4 192.0.2.1 203.0.113.7 56324 443 \r\n'],
  ['too few words', 'PROXY TCP4 192.0.2.1 203.0.113.7 56324\r\n'],
  ['too many words', 'PROXY TCP4 192.0.2.1 203.0.113.7 56324 443 1\r\n'],
  ['IPv6 as TCP4', 'PROXY TCP4 ::1 203.0.113.7 56324 443\r\n'],
  ['IPv4 as TCP6', 'PROXY TCP6 192.0.2.1 ::1 56324 443\r\n'],
  ['a name', 'PROXY TCP4 localhost 203.0.113.7 56324 443\r\n'],
  ['octal', 'PROXY TCP4 192.0.2.01 203.0.113.7 56324 443\r\n'],
  ['a short IPv4', 'PROXY TCP4 192.2 203.0.113.7 56324 443\r\n'],
  ['a zone', 'PROXY TCP6 fe80::1%eth0 ::1 56324 443\r\n'],
  ['a port too high', 'PROXY TCP4 192.0.2.1 203.0.113.7 65536 443\r\n'],
  ['a port with a zero', 'PROXY TCP4 192.0.2.1 203.0.113.7 056 443\r\n'],
  ['a signed port', 'PROXY TCP4 192.0.2.1 203.0.113.7 +56 443\r\n'],
  ['a port in hex', 'PROXY TCP4 192.0.2.1 203.0.113.7 0x1f 443\r\n'],
  ['no port', 'PROXY TCP4 192.0.2.1 203.0.113.7  443\r\n'],
  ['a NUL', 'PROXY UNKNOWN \0\r\n'],
  ['a byte above ASCII', 'PROXY UNKNOWN \xff\r\n'],
  ['a line too long', `PROXY UNKNOWN ${'f'.repeat(108 - 16)}\r\n`],
  ['a line without end', `PROXY UNKNOWN ${'f'.repeat(200)}`],
  ['a broken signature', Buffer.from('0d0a0d0a000d0a515549540b', 'hex')],
  ['v2 of version 1', v2('11', '11', V4)],
  ['v2 of version 3', v2('31', '11', V4)],
  ['v2 of an unknown command', v2('22', '11', V4)],
  ['v2 of an unknown family', v2('21', '41', V4)],
  ['v2 of an unknown protocol', v2('21', '13', V4)],
  ['v2 of half a family', v2('21', '10', V4)],
  ['v2 TCP4 too short', v2('21', '11', V4.slice(2))],
  ['v2 TCP6 too short', v2('21', '21', V4)],
  ['v2 UNIX too short', v2('21', '31', V6)],
  ['v2 above 4 KiB', v2('21', '11', '', 4097)],
  ['v2 of 64 KiB', v2('20', '00', '', 65_535)],
  ['v2 with half a TLV', v2('21', '11', `${V4}0400`)],
  ['v2 with a TLV too long', v2('21', '11', `${V4}04000201`)],
];

const bytesOf = (given: Buffer | string): Buffer => Buffer.from(given as string, 'latin1');

const readIn = (pieces: readonly Buffer[]): { readonly scan: ProxyScan; readonly rest: string } => {
  const reader = new ProxyHeaderReader();
  for (const [i, piece] of pieces.entries()) {
    const found = reader.take(piece, 0, piece.length);
    if (found.kind === 'malformed') return { scan: found, rest: '' };
    if (found.kind === 'partial') continue;
    return {
      scan: found,
      rest: Buffer.concat([piece.subarray(found.end), ...pieces.slice(i + 1)]).toString(),
    };
  }
  return { scan: { kind: 'partial' }, rest: '' };
};

describe('the PROXY header scanner', () => {
  it.each(GOOD)('reads %s', (_, given, told) => {
    const bytes = bytesOf(given);
    expect(scan(bytes)).toEqual({ kind: 'complete', end: bytes.length, ends: told });
  });

  it.each(GOOD)('waits for every byte of %s', (_, given) => {
    const bytes = bytesOf(given);
    for (let length = 0; length < bytes.length; length += 1)
      expect(scanProxyHeader(bytes, 0, length).kind).toBe('partial');
  });

  it.each(GOOD)('leaves what follows %s, at any offset', (_, given, told) => {
    const bytes = bytesOf(given);
    const padded = Buffer.concat([Buffer.from('xyz'), bytes, Buffer.from('GET /')]);
    expect(scanProxyHeader(padded, 3, padded.length)).toEqual({
      kind: 'complete',
      end: 3 + bytes.length,
      ends: told,
    });
  });

  it.each(BAD)('refuses %s', (_, given) => {
    expect(scan(bytesOf(given))).toEqual({ kind: 'malformed' });
  });

  it.each([
    ['the first byte', 'G'],
    ['the second byte', 'PO'],
    ['the family', v2('21', '41', '').subarray(0, 16)],
    ['the command', v2('2f', '11', '').subarray(0, 13)],
    ['the length', v2('21', '11', '', 5000)],
  ])('refuses at %s, without waiting for more', (_, given) => {
    expect(scan(bytesOf(given))).toEqual({ kind: 'malformed' });
  });
});

describe('the PROXY header reader', () => {
  it.each(GOOD.filter(([, given]) => given.length < 300))('reads %s split anywhere', (_, given, told) => {
    const all = Buffer.concat([bytesOf(given), Buffer.from('rest')]);
    for (let at = 1; at < all.length; at += 1) {
      const found = readIn([all.subarray(0, at), all.subarray(at)]);
      expect(found.scan).toMatchObject({ kind: 'complete', ends: told });
      expect(found.rest).toBe('rest');
    }
  });

  it.each(GOOD)('reads %s byte by byte', (_, given, told) => {
    const all = Buffer.concat([bytesOf(given), Buffer.from('rest')]);
    const found = readIn(Array.from({ length: all.length }, (_, i) => all.subarray(i, i + 1)));
    expect(found.scan).toMatchObject({ kind: 'complete', ends: told });
    expect(found.rest).toBe('rest');
  });

  it.each(BAD.filter(([, given]) => given.length < 300))('refuses %s split anywhere', (_, given) => {
    const all = bytesOf(given);
    for (let at = 1; at < all.length; at += 1)
      expect(readIn([all.subarray(0, at), all.subarray(at)]).scan.kind).toBe('malformed');
    expect(readIn(Array.from({ length: all.length }, (_, i) => all.subarray(i, i + 1))).scan.kind).toBe(
      'malformed',
    );
  });

  it('decides on anything at all by 4112 bytes', () => {
    const anything = fc.oneof(
      fc.uint8Array({ maxLength: 600 }),
      fc.uint8Array({ maxLength: 6000 }).map((tail) => [...Buffer.from(SIGNATURE, 'hex'), 0x21, ...tail]),
      fc.string({ maxLength: 120 }).map((text) => Buffer.from(`PROXY ${text}`)),
    );
    fc.assert(
      fc.property(anything, fc.integer({ min: 1, max: 200 }), (given, size) => {
        const all = Buffer.from(given);
        const pieces: Buffer[] = [];
        for (let at = 0; at < all.length; at += size) pieces.push(all.subarray(at, at + size));
        const found = readIn(pieces).scan;
        expect(found.kind).toBe(scan(all).kind);
        if (all.length >= 4112) expect(found.kind).not.toBe('partial');
      }),
      { seed: 20_260_927, numRuns: 500 },
    );
  });

  /** Every header that passes is one that a second, simpler reading of the specification takes as well. */
  const ORACLE_V1 =
    /^PROXY (?:UNKNOWN(?: [ -~]*)?|TCP4 (\d+\.){3}\d+ (\d+\.){3}\d+ \d{1,5} \d{1,5}|TCP6 [\da-f:.]+ [\da-f:.]+ \d{1,5} \d{1,5})\r\n$/i;

  it('takes no mutation of a header for more than it is', () => {
    const mutation = fc.tuple(
      fc.constantFrom(...GOOD.map(([, given]) => bytesOf(given))),
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 3 }),
    );
    fc.assert(
      fc.property(mutation, ([good, changes]) => {
        const bytes = Buffer.from(good);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        const found = scan(bytes);
        if (found.kind !== 'complete') return;
        if (bytes[0] === 0x50) expect(bytes.toString('latin1', 0, found.end)).toMatch(ORACLE_V1);
        else {
          expect(bytes.subarray(0, 12).toString('hex')).toBe(SIGNATURE);
          expect(found.end).toBe(16 + bytes.readUInt16BE(14));
        }
      }),
      { seed: 20_260_927, numRuns: 3000 },
    );
  });
});
