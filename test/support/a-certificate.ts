import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** A self-signed certificate with its key, in PEM form. */
export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
  readonly privateKey: KeyObject;
}

export interface CertificateFacts {
  /** Names that it is for, the first also as its subject. */
  readonly names?: readonly string[];
  readonly from?: string;
  readonly to?: string;
  /** An RSA key of so many bits instead of one on P-256. */
  readonly rsaBits?: number;
}

/** One value in DER (X.690, 8.1): tag, length, content. */
const der = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const content = Buffer.concat(parts);
  const bytes = content.length.toString(16);
  const length =
    content.length < 0x80
      ? Buffer.of(content.length)
      : Buffer.concat([
          Buffer.of(0x80 | Math.ceil(bytes.length / 2)),
          Buffer.from(bytes.padStart(bytes.length + (bytes.length % 2), '0'), 'hex'),
        ]);
  return Buffer.concat([Buffer.of(tag), length, content]);
};

const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts);
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));

/** ecdsa-with-SHA256 (RFC 5758, 3.2) and sha256WithRSAEncryption (RFC 4055, 5). */
const ECDSA = sequence(oid('2a8648ce3d040302'));
const RSA = sequence(oid('2a864886f70d01010b'), der(0x05));

const commonName = (name: string): Buffer =>
  sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from(name)))));

/** GeneralizedTime, which RFC 5280 (4.1.2.5) wants from 2050 on; readers take it for earlier years too. */
const time = (text: string): Buffer =>
  der(0x18, Buffer.from(`${new Date(text).toISOString().slice(0, 19).replace(/[-:T]/g, '')}Z`));

const alternativeNames = (names: readonly string[]): Buffer => {
  const list = sequence(...names.map((name) => der(0x82, Buffer.from(name))));
  return der(0xa3, sequence(sequence(oid('551d11'), der(0x04, list))));
};

const pem = (bytes: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${bytes.toString('base64').replace(/.{64}/g, '$&\n').trimEnd()}\n-----END CERTIFICATE-----\n`;

/** Makes a certificate (RFC 5280, 4.1) without any program but this one. */
export const aCertificate = ({
  names = ['localhost'],
  from = '2020-01-01',
  to = '2090-01-01',
  rsaBits,
}: CertificateFacts = {}): TestCertificate => {
  const { privateKey, publicKey } =
    rsaBits === undefined
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: rsaBits });
  const algorithm = rsaBits === undefined ? ECDSA : RSA;
  const subject = commonName(names[0] ?? '');
  const facts = sequence(
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.of(1)),
    algorithm,
    subject,
    sequence(time(from), time(to)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    alternativeNames(names),
  );
  const signature = sign('sha256', facts, privateKey);
  return {
    cert: pem(sequence(facts, algorithm, der(0x03, Buffer.of(0), signature))),
    key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    privateKey,
  };
};
