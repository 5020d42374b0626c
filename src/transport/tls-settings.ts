import { constants, createHash } from 'node:crypto';
import type { SecureContextOptions } from 'node:tls';

/**
 * What may be agreed on, best first: the suites of TLS 1.3, then for TLS 1.2 key exchange by ephemeral elliptic curves
 * with authenticated encryption only. No CBC, no key exchange by RSA. (Mozilla's "intermediate" without finite-field
 * Diffie-Hellman, which no client of today needs.)
 */
export const SERVER_CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

/** Seconds for which a client may resume a session. */
const SESSION_TIMEOUT = 3600;

/** Bytes of the keys that session tickets are sealed with. */
export const TICKET_KEYS_BYTES = 48;

/**
 * Sessions can be resumed only between listeners that ask the same of a client. Otherwise a ticket from a listener
 * that asks for no certificate would open one that does (CVE-2025-23419 in nginx).
 */
const sessionContext = (clientCa: string | undefined): string =>
  createHash('sha256')
    .update(`forehand ${clientCa ?? ''}`)
    .digest('hex')
    .slice(0, 32);

/** What every certificate of a listener is used with. `clientCa` is the PEM of those who may sign for clients. */
export const serverContextOptions = (
  ticketKeys: Buffer,
  clientCa: string | undefined,
): SecureContextOptions => ({
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.3',
  ciphers: SERVER_CIPHERS,
  honorCipherOrder: true,
  // Clients without AES in hardware put ChaCha20 first, and only for them it comes first here.
  secureOptions:
    constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_COMPRESSION | constants.SSL_OP_PRIORITIZE_CHACHA,
  ticketKeys,
  sessionTimeout: SESSION_TIMEOUT,
  sessionIdContext: sessionContext(clientCa),
  ca: clientCa,
});
