import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { messageOf } from '../../core/errors.ts';
import type { FileReader, FileSays } from '../reading/named-files.ts';

/** One certificate in PEM form (RFC 7468, 5.1). */
const BLOCK = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;
/** Sealing (16 bytes), signing (16) and naming (16) of session tickets, as Node takes them in one piece. */
const TICKET_KEYS_BYTES = 48;
/** The end of a certificate is told so long before. */
const SOON_MS = 21 * 24 * 3_600_000;

/** OpenSSL's errors without their numbers: `error:0A00018F:SSL routines::ee key too small` is the last part. */
const reason = (thrown: unknown): string => messageOf(thrown).replace(/^error:[^:]*:[^:]*:[^:]*:/, '');

/** Takes one or more certificates in PEM form: those of authorities. */
export const certificatesIn: FileReader = (text, name) => {
  const blocks = text.match(BLOCK) ?? [];
  if (blocks.length === 0) return { fault: `${name} holds no certificate in PEM form` };
  for (const [i, block] of blocks.entries())
    try {
      new X509Certificate(block);
    } catch (thrown) {
      return { fault: `${name}: certificate ${i + 1} of ${blocks.length} cannot be read: ${reason(thrown)}` };
    }
  return { value: text };
};

const day = (date: Date): string => date.toISOString().slice(0, 10);

/** What is to be said of the time in which a certificate holds; undefined if nothing. */
const timeWarning = (text: string, name: string, now: number): string | undefined => {
  const { validFrom, validTo } = new X509Certificate(text);
  const [from, to] = [new Date(validFrom), new Date(validTo)];
  if (from.getTime() > now) return `the certificate in ${name} does not hold before ${day(from)}`;
  if (to.getTime() <= now) return `the certificate in ${name} expired on ${day(to)}`;
  return to.getTime() - now < SOON_MS ? `the certificate in ${name} expires on ${day(to)}` : undefined;
};

/** Takes a certificate that is shown to others, with those that lead to its authority, at a time in epoch ms. */
export const ownCertificateIn =
  (now: number): FileReader =>
  (text, name) => {
    const said: FileSays = certificatesIn(text, name);
    return 'fault' in said ? said : { ...said, warning: timeWarning(text, name, now) };
  };

/** Takes a private key in PEM form, without a passphrase. */
export const privateKeyIn: FileReader = (text, name) => {
  try {
    createPrivateKey(text);
    return { value: text };
  } catch {
    // RFC 7468, 11, and before it RFC 1421, 4.6.1.1, write this word in clear.
    const isLocked = /\bENCRYPTED\b/.test(text);
    return {
      fault: isLocked
        ? `the key in ${name} is encrypted; nobody is there to type its passphrase`
        : `${name} holds no private key in PEM form`,
    };
  }
};

/** Takes 48 bytes in base64: `openssl rand -base64 48` writes them. */
export const ticketKeysIn: FileReader = (text, name) => {
  const value = text.trim();
  const isBase64 = /^[A-Za-z0-9+/]+$/.test(value);
  return isBase64 && Buffer.from(value, 'base64').length === TICKET_KEYS_BYTES
    ? { value }
    : {
        fault: `${name} does not hold ${TICKET_KEYS_BYTES} bytes in base64; write it with openssl rand -base64 48`,
      };
};

/** Why a certificate and a key, each good in itself, cannot be used together; undefined if they can. */
export const pairFault = (cert: string, key: string): string | undefined => {
  if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key)))
    return 'this key does not belong to the certificate';
  try {
    createSecureContext({ cert, key });
    return undefined;
  } catch (thrown) {
    return `TLS does not take this key and its certificate: ${reason(thrown)}`;
  }
};
