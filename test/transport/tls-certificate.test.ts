import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/core/errors.ts';
import { certificateFault, certificateInfo, checkCertificates } from '../../src/transport/tls-certificate.ts';
import { aCertificate } from '../support/a-certificate.ts';
import { madeCertificate } from './made-certificates.ts';

const good = madeCertificate({ subject: 'good', names: ['DNS:a.example', 'DNS:*.B.example', 'IP:10.0.0.1'] });
const other = madeCertificate({ subject: 'other' });

const encrypted = (key: string): string =>
  String(execFileSync('openssl', ['pkcs8', '-topk8', '-passout', 'pass:x'], { input: key, stdio: 'pipe' }));

describe('what is said of a certificate', () => {
  it.each([
    ['alternative names', good.cert, ['a.example', '*.b.example', '10.0.0.1']],
    ['the common name', other.cert, ['other']],
    ['no name', madeCertificate().cert, []],
    ['the first of a chain', good.cert + other.cert, ['a.example', '*.b.example', '10.0.0.1']],
    ['odd ones left out', aCertificate({ names: ['a, DNS:b.example', 'c.example'] }).cert, ['c.example']],
    ['an IPv6 address', madeCertificate({ names: ['IP:2001:db8::1'] }).cert, ['2001:db8:0:0:0:0:0:1']],
  ])('are its names: %s', (_, pem, names) => {
    expect(certificateInfo(pem).names).toEqual(names);
  });

  it('is when it holds', () => {
    const { cert } = aCertificate({ from: '2026-01-02T03:04:05Z', to: '2026-02-03T04:05:06Z' });
    expect(certificateInfo(cert)).toMatchObject({
      notBefore: Date.UTC(2026, 0, 2, 3, 4, 5),
      notAfter: Date.UTC(2026, 1, 3, 4, 5, 6),
    });
  });

  it('cannot be said of something else', () => {
    expect(() => certificateInfo('x')).toThrow();
    expect(() => certificateInfo(good.key)).toThrow();
  });
});

describe('a certificate with its key', () => {
  it('has no fault if they belong together', () => {
    expect(certificateFault(good)).toBeUndefined();
    expect(certificateFault({ ...good, cert: good.cert + other.cert })).toBeUndefined();
  });

  it.each([
    ['no certificate', { cert: 'x' }, /^good\.pem holds no certificate in PEM form: /],
    ['the key as certificate', { cert: good.key }, /^good\.pem holds no certificate in PEM form: /],
    ['no key', { key: '' }, /^good\.key holds no private key in PEM form: /],
    ['the certificate as key', { key: good.cert }, /^good\.key holds no private key in PEM form: /],
    ['an encrypted key', { key: encrypted(good.key) }, /^good\.key is encrypted: .* pass phrase/],
    ['the key of another', { key: other.key }, /^good\.key is not the key of good\.pem$/],
    ['a key too weak', aCertificate({ rsaBits: 512 }), /^good\.pem cannot be used: /],
    ['a chain that breaks off', { cert: `${good.cert}-----BEGIN CERTIFICATE-----\nAAAA\n` }, /^good\.pem /],
  ])('has a fault that names the file: %s', (_, change, message) => {
    expect(certificateFault({ ...good, ...change })).toMatch(message);
  });

  it('is told with every other fault at once', () => {
    const faulty = [{ ...good, key: '' }, good, { ...other, cert: '' }];
    expect(() => checkCertificates(faulty)).toThrow(ConfigError);
    expect(() => checkCertificates(faulty)).toThrow(/good\.key.*; other\.pem/);
    expect(() => checkCertificates([])).toThrow('at least one certificate');
    expect(() => checkCertificates([good, other])).not.toThrow();
  });
});
