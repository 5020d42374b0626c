import { fraction, size, z } from '../../core/options.ts';
import type { AdminAuth, AdminConfig } from '../completing/admin-auth.ts';
import type { Credentials } from '../completing/credentials.ts';
import type { SessionsConfig, StickyConfig } from '../completing/sessions-config.ts';
import type { AgentsTls, Certificate, ListenerTls, ServerTls } from '../completing/tls-config.ts';
import { editorSchema, type JsonSchema } from './json-schema.ts';
import { adminShape } from './schema-admin.ts';
import { agentsSchema, explainSchema, stateSchema } from './schema-fleet.ts';
import { hostsSchema } from './schema-hosts.ts';
import { listenSchema } from './schema-listen.ts';
import { accessLogSchema, eventLogSchema, logSchema } from './schema-logs.ts';
import { addressRange, limit, listenAddress, manyOf, noAddress, section, wait } from './schema-parts.ts';
import { poolsSchema, routeSchema } from './schema-pools.ts';
import { recordSchema } from './schema-record.ts';
import { errorPagesSchema } from './schema-rules.ts';
import { sessionsSchema } from './schema-sessions.ts';
import { tracingSchema } from './schema-tracing.ts';

const timeoutsSchema = section(
  {
    requestHeaders: limit().prefault('30s').describe('until the head of a request is there'),
    request: limit().prefault('5m').describe('until the body of a request is there'),
    clientIdle: limit().prefault('75s').describe('between requests on a connection of a client'),
    connect: limit().prefault('2s').describe('until a server takes a connection'),
    responseHeaders: limit().prefault('60s').describe('until the head of an answer is there'),
    responseIdle: limit().prefault('60s').describe('between two pieces of an answer'),
    tunnel: limit().prefault('1h').describe('silence on an upgraded connection, such as a WebSocket'),
    serverIdle: limit().prefault('55s').describe('an unused connection to a server is kept that long'),
    drain: wait()
      .prefault('30s')
      .describe('for upgraded connections when their server leaves or the proxy stops'),
  },
  'how long each step may take; what takes longer is ended',
);

const limitsSchema = section(
  {
    headerBytes: size()
      .refine((bytes) => bytes >= 1024 && bytes <= 1_048_576, { error: 'expected 1KiB to 1MiB' })
      .prefault('16KiB')
      .describe('head of a request or an answer'),
    headerCount: z.int().min(10).max(1000).default(100).describe('header fields in a head'),
    targetBytes: size()
      .refine((bytes) => bytes >= 256 && bytes <= 65_536, { error: 'expected 256B to 64KiB' })
      .prefault('8KiB')
      .describe('path and query of a request'),
    bodyBytes: size().exactOptional().describe('body of a request; no limit if left out'),
    connections: z.int().min(1).max(1_000_000).default(10_000).describe('open connections of clients'),
    inFlight: z.int().min(1).max(1_000_000).default(10_000).describe('requests under way at once'),
  },
  'most that is taken; what goes beyond is refused',
);

/** What belongs beside the address is often sought in it. */
const noAdminAddress = (issue: { readonly input?: unknown }): string | undefined =>
  typeof issue.input === 'object'
    ? 'expected an address such as 127.0.0.1:9090; who may come is said beside it with `adminAuth`, TLS with `adminTls`'
    : noAddress(issue);

/** Every key at the top of the file, in the order of the documentation. */
export const rootShape = {
  listen: listenSchema
    .prefault(['127.0.0.1:8080'])
    .describe(
      'where clients connect: `host:port`, `http://host:port`, `unix:/path`, or one of these with more to say',
    ),
  admin: z
    .union([z.literal(false), listenAddress()], { error: noAdminAddress })
    .default('127.0.0.1:9090')
    .describe(
      'admin API, metrics and dashboard: `host:port`, `unix:/path`, or `false` for none; with `adminAuth` where others reach it',
    ),
  ...adminShape,
  workers: z
    .union([z.literal('auto'), z.int().min(1).max(1024)])
    .default(1)
    .describe('processes that serve; `auto` is one for each core'),
  transport: z
    .enum(['auto', 'net', 'raw'])
    .default('auto')
    .describe(
      "`net` is Node's sockets, `raw` the cheaper handles below them; `auto` is `raw` where that works",
    ),
  agents: agentsSchema.exactOptional().describe('reports of agents; none are taken if left out'),
  state: stateSchema.exactOptional().describe('what the proxies of a fleet share; nothing if left out'),
  sessions: sessionsSchema.exactOptional(),
  pools: poolsSchema
    .prefault({})
    .describe('servers that can answer the same requests, by name; needed but where routes or hosts answer'),
  routes: z
    .array(routeSchema)
    .min(1)
    .exactOptional()
    .describe('which requests go to which pool; with one pool and no `hosts`, all of them if left out'),
  hosts: hostsSchema.exactOptional().describe('virtual hosts, by name or as a list'),
  errorPages: errorPagesSchema.exactOptional(),
  trustedProxies: manyOf(addressRange(), 256, 0)
    .prefault([])
    .describe('proxies in front whose X-Forwarded-* and PROXY headers are believed'),
  timeouts: timeoutsSchema,
  limits: limitsSchema,
  retry: section(
    {
      attempts: z
        .int()
        .min(0)
        .max(5)
        .default(2)
        .describe('further attempts after the first, each at another server'),
      budget: fraction().default(0.2).describe('retries as a part of all requests of a pool, 0 to 1'),
    },
    'sending a request again after a failure, where that is safe',
  ),
  via: z
    .boolean()
    .default(true)
    .describe('adds Via to requests, and stops those that went through this proxy too often'),
  underscores: z
    .enum(['drop', 'keep'])
    .default('drop')
    .describe('header fields with an underscore in their name, which many servers take for a hyphen'),
  shutdown: section(
    {
      delay: wait().prefault('0s').describe('the proxy says it is not ready, but serves on'),
      grace: wait().prefault('30s').describe('then requests under way may take that long to end'),
    },
    'how the proxy stops',
  ),
  log: logSchema,
  accessLog: accessLogSchema.exactOptional(),
  eventLog: eventLogSchema.exactOptional(),
  tracing: tracingSchema.exactOptional(),
  record: recordSchema.exactOptional(),
  explain: explainSchema.exactOptional(),
  exposeServer: z
    .boolean()
    .default(false)
    .describe('adds X-Forehand-Server and Server-Timing to answers; for demonstrations'),
  include: z
    .union([z.string(), z.array(z.string()).max(64)])
    .exactOptional()
    .describe('further files, relative to this one; `*` in the last part of a path matches any names'),
};

