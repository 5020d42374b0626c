import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeDatagram, readDatagram } from '../../src/state/datagram.ts';
import { Tokens } from '../../src/state/tokens.ts';
import { mutated } from './conformance.ts';
import { SAME_KEY_ID, TOKEN, theTokens } from './support.ts';

const NOW = 1_750_000_000_000;
const KEYS = theTokens();
const NO_TOKENS = new Tokens();
const JSON_TEXT = '{"v":1}';

describe('encodeDatagram', () => {
  it('writes one header line and the report, signed as documented', () => {
    const keyId = createHash('sha256').update(TOKEN).digest('hex').slice(0, 8);
    const mac = createHmac('sha256', TOKEN).update(`${keyId} ${NOW}\n${JSON_TEXT}`).digest('base64url');
    expect(encodeDatagram(JSON_TEXT, TOKEN, NOW)).toBe(`forehand/1 ${keyId} ${NOW} ${mac}\n${JSON_TEXT}`);
  });

  it('writes dashes without a token', () => {
    expect(encodeDatagram(JSON_TEXT, undefined, NOW)).toBe(`forehand/1 - ${NOW} -\n${JSON_TEXT}`);
  });
});

describe('readDatagram', () => {
  it('reads what encodeDatagram wrote with any of the tokens', () => {
    const keys = theTokens('another', TOKEN);
    expect(readDatagram(encodeDatagram(JSON_TEXT, TOKEN, NOW), keys, NOW)).toMatchObject({ json: JSON_TEXT });
    expect(readDatagram(encodeDatagram(JSON_TEXT, 'another', NOW), keys, NOW)).toMatchObject({
      json: JSON_TEXT,
    });
  });

  it('looks at no signature where no token is configured', () => {
    const unsigned = encodeDatagram(JSON_TEXT, undefined, NOW);
    for (const text of [unsigned, encodeDatagram(JSON_TEXT, TOKEN, NOW)])
      expect(readDatagram(text, NO_TOKENS, NOW)).toEqual({
        json: JSON_TEXT,
        sentAt: NOW,
        mac: undefined,
        grant: undefined,
      });
  });

  const good = encodeDatagram(JSON_TEXT, TOKEN, NOW);
  const [name, keyId, time, mac = ''] = good.split('\n')[0]!.split(' ');
  it.each([
    ['nothing', '', 'malformed'],
    ['no header', JSON_TEXT, 'malformed'],
    ['another protocol', 'v=1&ready=75&busy=0', 'malformed'],
    ['a later version', good.replace('forehand/1', 'forehand/2'), 'version'],
    ['no key id', good.replace(keyId!, ''), 'malformed'],
    ['no signature', encodeDatagram(JSON_TEXT, undefined, NOW), 'signature'],
    ['a key id, but no signature', `${name} ${keyId} ${time} -\n${JSON_TEXT}`, 'signature'],
    ['the signature of another token', encodeDatagram(JSON_TEXT, 'guess', NOW), 'signature'],
    [
      'the signature of another token under the right key id',
      encodeDatagram(JSON_TEXT, 'guess', NOW).replace(/ [0-9a-f]{8} /, ` ${keyId} `),
      'signature',
    ],
    ['another report', good.replace('"v":1', '"v":2'), 'signature'],
    ['another time', good.replace(time!, String(NOW + 1)), 'signature'],
    ['a signature in other letters', good.replace(mac, mac.toUpperCase()), 'signature'],
    ['a time long gone', encodeDatagram(JSON_TEXT, TOKEN, NOW - 30_001), 'clock'],
    ['the last time that can be written', encodeDatagram(JSON_TEXT, TOKEN, 999_999_999_999_999), 'clock'],
    ['a time that cannot', encodeDatagram(JSON_TEXT, TOKEN, 1e15), 'malformed'],
    ['a time to come', encodeDatagram(JSON_TEXT, TOKEN, NOW + 30_001), 'clock'],
  ])('refuses %s', (_, text, code) => {
    expect(readDatagram(text, KEYS, NOW)).toMatchObject({ code });
  });

  it('tells an agent without a token from one with a wrong token', () => {
    const unsigned = readDatagram(encodeDatagram(JSON_TEXT, undefined, NOW), KEYS, NOW);
    expect(unsigned).toMatchObject({ message: 'the datagram is not signed' });
    const guessed = readDatagram(encodeDatagram(JSON_TEXT, 'guess', NOW), KEYS, NOW);
    expect(guessed).toMatchObject({ message: expect.stringContaining('not known here') });
  });

  it('reads bytes as it reads text, and checks what was sent and not what can be read of it', () => {
    const text = encodeDatagram('{"v":"\ufffd"}', TOKEN, NOW);
    expect(readDatagram(Buffer.from(text), KEYS, NOW)).toEqual(readDatagram(text, KEYS, NOW));
    const [before, after] = text.split('\ufffd').map((part) => Buffer.from(part));
    const invalid = Buffer.concat([before!, Buffer.from([0xff]), after!]);
    expect(invalid.toString()).toBe(text);
    expect(readDatagram(invalid, KEYS, NOW)).toMatchObject({ code: 'signature' });
  });

  it('tells what a refused datagram carries', () => {
    expect(readDatagram(encodeDatagram(JSON_TEXT, 'guess', NOW), KEYS, NOW)).toMatchObject({
      json: JSON_TEXT,
    });
    expect(readDatagram(encodeDatagram(JSON_TEXT, TOKEN, 0), KEYS, NOW)).toMatchObject({ json: JSON_TEXT });
    expect(readDatagram(JSON_TEXT, KEYS, NOW)).not.toHaveProperty('json');
  });

  it('takes clocks that are half a minute apart', () => {
    for (const skew of [-30_000, 30_000])
      expect(readDatagram(encodeDatagram(JSON_TEXT, TOKEN, NOW + skew), KEYS, NOW)).not.toHaveProperty(
        'code',
      );
  });

  it('reads what either of two tokens with one key id has signed, and nothing else under that key id', () => {
    const [first, second] = SAME_KEY_ID;
    const tokens = new Tokens([
      { name: 'first', token: first },
      { name: 'second', token: second },
    ]);
    for (const [token, signer] of [[first, 'first'] as const, [second, 'second'] as const])
      expect(readDatagram(encodeDatagram(JSON_TEXT, token, NOW), tokens, NOW)).toMatchObject({
        grant: { name: signer },
      });
    const forged = encodeDatagram(JSON_TEXT, first, NOW).replace('"v":1', '"v":3');
    expect(readDatagram(forged, tokens, NOW)).toMatchObject({ code: 'signature' });
  });

  it('knows one spelling of a signature only', () => {
    const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const withLast = (last: string) => `${name} ${keyId} ${time} ${mac.slice(0, -1)}${last}\n${JSON_TEXT}`;
    const taken = [...digits].filter((last) => !('code' in readDatagram(withLast(last), KEYS, NOW)));
    expect(taken).toEqual([mac.at(-1)]);
  });

  it('takes none of 2,000 damaged datagrams', () => {
    fc.assert(
      fc.property(mutated(good), (text) => {
        fc.pre(text !== good);
        expect(readDatagram(text, KEYS, NOW)).toHaveProperty('code');
      }),
      { numRuns: 2000 },
    );
  });
});
