import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { ConfigError, messageOf } from '../core/errors.ts';

/** A certificate with its key, both as PEM text. Whoever read the files says their names, for messages. */
export interface TlsCertificate {
  /** The certificate itself first, then those that lead to its authority. */
  readonly cert: string;
  readonly certFile: string;
  readonly key: string;
  readonly keyFile: string;
}

/** What is said about a certificate to people and metrics. */
export interface CertificateInfo {
  /** DNS names in lower case and IP addresses, from the alternative names; without these the common name. */
  readonly names: readonly string[];
  /** Epoch milliseconds. */
  readonly notBefore: number;
  /** Epoch milliseconds; it holds up to here. */
  readonly notAfter: number;
}

/** `DNS:a.example, IP Address:10.0.0.1`; Node puts a name with odd characters into quotes, and such a name is none. */
const alternativeNames = (text: string): readonly string[] =>
  [...text.matchAll(/(?:^|, )(?:DNS|IP Address):([^,"]+)/g)].map(([, name = '']) => name.toLowerCase());

const commonNames = (subject: string): readonly string[] =>
  [...subject.matchAll(/^CN=(.+)$/gm)].map(([, name = '']) => name.toLowerCase());

/** Reads the first certificate in a PEM text. Throws where there is none that can be read. */
export const certificateInfo = (pem: string): CertificateInfo => {
  const certificate = new X509Certificate(pem);
  const names = alternativeNames(certificate.subjectAltName ?? '');
  return {
    // A common name counts only where there is no alternative name (RFC 6125, 6.4.4).
    names: names.length > 0 ? names : commonNames(certificate.subject),
    notBefore: Date.parse(certificate.validFrom),
    notAfter: Date.parse(certificate.validTo),
  };
};

const readKey = ({ key, keyFile }: TlsCertificate): KeyObject | string => {
  try {
    return createPrivateKey(key);
  } catch (error) {
    if (/ENCRYPTED/.test(key)) return `${keyFile} is encrypted: a key with a pass phrase cannot be used`;
    return `${keyFile} holds no private key in PEM form: ${messageOf(error)}`;
  }
};

/** What keeps a certificate from being used, in words that name the file; undefined if nothing does. */
export const certificateFault = (one: TlsCertificate): string | undefined => {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(one.cert);
  } catch (error) {
    return `${one.certFile} holds no certificate in PEM form: ${messageOf(error)}`;
  }
  const key = readKey(one);
  if (typeof key === 'string') return key;
  if (!certificate.checkPrivateKey(key)) return `${one.keyFile} is not the key of ${one.certFile}`;
  try {
    createSecureContext({ cert: one.cert, key: one.key });
  } catch (error) {
    return `${one.certFile} cannot be used: ${messageOf(error)}`;
  }
  return undefined;
};

const throwFaults = (faults: readonly string[]): void => {
  if (faults.length > 0) throw new ConfigError(faults.map((message) => ({ severity: 'error', message })));
};

/** Throws ConfigError with every fault of every certificate; all of them name the file. */
export const checkCertificates = (certificates: readonly TlsCertificate[]): void => {
  if (certificates.length === 0) throwFaults(['TLS needs at least one certificate']);
  throwFaults(certificates.flatMap((one) => certificateFault(one) ?? []));
};
