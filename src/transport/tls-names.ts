import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import { certificateInfo, type TlsCertificate } from './tls-certificate.ts';

/** The context for the name that a client asks for; undefined stands for the first certificate. */
export type ChooseContext = (servername: string) => SecureContext | undefined;

/**
 * Certificates by server name (RFC 6066, 3): the exact name before a wildcard, which stands for one label
 * (RFC 6125, 6.4.3). Of two certificates for a name the first is taken, and where none fits, the first of all.
 */
export const contextsByName = (
  certificates: readonly TlsCertificate[],
  options: SecureContextOptions,
): ChooseContext => {
  const exact = new Map<string, SecureContext | undefined>();
  const wildcard = new Map<string, SecureContext | undefined>();
  for (const [i, { cert, key }] of certificates.entries()) {
    const context = i === 0 ? undefined : createSecureContext({ ...options, cert, key });
    for (const name of certificateInfo(cert).names) {
      const isWildcard = name.startsWith('*.');
      const contexts = isWildcard ? wildcard : exact;
      const known = isWildcard ? name.slice(2) : name;
      if (!contexts.has(known)) contexts.set(known, context);
    }
  }
  return (servername) => {
    const name = servername.toLowerCase();
    if (exact.has(name)) return exact.get(name);
    const dot = name.indexOf('.');
    return dot < 1 ? undefined : wildcard.get(name.slice(dot + 1));
  };
};