export const rootSchema = z.strictObject(rootShape);

/** JSON Schema of the configuration file; durations and sizes are strings with a pattern. */
export const configSchema = (): JsonSchema => editorSchema(rootSchema);

type DeepReadonly<T> = T extends object ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> } : T;

/** The configuration as it was written: checked, with its defaults, but with names where files are named. */
export type WrittenConfig = DeepReadonly<z.output<typeof rootSchema>>;

/** One pool as it was written, with its defaults. */
export type WrittenPool = WrittenConfig['pools'][string];

/** One listener as it was written, with its defaults. */
export type WrittenListener = WrittenConfig['listen'][number];

/** One route as it was written, with its case and its defaults settled. */
export type RouteConfig = DeepReadonly<z.output<typeof routeSchema>>;

/** One virtual host as it was written, with its case and its defaults settled. */
export type HostConfig = DeepReadonly<z.output<typeof hostsSchema>>[number];

/** Where clients connect, and how. */
export type ListenerConfig = Omit<WrittenListener, 'tls'> & { readonly tls?: ListenerTls };

/** One pool with its defaults filled in and its files read. */
export type PoolConfig = Omit<WrittenPool, 'tls' | 'credentials' | 'sticky'> & {
  readonly sticky?: StickyConfig;
  readonly tls: ServerTls;
  readonly credentials?: Credentials;
};

type WrittenAgents = NonNullable<WrittenConfig['agents']>;
type WrittenState = NonNullable<WrittenConfig['state']>;

/** One token with what it allows. `secrets`: one or more; the first is the newest. */
export type TokenConfig = Pick<NonNullable<WrittenAgents['tokens']>[number], 'name' | 'pools' | 'from'> & {
  readonly secrets: readonly string[];
  readonly tokenFile?: string;
};

/** `tokens` has the one of `token` or `tokenFile` too, under the name `agents`. Empty if there is none. */
export type AgentsConfig = Pick<WrittenAgents, 'listen' | 'rate'> & {
  readonly tokens: readonly TokenConfig[];
  readonly tls?: AgentsTls;
};

/** `secrets`: what the proxies sign, the newest first; empty if nothing. */
export type StateConfig = Omit<WrittenState, 'tls' | 'token'> & {
  readonly tls: ServerTls;
  readonly password?: string;
  readonly secrets: readonly string[];
};

/** `secrets`: each of them is taken; one or more. */
export type ExplainConfig = Pick<NonNullable<WrittenConfig['explain']>, 'tokenFile'> & {
  readonly secrets: readonly string[];
};

/**
 * The configuration, checked and complete: plain data, frozen. Durations are milliseconds, sizes bytes, addresses and
 * URLs the texts as written (parseListenAddress, parseAgentAddress, parseServerUrl read them without fail). Where a key
 * names a file with a secret or a certificate, its text is here beside the name. `accessLog.file` is absolute, or
 * `stdout`; `discovery.file`, `record.file`, `eventLog.file` and `tracing.module` are absolute.
 */
export type Config = Omit<
  WrittenConfig,
  | 'include'
  | 'routes'
  | 'hosts'
  | 'listen'
  | 'pools'
  | 'agents'
  | 'state'
  | 'explain'
  | 'sessions'
  | keyof AdminConfig
> & {
  readonly adminAuth?: AdminAuth;
  readonly adminTls?: Certificate;
  readonly explain?: ExplainConfig;
  readonly listen: readonly ListenerConfig[];
  readonly agents?: AgentsConfig;
  readonly state?: StateConfig;
  readonly sessions?: SessionsConfig;
  readonly pools: Readonly<Record<string, PoolConfig>>;
  readonly routes: readonly RouteConfig[];
  /** Empty if there are none. */
  readonly hosts: readonly HostConfig[];
};
