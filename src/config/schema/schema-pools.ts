import { hostAndPort, parseServerUrl } from '../../core/accept.ts';
import { fraction, size, z } from '../../core/options.ts';
import { MAX_SERVERS } from '../../core/pool-servers.ts';
import { matchablePath } from '../../core/route.ts';
import { CHAIN_NAMES } from './named-chains.ts';
import { connectionShape, maxConnections } from './schema-connections.ts';
import { agentCheckSchema, discoverySchema } from './schema-fleet.ts';
import { healthSchema, outlierSchema } from './schema-health.ts';
import { routeHedgeSchema } from './schema-hedge.ts';
import { hostName } from './schema-host-name.ts';
import { localShape } from './schema-local.ts';
import { acceptRule, limit, manyOf, name } from './schema-parts.ts';
import { poolProbesSchema, routeProbeSchema } from './schema-probes.ts';
import { answerShape, guardShape, headersMatchSchema } from './schema-rules.ts';
import { routeSessions, stickySchema } from './schema-sessions.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT'];

/** Names the mistakes that are made most: no scheme, or a path behind the port. */
const urlFault = (text: string): string => {
  const given = `expected the URL of a server such as http://10.0.0.5:3000, got ${JSON.stringify(text)}`;
  const repaired = URL.canParse(text) && /^https?:/i.test(text) ? new URL(text).origin : `http://${text}`;
  return parseServerUrl(repaired) ? `${given}; write \`${repaired}\`` : given;
};

const serverUrl = z
  .string()
  .refine((text) => parseServerUrl(text) !== undefined, { error: ({ input }) => urlFault(String(input)) })
  .describe('http or https, host and port');

const serverId = z.string().regex(/^[\w.:[\]-]{1,128}$/, {
  error: ({ input }) =>
    `expected an id of letters, digits and \`_.:-[]\`, at most 128 of them, got ${JSON.stringify(input)}`,
});

const tag = z.string().regex(/^[^\s,]{1,64}$/, {
  error: ({ input }) => `expected a tag without spaces and commas, got ${JSON.stringify(input)}`,
});

const serverShape = {
  id: serverId.exactOptional().describe('unique in the pool; host and port of the URL if left out'),
  url: serverUrl,
  tags: manyOf(tag, 64, 0).prefault([]).describe('marks that functions such as byTag look at'),
  arriba: z
    .number()
    .positive()
    .exactOptional()
    .describe('speed of the machine that beats the reported one; 1000 is the reference'),
  maxConnections: maxConnections().exactOptional().describe("connections at once; the pool's if left out"),
};

const idOf = (url: string): string => {
  const parsed = parseServerUrl(url);
  return parsed ? hostAndPort(parsed) : url;
};

const server = z
  .union([serverUrl, z.strictObject(serverShape)])
  .transform((given) =>
    typeof given === 'string'
      ? { id: idOf(given), url: given, tags: [] }
      : { ...given, id: given.id ?? idOf(given.url) },
  );

/** A link as it is written: a name or a path, alone or as the one key before its options. */
const chainEntry = z.union([z.string().min(1).max(1024), z.record(z.string(), z.unknown())]);

export type ChainEntry = string | Readonly<Record<string, unknown>>;

/** A chain: the name of one, or its links. */
export const chainSchema = z
  .union([z.enum(CHAIN_NAMES), z.array(chainEntry).min(1).max(64)])
  .describe(
    'candidacy functions in order; `default` is the default chain, `full` the one with fresh numbers',
  );

const shadowSchema = z
  .strictObject({
    chain: chainSchema,
    share: fraction()
      .refine((share) => share > 0, { error: 'expected more than 0' })
      .default(1)
      .describe('part of the decisions that it makes too'),
  })
  .describe('a second chain that decides beside the first, without being used');

const whenEmpty = z
  .enum(['undo', 'refuse', 'local'])
  .describe('what a list that a link has emptied means: ignore that link, answer 503, or serve locally');

export const poolShape = {
  servers: manyOf(server, MAX_SERVERS, 0)
    .prefault([])
    .describe('URLs, or mappings with more to say of a server'),
  accept: manyOf(acceptRule(), 256, 0)
    .prefault([])
    .describe('addresses, with ports, that agents may announce as servers of this pool; none if left out'),
  discovery: discoverySchema.exactOptional(),
  agentCheck: agentCheckSchema.exactOptional(),
  health: healthSchema.exactOptional(),
  outlier: outlierSchema.exactOptional(),
  chain: chainSchema.default('default'),
  whenEmpty: whenEmpty.default('undo'),
  sticky: stickySchema.exactOptional(),
  self: z.string().exactOptional().describe("id of the server on this proxy's own machine"),
  shadow: shadowSchema.exactOptional(),
  ...connectionShape,
  probes: poolProbesSchema,
};

const pathError = (path: string): string => {
  const matchable = /^\/[^?#\s]*$/.test(path) ? matchablePath(path) : undefined;
  const repaired = /^[\w.~-][^?#\s]*$/.test(path) ? `; write \`/${path}\`` : '';
  return matchable === undefined
    ? `expected a path that starts with / and has no query, got ${JSON.stringify(path)}${repaired}`
    : `paths are compared in their simplest form; write ${JSON.stringify(matchable)} for ${JSON.stringify(path)}`;
};

const routePath = z.string().refine((path) => /^\/[^?#\s]*$/.test(path) && matchablePath(path) === path, {
  error: ({ input }) => pathError(String(input)),
});

const method = z
  .string()
  .transform((text) => text.toUpperCase())
  .pipe(z.enum(METHODS));

const routeTimeouts = z
  .strictObject({
    request: limit().exactOptional().describe('until the body of a request is there'),
    responseHeaders: limit().exactOptional().describe('until the head of an answer is there'),
    responseIdle: limit().exactOptional().describe('between two pieces of an answer'),
    tunnel: limit().exactOptional().describe('silence on an upgraded connection, such as a WebSocket'),
  })
  .describe('instead of those that hold for all routes');

const routeLimits = z
  .strictObject({
    bodyBytes: size().exactOptional().describe('body of a request, instead of the limit for all routes'),
    inFlight: z
      .int()
      .min(1)
      .max(1_000_000)
      .exactOptional()
      .describe('requests of this route under way at once, besides the limit for all'),
  })
  .describe('most that this route takes');

/** What may be said of a route, and of a location of a host. */
export const locationShape = {
  name: name().exactOptional().describe('in logs and metrics; host and path if left out'),
  path: routePath.exactOptional().describe('prefix; `/api/` is what lies below, `/api` is also itself'),
  methods: manyOf(method, 64).exactOptional().describe('methods; all but CONNECT if left out'),
  headers: headersMatchSchema.exactOptional(),
  pool: z.string().exactOptional().describe('name of the pool that serves it'),
  chain: chainSchema.exactOptional().describe("the pool's chain if left out"),
  whenEmpty: whenEmpty.exactOptional().describe("the pool's if left out"),
  ...answerShape,
  ...localShape,
  sessions: routeSessions.exactOptional(),
  ...guardShape,
  timeouts: routeTimeouts.exactOptional(),
  limits: routeLimits.exactOptional(),
  hedge: routeHedgeSchema.exactOptional(),
  probe: routeProbeSchema.exactOptional(),
};

export const routeShape = {
  ...locationShape,
  host: hostName().exactOptional().describe('`www.example.com`, or `*.example.com` for every name below it'),
};

const poolSchema = z.strictObject(poolShape);
export const routeSchema = z.strictObject(routeShape);
export const poolsSchema = z.record(name(), poolSchema);
