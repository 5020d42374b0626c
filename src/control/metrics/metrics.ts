import { setImmediate } from 'node:timers/promises';
import { AggregatorRegistry } from 'prom-client';
import type { Packed } from '../cells/packed.ts';
import type { OpenClients } from '../series/plane-load.ts';
import type {
  CertificateView,
  ChainView,
  NodeView,
  RefusalView,
  ServerView,
  ShadowView,
} from '../views/views.ts';
import { type MeasuredFleet, NO_FLEET, writeBackendFamilies } from './metrics-backends.ts';
import { writeChainFamilies } from './metrics-chains.ts';
import { writeCheckFamily } from './metrics-checks.ts';
import { writeClientFamilies } from './metrics-clients.ts';
import { crowdedPools, seriesNames } from './metrics-names.ts';
import { nodeSteps } from './metrics-nodes.ts';
import { createProcessMetrics } from './metrics-process.ts';
import { requestFamilies } from './metrics-requests.ts';
import { serverSteps } from './metrics-servers.ts';
import { writeShadowFamilies } from './metrics-shadow.ts';
import { inTurns, type Step } from './metrics-steps.ts';
import { labelText, MetricsText } from './metrics-text.ts';
import { NO_POOL, type PoolSnapshot } from './pool-counts.ts';

/** What was counted of requests, by this process or by all workers together. */
export interface MetricsTraffic {
  readonly pools: readonly PoolSnapshot[];
  readonly chains: readonly ChainView[];
  /** Chains that run beside those in use; none where this is left out. */
  readonly shadows?: readonly ShadowView[];
  /** Turned away before it was a request, as in a TrafficSnapshot. */
  readonly refused: Packed;
}

/** What is read at a scrape. */
export interface MetricsParts {
  traffic(): MetricsTraffic;
  servers(): readonly ServerView[];
  nodes(): readonly NodeView[];
  refusals(): readonly RefusalView[];
  /** Those that the proxy shows; none where this is left out. */
  certificates?(): readonly CertificateView[];
  /** Connections of clients open now. */
  clients(): readonly OpenClients[];
  /** What is learnt from others; nothing where this is left out. */
  fleet?(): MeasuredFleet;
  /** Proxies alive that share the servers, this one included; 1 where this is left out. */
  proxies?(): number;
  /** Writes further families. */
  more?(text: MetricsText): void;
  /** Told once of each pool that has more servers than have series. */
  crowded?(pool: string): void;
  readonly version: string;
}

export interface Metrics {
  /** A configuration was loaded again, or refused. */
  reloaded(ok: boolean): void;
  text(): Promise<{ readonly contentType: string; readonly body: string }>;
  close(): void;
}

interface Scrape extends MetricsTraffic {
  readonly servers: readonly ServerView[];
}

/** The pools that are configured, and that of requests without one. A pool without servers is known by its chain. */
const read = async (parts: MetricsParts): Promise<Scrape> => {
  const traffic = parts.traffic();
  await setImmediate();
  const servers = parts.servers();
  await setImmediate();
  const present = new Set([
    NO_POOL,
    ...traffic.chains.map(({ pool }) => pool),
    ...servers.map(({ pool }) => pool),
  ]);
  return { ...traffic, pools: traffic.pools.filter(({ name }) => present.has(name)), servers };
};

const writeCertificates = (text: MetricsText, certificates: readonly CertificateView[]): void => {
  text.family(
    'forehand_tls_cert_not_after_timestamp_seconds',
    'gauge',
    'When a certificate ends, seconds since the epoch.',
  );
  for (const { name, notAfter } of certificates) text.sample(labelText({ name }), notAfter / 1000);
};

const writeAbout = (text: MetricsText, { version, proxies }: MetricsParts): void => {
  text.family(
    'forehand_build_info',
    'gauge',
    'Always 1; the labels say which version runs on which Node.js.',
  );
  text.sample(labelText({ version, node: process.version }), 1);
  const help = 'Proxies alive that share the servers, this one included.';
  text.single('forehand_proxies', 'gauge', help, proxies?.() ?? 1);
};

/** What is written of a scrape, each step a few families. */
const stepsOf = (text: MetricsText, parts: MetricsParts, scrape: Scrape): readonly Step[] => {
  const { pools, chains, servers, refused, shadows = [] } = scrape;
  const names = seriesNames(servers);
  const fleet = parts.fleet?.() ?? NO_FLEET;
  return [
    () => writeAbout(text, parts),
    () => writeClientFamilies(text, parts.clients(), refused),
    ...serverSteps(text, servers, pools, names),
    () => writeCheckFamily(text, fleet.checks(), names),
    ...nodeSteps(text, parts.nodes(), servers, parts.refusals()),
    () => writeChainFamilies(text, chains),
    () => writeShadowFamilies(text, shadows),
    () => writeCertificates(text, parts.certificates?.() ?? []),
    () => writeBackendFamilies(text, fleet.backends()),
    () => parts.more?.(text),
  ];
};

/** Tells of each crowded pool once. */
const tellCrowded = (told: Set<string>, servers: readonly ServerView[], parts: MetricsParts): void => {
  for (const pool of crowdedPools(seriesNames(servers))) {
    if (told.has(pool)) continue;
    told.add(pool);
    parts.crowded?.(pool);
  }
};

/**
 * The metrics of one proxy. Everything is read and written when somebody scrapes.
 * @param now Milliseconds since the epoch.
 */
export const createMetrics = (parts: MetricsParts, now: () => number = Date.now): Metrics => {
  const ownProcess = createProcessMetrics();
  const reloads = { ok: 0, failed: 0 };
  const crowded = new Set<string>();
  let loadedAt = now();
  return {
    reloaded(ok) {
      reloads[ok ? 'ok' : 'failed'] += 1;
      if (ok) loadedAt = now();
    },
    async text() {
      const scrape = await read(parts);
      tellCrowded(crowded, scrape.servers, parts);
      const counted = AggregatorRegistry.aggregate([requestFamilies(scrape.pools, reloads)]);
      const text = new MetricsText();
      const help = 'When the running configuration was loaded, seconds since the epoch.';
      text.single('forehand_config_last_reload_success_timestamp_seconds', 'gauge', help, loadedAt / 1000);
      await inTurns([...stepsOf(text, parts, scrape), () => ownProcess.write(text)]);
      const requests = await counted.metrics();
      await setImmediate();
      return { contentType: counted.contentType, body: `${requests}${text}` };
    },
    close: () => ownProcess.close(),
  };
};
