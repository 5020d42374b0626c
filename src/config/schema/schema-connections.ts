import { z } from '../../core/options.ts';
import { fileName, limit, password, section } from './schema-parts.ts';

/** The keys of a pool that say how connections to its servers are made, kept and tried. */

/** Most connections to one server. */
export const maxConnections = () => z.int().min(1).max(1_000_000);

const queue = section(
  {
    size: z
      .int()
      .min(0)
      .max(1_000_000)
      .default(128)
      .describe('requests that may wait for each server; what goes beyond is answered 503'),
    total: z
      .int()
      .min(0)
      .max(1_000_000)
      .exactOptional()
      .describe(
        'requests that may wait for all servers of the pool together; no limit of its own if left out',
      ),
    timeout: limit().prefault('5s').describe('longest wait; then the request is answered 503'),
  },
  'waiting for a server whose `maxConnections` are all in use',
);

const validate = z
  .union([
    z.literal('always'),
    z.literal('never'),
    z.strictObject({
      afterIdle: limit().describe('a connection that was not used for so long is tried before'),
    }),
  ])
  .prefault('never')
  .describe('whether a kept connection is tried before a request uses it');

const ping = z
  .union([
    z.literal('tcp'),
    z.strictObject({
      path: z
        .string()
        .regex(/^\/[\x21-\x7e]*$/, {
          error: ({ input }) => `expected a path that starts with /, got ${JSON.stringify(input)}`,
        })
        .describe('path, and query if need be, of the request'),
      timeout: limit().prefault('10s').describe('until the answer is there'),
    }),
  ])
  .prefault('tcp')
  .describe(
    'how a kept connection is tried: `tcp` looks whether it is still open, a path is asked for by HEAD',
  );

const hostName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$/i, {
    error: ({ input }) => `expected a host name such as app.example.com, got ${JSON.stringify(input)}`,
  })
  .refine((text) => !/^[\d.]+$/.test(text), { error: 'expected a host name, not an address' });

/** TLS towards servers, and towards whatever else is reached by an URL. */
export const tlsToServers = section(
  {
    verify: z.boolean().default(true).describe('a server without a valid certificate gets no requests'),
    ca: fileName().exactOptional().describe("PEM file of authorities; Node's own if left out"),
    servername: hostName
      .exactOptional()
      .describe('name that the certificate has to be for; the host of the URL if left out'),
    cert: fileName().exactOptional().describe('PEM file: a certificate for servers that ask for one'),
    key: fileName().exactOptional().describe('PEM file: its private key, not encrypted'),
  },
  'TLS towards servers whose URL is https',
);

const credentials = z
  .strictObject(
    {
      user: z
        .string()
        .min(1)
        .max(256)
        .refine((text) => !/[:\p{Cc}]/u.test(text), {
          error: 'a user has no colon and no control characters',
        })
        .exactOptional()
        .describe('name for Basic, with one of the next two'),
      password: password().exactOptional().describe('its password'),
      passwordFile: fileName()
        .exactOptional()
        .describe('file that holds the password, instead of `password`'),
      bearerFile: fileName()
        .exactOptional()
        .describe('file that holds a token for Bearer, instead of all these'),
    },
    // Never with what was found: a password may stand there.
    {
      error: ({ code }) =>
        code === 'invalid_type' ? 'expected a mapping with `user` or `bearerFile`' : undefined,
    },
  )
  .describe('sent to the servers as Authorization, instead of what the client sent');

export const connectionShape = {
  maxConnections: maxConnections()
    .exactOptional()
    .describe('connections to each server at once, upgraded ones included; no limit if left out'),
  queue,
  warmup: z
    .int()
    .min(0)
    .max(1000)
    .default(0)
    .describe('connections to each server that are opened at the start'),
  validate,
  ping,
  tls: tlsToServers,
  credentials: credentials.exactOptional(),
  loadReports: z
    .enum(['text', 'json'])
    .exactOptional()
    .describe(
      'form in which servers are asked to say their load with each answer (ORCA); not asked if left out',
    ),
  proxyProtocol: z
    .enum(['v1', 'v2'])
    .exactOptional()
    .describe('version of the PROXY header that begins each connection to a server; none if left out'),
};
