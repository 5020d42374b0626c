import { parseDnsSource, parseNameServer } from '../../core/dns-source.ts';
import { z } from '../../core/options.ts';
import { tlsToServers } from './schema-connections.ts';
import { addressRange, agentAddress, fileName, limit, name, oneOrMany, secret } from './schema-parts.ts';

/** The keys that say how reports and servers come to a proxy, and what it shares with other proxies. */

const tokenFile = () =>
  fileName().describe(
    'file that holds the token; of several, one a line, the first is sent and all are taken',
  );

const tokenEntry = z.strictObject({
  name: name().describe('for logs and the status page; unique'),
  token: secret()
    .min(1, { error: 'the token is empty' })
    .exactOptional()
    .describe('what its agents sign or send'),
  tokenFile: tokenFile().exactOptional(),
  pools: z
    .array(z.string())
    .min(1)
    .max(64)
    .exactOptional()
    .describe('pools that may be reported on; all if left out'),
  from: z
    .array(addressRange())
    .min(1)
    .max(256)
    .exactOptional()
    .describe('addresses that it may be used from; any if left out'),
});

const agentsTls = z
  .strictObject({
    cert: fileName().describe('PEM file: the certificate, then those that lead to its authority'),
    key: fileName().describe('PEM file: its private key, not encrypted'),
    clientCa: fileName()
      .exactOptional()
      .describe('PEM file of authorities; agents need a certificate of one of them'),
  })
  .describe('TLS for `https://` addresses in `listen`');

export const agentsSchema = z.strictObject({
  listen: oneOrMany(agentAddress())
    .default([])
    .describe(
      'where reports are taken: `http://host:port`, `https://host:port`, `udp://host:port`, `udp://group:port?ttl=1&interface=ip`, or `heartbeat://group:port?from=10.0.0.0/8` for mod_heartbeat',
    ),
  token: secret()
    .exactOptional()
    .describe('what agents sign or send; needed when `listen` is not on loopback'),
  tokenFile: tokenFile().exactOptional(),
  tokens: z
    .array(tokenEntry)
    .min(1)
    .max(1000)
    .exactOptional()
    .describe('tokens that are bound to pools and addresses'),
  tls: agentsTls.exactOptional(),
  rate: z.int().min(1).max(1_000_000).default(1000).describe('reports a second that one address may send'),
});

/** The URL of a Redis server. The messages never show it. */
export const redisUrl = z.string().refine(
  (text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    return url !== undefined && /^rediss?:$/.test(url.protocol) && url.hostname !== '' && url.hash === '';
  },
  // Never with what was found: a password may stand there.
  {
    error:
      'expected the URL of a server such as redis://10.0.0.9:6379 or rediss://user@redis.internal:6380/0',
  },
);

export const stateSchema = z.strictObject({
  driver: z
    .enum(['memory', 'redis'])
    .default('memory')
    .describe(
      '`memory`: each proxy knows what it heard itself; `redis`: all proxies of a fleet know the same',
    ),
  url: redisUrl.exactOptional().describe('where Redis or Valkey is; `rediss` for TLS'),
  prefix: z
    .string()
    .regex(/^[\w.:/-]{1,64}$/, { error: 'expected 1 to 64 letters, digits and `_.:/-`' })
    .default('forehand:')
    .describe('begins every key and channel'),
  tls: tlsToServers,
  passwordFile: fileName().exactOptional().describe('file that holds the password of the user in `url`'),
  token: secret()
    .min(1, { error: 'the token is empty' })
    .exactOptional()
    .describe('what the proxies sign; needed when Redis is not on loopback'),
  tokenFile: tokenFile().exactOptional(),
});

export const explainSchema = z
  .strictObject({
    token: secret()
      .min(1, { error: 'the token is empty' })
      .exactOptional()
      .describe('what a request shows in X-Forehand-Explain'),
    tokenFile: fileName()
      .exactOptional()
      .describe('file that holds the token; of several, one a line, all are taken'),
  })
  .describe('answers a request that shows the token with its own decision, in X-Forehand-Decision');

const dnsName = z.string().refine((text) => parseDnsSource(text) !== undefined, {
  error: ({ input }) =>
    `expected a name such as app.internal:3000, https://app.internal:8443 or _http._tcp.app.internal, got ${JSON.stringify(input)}`,
});

const resolver = z.string().refine((text) => parseNameServer(text) !== undefined, {
  error: ({ input }) => `expected an address such as 127.0.0.1:8600, got ${JSON.stringify(input)}`,
});

const REFRESH = '30s';

const dnsEntry = z
  .union([
    dnsName,
    z.strictObject({
      name: dnsName.describe('name and port; a name that begins with `_` is asked for SRV'),
      every: limit().prefault(REFRESH).describe('longest time between two questions'),
      resolver: resolver.exactOptional().describe("address of the DNS server; the system's if left out"),
    }),
  ])
  .transform((given) => (typeof given === 'string' ? { name: given, every: 30_000 } : given));

export const discoverySchema = z
  .strictObject({
    dns: z
      .union([dnsEntry, z.array(dnsEntry).min(1).max(16)])
      .transform((given) => (Array.isArray(given) ? given : [given]))
      .exactOptional()
      .describe('names whose addresses are servers of this pool'),
    file: fileName()
      .exactOptional()
      .describe('file that lists servers in the shape of Prometheus file_sd, followed as it changes'),
  })
  .describe('where servers come from besides `servers` and agents');

export const agentCheckSchema = z
  .strictObject({
    port: z.int().min(1).max(65_535).describe('port of the agents, at the hosts of the servers'),
    every: limit().prefault('2s').describe('time between two questions to one server'),
    timeout: limit().prefault('1s').describe('for one question'),
    send: z
      .string()
      .max(256)
      .regex(/^[^\0]*$/)
      .exactOptional()
      .describe('what is sent before the answer is read'),
  })
  .describe("agents in HAProxy's dialect that are asked for weight and state");
