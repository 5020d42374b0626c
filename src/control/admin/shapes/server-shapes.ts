import { z } from '../../../core/options.ts';
import type { Stats } from '../../../core/types.ts';
import type { DiscoveryView } from '../../../state/discovery/discovery.ts';
import type { HealthView, HostView, NodeView, PoolView, RouteView, ServerView } from '../../views/views.ts';
import { refusalShape } from './refusal-shapes.ts';
import { count, date, listOf, orNull, part, shapeOf, text } from './shape.ts';

const some = (): z.ZodExactOptional<z.ZodNumber> => z.number().exactOptional();

const stats = {
  load1: some(),
  loadHighWater: some(),
  cpuIdle: some(),
  cpus: some(),
  memoryTotal: some(),
  memoryAvailable: some(),
  arribaNominal: some(),
  arribaFrom: text().exactOptional(),
  runQueueDelay: some(),
  eventLoopDelay: some(),
  pressure: z.looseObject({ cpu: some(), memory: some(), io: some() }).exactOptional(),
  throttled: some(),
  slots: z.looseObject({ total: z.number(), available: z.number() }).exactOptional(),
  serviceTime: some(),
  custom: z.record(z.string(), z.number()).exactOptional(),
};

/** Agents may say more than this. */
const statsShape = shapeOf<Stats>('Stats')(z.looseObject({ ...stats, arriba: some(), inFlight: some() }));

const state = z.enum(['ready', 'drain', 'maint', 'down', 'ejected', 'slowstart', 'unknown']);

const healthShape = shapeOf<HealthView>('Health')(
  z.strictObject({
    kind: z.enum(['http', 'tcp']),
    state: z.enum(['up', 'down', 'unknown']),
    passes: count(),
    fails: count(),
    lastResult: orNull(text()),
    lastAt: orNull(date()),
    nextAt: orNull(date()),
    since: orNull(date()),
  }),
);

const hand = z.strictObject({
  state: z.enum(['ready', 'drain', 'maint']),
  weight: z.number().min(0).max(256).exactOptional(),
  reason: text(),
  until: date().exactOptional(),
  by: text().exactOptional(),
});

const told = z.strictObject({
  state: z.enum(['ready', 'drain', 'maint', 'down']),
  weight: z.number().min(0).max(256),
  reason: text(),
  custom: z.record(z.string(), z.number()).exactOptional(),
});

/** What was reported stands at the top too, whatever it is. */
export const serverShape = shapeOf<ServerView>('Server')(
  z.looseObject({
    ...stats,
    id: text(),
    url: text(),
    pool: text(),
    state,
    tags: z.array(text()),
    self: z.boolean(),
    node: orNull(text()),
    heardAt: orNull(date()),
    ageMs: orNull(count()),
    source: orNull(text()),
    stats: orNull(statsShape),
    arriba: orNull(z.number()),
    inFlight: z.number(),
    connections: orNull(z.strictObject({ open: count(), idle: count(), waiting: count() })),
    reportedInFlight: orNull(z.number()),
    latencyMs: orNull(count()),
    responseTimeMs: orNull(count()),
    forwarded: count(),
    failures: count(),
    refused: count(),
    weight: z.number(),
    hand: orNull(hand),
    told: orNull(told),
    share: part(),
    reason: orNull(text()),
    health: orNull(healthShape),
  }),
);
export const serversShape = listOf('Servers', serverShape);

export const poolShape = shapeOf<PoolView>('Pool')(
  z.strictObject({
    name: text(),
    state,
    servers: count(),
    ready: count(),
    inFlight: z.number(),
    requestsPerSecond: orNull(count()),
    p99Ms: orNull(count()),
  }),
);
export const poolsShape = listOf('Pools', poolShape);

export const routesShape = listOf(
  'Routes',
  shapeOf<RouteView>('Route')(
    z.strictObject({
      name: text(),
      host: orNull(text()),
      path: orNull(text()),
      methods: orNull(z.array(text())),
      pool: orNull(text()),
      chain: orNull(text()),
    }),
  ),
);

export const hostShape = shapeOf<HostView>('Host')(
  z.strictObject({
    name: text(),
    aliases: z.array(text()),
    default: z.boolean(),
    from: z.enum(['config', 'api']),
    locations: z.array(z.unknown()),
  }),
);
export const hostsShape = listOf('Hosts', hostShape);

export const nodesShape = listOf(
  'Nodes',
  shapeOf<NodeView>('Node')(
    z.strictObject({
      name: text(),
      transport: text(),
      address: text(),
      token: orNull(text()),
      ageMs: count(),
      everyMs: orNull(count()),
      clockOffsetMs: orNull(z.number()),
      reports: count(),
      refused: count(),
      lastRefusal: orNull(refusalShape),
      servers: z.array(text()),
    }),
  ),
);

export const discoveryShape = listOf(
  'Discovery',
  shapeOf<Pick<DiscoveryView, 'pool' | 'source' | 'servers'>>('DiscoverySource')(
    z.strictObject({
      pool: text(),
      source: text(),
      servers: count(),
      lastAt: date().exactOptional(),
      fault: text().exactOptional(),
    }),
  ),
);
