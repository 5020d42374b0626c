import { Counter, Histogram, Registry } from 'prom-client';
import { writeChainFamilies } from './metrics-chains.ts';
import { Counts, codeClassOf } from './metrics-counts.ts';
import { writeNodeFamilies } from './metrics-nodes.ts';
import { createProcessMetrics } from './metrics-process.ts';
import { writeServerFamilies } from './metrics-servers.ts';
import { labelText, MetricsText } from './metrics-text.ts';
import type { ChainView, NodeView, RefusalView, ServerView } from './views.ts';

/** What is read at a scrape. */
export interface MetricsParts {
  servers(): readonly ServerView[];
  nodes(): readonly NodeView[];
  chains(): readonly ChainView[];
  refusals(): readonly RefusalView[];
  /** Client connections open now. */
  openConnections(): number;
  readonly version: string;
}

/** A request that has ended. Times in ms. */
export interface RequestSample {
  readonly listener: string;
  /** Undefined where no route matched. */
  readonly pool: string | undefined;
  /** The server of the last attempt; undefined where none was chosen. */
  readonly server: string | undefined;
  readonly method: string;
  /** As sent to the client; 0 if nothing was. */
  readonly status: number;
  readonly durationMs: number;
  /** From the request's start to the first byte of the answer; missing where none came. */
  readonly firstByteMs?: number;
  /** Bytes of the bodies. */
  readonly bytesIn?: number;
  readonly bytesOut?: number;
  /** 1 for a request that was not retried. */
  readonly attempts: number;
  readonly retryReason?: string;
  readonly termination: string;
}

export interface Metrics {
  finished(sample: RequestSample): void;
  connectError(pool: string, server: string, reason: string): void;
  /** The chain of a pool left nobody, or all that it left failed. */
  noServer(pool: string): void;
  /** A configuration was loaded again, or refused. */
  reloaded(ok: boolean): void;
  text(): Promise<{ readonly contentType: string; readonly body: string }>;
  close(): void;
}

/** Those of RFC 9110 and PATCH; anybody can make up others. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH']);
const DURATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What prom-client counts while requests go by; the label values are few whatever clients and servers send. */
const createCounters = (registry: Registry) => {
  const registers = [registry];
  return {
    requests: new Counter({
      name: 'forehand_http_requests_total',
      help: 'Requests that ended.',
      labelNames: ['listener', 'pool', 'method', 'code'],
      registers,
    }),
    durations: new Histogram({
      name: 'forehand_http_request_duration_seconds',
      help: 'Time from the head of a request to the end of its response.',
      labelNames: ['pool', 'code_class'],
      buckets: DURATION_BUCKETS,
      registers,
    }),
    retries: new Counter({
      name: 'forehand_retries_total',
      help: 'Attempts after the first.',
      labelNames: ['pool', 'reason'],
      registers,
    }),
    noServer: new Counter({
      name: 'forehand_no_server_total',
      help: 'Requests for which a pool had no server.',
      labelNames: ['pool'],
      registers,
    }),
    reloads: new Counter({
      name: 'forehand_config_reloads_total',
      help: 'Attempts to load the configuration again.',
      labelNames: ['result'],
      registers,
    }),
  };
};

type Counters = ReturnType<typeof createCounters>;

/** The servers of each pool; a pool without servers is known by its chain. */
const presentServers = (
  chains: readonly ChainView[],
  servers: readonly ServerView[],
): ReadonlyMap<string, ReadonlySet<string>> => {
  const present = new Map(chains.map(({ pool }) => [pool, new Set<string>()]));
  for (const { pool, id } of servers) {
    const ids = present.get(pool) ?? new Set();
    present.set(pool, ids.add(id));
  }
  return present;
};

const count = (counters: Counters, counts: Counts, sample: RequestSample, now: number): void => {
  const { listener, pool = '', status, durationMs, attempts, retryReason = 'unknown' } = sample;
  const method = METHODS.has(sample.method) ? sample.method : 'OTHER';
  const codeClass = codeClassOf(status);
  counters.requests.inc({ listener, pool, method, code: codeClass === 'none' ? 'none' : status });
  counters.durations.observe({ pool, code_class: codeClass }, durationMs / 1000);
  if (attempts > 1) counters.retries.inc({ pool, reason: retryReason }, attempts - 1);
  if (sample.pool === undefined) return;
  const ofPool = counts.pool(sample.pool);
  ofPool.bytesIn += sample.bytesIn ?? 0;
  ofPool.bytesOut += sample.bytesOut ?? 0;
  if (sample.server === undefined) return;
  const server = ofPool.server(sample.server);
  server?.answered(codeClass);
  if (sample.firstByteMs !== undefined) server?.responded(sample.firstByteMs, now);
};

const writeScraped = (text: MetricsText, parts: MetricsParts, counts: Counts, now: number): void => {
  const servers = parts.servers();
  const chains = parts.chains();
  counts.keep(presentServers(chains, servers));
  text.family(
    'forehand_build_info',
    'gauge',
    'Always 1; the labels say which version runs on which Node.js.',
  );
  text.sample(labelText({ version: parts.version, node: process.version }), 1);
  text.single('forehand_open_connections', 'gauge', 'Client connections open now.', parts.openConnections());
  writeServerFamilies(text, servers, counts, now);
  writeNodeFamilies(text, parts.nodes(), servers, parts.refusals());
  writeChainFamilies(text, chains);
};

/**
 * The metrics of one proxy, in a registry of their own. A request costs one histogram and one counter of prom-client
 * and a few plain additions; what the board already knows is read and written when somebody scrapes.
 * @param now Milliseconds since the epoch.
 */
export const createMetrics = (parts: MetricsParts, now: () => number = Date.now): Metrics => {
  const registry = new Registry();
  const counters = createCounters(registry);
  const counts = new Counts();
  const ownProcess = createProcessMetrics();
  let loadedAt = now();
  for (const result of ['ok', 'failed']) counters.reloads.inc({ result }, 0);
  return {
    finished: (sample) => count(counters, counts, sample, now()),
    connectError: (pool, server, reason) => counts.pool(pool).server(server)?.connectError(reason),
    noServer: (pool) => counters.noServer.inc({ pool }),
    reloaded(ok) {
      counters.reloads.inc({ result: ok ? 'ok' : 'failed' });
      if (ok) loadedAt = now();
    },
    async text() {
      const text = new MetricsText();
      const help = 'When the running configuration was loaded, seconds since the epoch.';
      text.single('forehand_config_last_reload_success_timestamp_seconds', 'gauge', help, loadedAt / 1000);
      writeScraped(text, parts, counts, now());
      ownProcess.write(text);
      return { contentType: registry.contentType, body: `${await registry.metrics()}${text}` };
    },
    close() {
      ownProcess.close();
      registry.clear();
    },
  };
};
