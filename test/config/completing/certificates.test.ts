import { describe, expect, it } from 'vitest';
import {
  certificatesIn,
  pairFault,
  privateKeyIn,
  ticketKeysIn,
} from '../../../src/config/completing/certificates.ts';
import { aCertificate } from '../../support/a-certificate.ts';

const one = aCertificate();
const two = aCertificate();

describe('a file of certificates', () => {
  it.each([
    ['one', one.cert],
    ['several', one.cert + two.cert],
    ['one behind its key and words', `a comment\n${one.key}${one.cert}`],
    ['lines that end with CR LF', one.cert.replaceAll('\n', '\r\n')],
  ])('may hold %s', (_, text) => {
    expect(certificatesIn(text, 'a.crt')).toEqual({ value: text });
  });

  it.each([
    ['nothing', '', 'a.crt holds no certificate in PEM form'],
    ['half of one', one.cert.slice(0, 200), 'a.crt holds no certificate in PEM form'],
    ['a key', one.key, 'a.crt holds no certificate in PEM form'],
    [
      'something else as the second',
      `${one.cert}${one.cert.replace(/\n.{64}\n/, '\n')}`,
      'a.crt: certificate 2 of 2 cannot be read: ',
    ],
  ])('is refused with %s', (_, text, fault) => {
    expect(certificatesIn(text, 'a.crt')).toEqual({ fault: expect.stringContaining(fault) });
  });
});

describe('a file of a key', () => {
  it('may hold certificates too', () => {
    const text = one.cert + one.key;
    expect(privateKeyIn(text, 'a.key')).toEqual({ value: text });
  });

  it.each(['', 'text', one.cert, one.key.slice(0, 100)])('is refused without one: %#', (text) => {
    expect(privateKeyIn(text, 'a.key')).toEqual({ fault: 'a.key holds no private key in PEM form' });
  });

  it('is refused with one that is encrypted', () => {
    const options = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 's3cret' } as const;
    expect(privateKeyIn(String(one.privateKey.export(options)), 'a.key')).toEqual({
      fault: 'the key in a.key is encrypted; nobody is there to type its passphrase',
    });
  });
});

describe('a certificate and a key', () => {
  it('go together when they were made together', () => {
    expect(pairFault(one.cert, one.key)).toBeUndefined();
  });

  it('are refused when they were not', () => {
    expect(pairFault(one.cert, two.key)).toBe('this key does not belong to the certificate');
  });

  it('are refused when TLS does not take them', () => {
    const weak = aCertificate({ rsaBits: 512 });
    expect(pairFault(weak.cert, weak.key)).toBe(
      'TLS does not take this key and its certificate: ee key too small',
    );
  });
});

describe('a file of keys for tickets', () => {
  const text = Buffer.alloc(48, 0xfb).toString('base64');

  it('holds 48 bytes in base64, and white space round them', () => {
    expect(ticketKeysIn(`${text}\n`, 'a')).toEqual({ value: text });
  });

  it.each(['', text.slice(4), `${text}\n${text}`, 'x'.repeat(48), `${text.slice(1)}-`])(
    'is refused with anything else: %s',
    (other) => {
      expect(ticketKeysIn(other, 'a')).toEqual({
        fault: 'a does not hold 48 bytes in base64; write it with openssl rand -base64 48',
      });
    },
  );
});
