import { z } from '../../core/options.ts';
import { fileName, listenAddress, name, noAddress } from './schema-parts.ts';

/** The keys that say where clients connect, and how. */

const certificate = z.strictObject({
  cert: fileName().describe('PEM file: the certificate, then those that lead to its authority'),
  key: fileName().describe('PEM file: its private key, not encrypted'),
});

const tls = z
  .strictObject({
    certificates: z
      .array(certificate)
      .min(1)
      .max(1000)
      .describe('each for the names that stand in it; the first also for clients that ask for no known name'),
    ticketKeys: fileName()
      .exactOptional()
      .describe('file with 48 random bytes in base64, to resume TLS sessions on several proxies'),
    clientCa: fileName()
      .exactOptional()
      .describe('PEM file of authorities; only clients with a certificate of theirs are served'),
  })
  .describe('TLS for clients');

const listener = z
  .strictObject({
    address: listenAddress().describe('`host:port`, `http://host:port` or `unix:/path`'),
    name: name().exactOptional().describe('in logs and metrics; the address if left out'),
    tls: tls.exactOptional(),
    http2: z.boolean().default(false).describe('HTTP/2 for clients that ask for it; needs `tls`'),
    h2c: z
      .boolean()
      .default(false)
      .describe('HTTP/2 without TLS for clients that begin with it; not with `tls`'),
    proxyProtocol: z
      .boolean()
      .default(false)
      .describe('connections begin with a PROXY header, v1 or v2, that a trusted proxy wrote'),
  })
  .describe('an address, and how it is served');

/** An address alone is a listener that speaks HTTP/1.1 in the clear. */
const whole = (given: string | z.output<typeof listener>): z.output<typeof listener> =>
  typeof given === 'string' ? { address: given, http2: false, h2c: false, proxyProtocol: false } : given;

// One union of three and not a union in a union, whose messages could not say which of the ways was meant.
export const listenSchema = z
  .union(
    [
      listenAddress(),
      listener,
      z
        .array(z.union([listenAddress(), listener], { error: noAddress }))
        .min(1)
        .max(64),
    ],
    { error: noAddress },
  )
  .transform((given) => (Array.isArray(given) ? given : [given]).map(whole));
