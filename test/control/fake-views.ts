import { silentLog } from '../../src/control/logs/log.ts';
import { Trace } from '../../src/control/logs/trace.ts';
import type {
  AdminParts,
  ChainView,
  DecisionView,
  HostView,
  LinkView,
  NodeView,
  PoolView,
  RecentDecision,
  ServerView,
} from '../../src/control/views/views.ts';
import type { Stats } from '../../src/core/types.ts';

/** Views for tests, as a small cluster would show them. */

export const someStats: Stats = {
  load1: 0.42,
  loadHighWater: 2,
  cpuIdle: 0.81,
  cpus: 4,
  memoryTotal: 8 * 2 ** 30,
  memoryAvailable: 5 * 2 ** 30,
  arriba: 950,
  arribaNominal: 1000,
  pressure: { cpu: 0.02, memory: 0, io: 0.01 },
  throttled: 0,
  slots: { total: 16, available: 12 },
  inFlight: 3,
  serviceTime: 12.4,
  custom: { queue_depth: 7 },
};

export const aServerView = (facts: Partial<ServerView> = {}): ServerView => {
  const stats = facts.stats === undefined ? someStats : facts.stats;
  const { inFlight: reported, ...flat } = stats ?? {};
  return {
    ...flat,
    id: 'web-1',
    url: 'http://10.0.0.1:8080/',
    pool: 'web',
    state: 'ready',
    tags: [],
    self: false,
    node: 'node-1',
    heardAt: 1_700_000_000_000,
    ageMs: 400,
    source: 'http 10.0.0.1',
    stats,
    arriba: stats?.arriba ?? null,
    inFlight: 2,
    connections: { open: 3, idle: 1, waiting: 0 },
    reportedInFlight: reported ?? null,
    latencyMs: 8.25,
    responseTimeMs: 14.5,
    forwarded: 1200,
    failures: 0,
    refused: 0,
    weight: 1,
    hand: null,
    told: null,
    share: 0.34,
    reason: null,
    health: null,
    ...facts,
  };
};

export const aNodeView = (facts: Partial<NodeView> = {}): NodeView => ({
  name: 'node-1',
  transport: 'http',
  address: '10.0.0.1',
  ageMs: 400,
  token: 'agents',
  everyMs: 1000,
  clockOffsetMs: -3,
  reports: 52,
  refused: 0,
  lastRefusal: null,
  servers: ['http://10.0.0.1:8080'],
  ...facts,
});

export const aLinkView = (facts: Partial<LinkView> = {}): LinkView => ({
  name: 'byAge',
  kind: 'filter',
  calls: 100,
  serversIn: 500,
  serversOut: 400,
  emptied: 0,
  spentMs: 0.25,
  faults: { throw: 0, bad_result: 0, timeout: 0 },
  lastFault: null,
  bypassed: false,
  ...facts,
});

export const aChainView = (facts: Partial<ChainView> = {}): ChainView => ({
  name: 'default',
  pool: 'web',
  whenEmpty: 'undo',
  links: [aLinkView(), aLinkView({ name: 'byLoad', kind: 'order', serversIn: 400, serversOut: 400 })],
  ...facts,
});

export const aDecisionView = (facts: Partial<DecisionView> = {}): DecisionView => ({
  id: 'd-1',
  at: 1_700_000_000_000,
  pool: 'web',
  route: 'everything',
  seed: 7,
  request: { method: 'GET', host: 'shop.example', path: '/cart', clientIp: '192.0.2.7' },
  outcome: { status: 200, termination: 'ok', durationMs: 18.2, attempts: 1 },
  why: 'web-1 won: byLoad 0.42 against 1.9 (web-2); web-3 left out by byAge (last heard of 31 s ago, limit 20 s)',
  chosen: 'web-1',
  delivery: 'proxy',
  ranked: ['web-1', 'web-2'],
  steps: [
    {
      name: 'byAge',
      before: 3,
      after: 2,
      dropped: [{ id: 'web-3', reason: 'last heard of 31 s ago, limit 20 s' }],
      us: 0.8,
    },
    { name: 'byLoad', before: 2, after: 2, dropped: [], scores: [{ id: 'web-1', score: 0.42 }], us: 0.5 },
  ],
  ...facts,
});

export const aRecentDecision = (facts: Partial<RecentDecision> = {}): RecentDecision => ({
  id: '1',
  at: Date.now(),
  pool: 'web',
  route: 'all',
  seed: 7,
  chosen: 'web-1',
  status: 200,
  durationMs: 5,
  ...facts,
});

export const aPoolView = (facts: Partial<PoolView> = {}): PoolView => ({
  name: 'web',
  state: 'ready',
  servers: 1,
  ready: 1,
  inFlight: 2,
  requestsPerSecond: 12.5,
  p99Ms: 48.2,
  ...facts,
});

export const aHostView = (facts: Partial<HostView> = {}): HostView => ({
  name: 'shop.example',
  aliases: ['www.shop.example'],
  default: false,
  from: 'config',
  locations: [],
  ...facts,
});

/** A proxy in good order with one server; every part can be replaced. */
export const fakeParts = (facts: Partial<AdminParts> = {}): AdminParts => ({
  servers: () => [aServerView()],
  pools: () => [aPoolView()],
  routes: () => [
    { name: 'everything', host: null, path: null, methods: null, pool: 'web', chain: 'default' },
  ],
  nodes: () => [aNodeView()],
  refusals: () => [],
  senders: () => [],
  discovered: () => [],
  setServer: async ({ server }) => aServerView({ id: server }),
  chains: () => [aChainView()],
  shadows: () => [],
  keptDecisions: () => [],
  decisions: (newest) => [aDecisionView()].slice(0, newest),
  events: (newest) =>
    [{ at: 1_700_000_000_000, kind: 'node_joined', message: 'node-1 joined' }].slice(0, newest),
  follow: () => () => undefined,
  config: () => ({ file: 'forehand.yaml', yaml: 'pools: {}\n', sha256: '0'.repeat(64) }),
  configStatus: () => ({
    file: 'forehand.yaml',
    loadedAt: 1_700_000_000_000,
    lastResult: 'ok',
    lastError: null,
    warnings: [],
    reloads: { ok: 0, failed: 0 },
  }),
  readiness: () => ({ ready: true, checks: [{ name: 'servers', ok: true, detail: '1 of 1 usable' }] }),
  explain: () => ({
    pool: 'web',
    route: 'everything',
    why: 'web-1 won: the pool has no other server',
    chosen: 'web-1',
    delivery: 'proxy',
    ranked: ['web-1'],
    steps: [{ name: 'byAge', before: 1, after: 1, dropped: [], us: 0.4 }],
  }),
  reload: async () => ({ ok: true, text: '', ignored: [] }),
  tryReload: async () => ({ ok: true, text: '', ignored: [] }),
  accessLog: () => undefined,
  trace: new Trace(silentLog, () => 0),
  metrics: async () => ({ contentType: 'text/plain; version=0.0.4; charset=utf-8', body: 'up 1\n' }),
  version: '0.1.0',
  startedAt: 1_700_000_000_000,
  ...facts,
});
