import { AggregatorRegistry } from 'prom-client';
import type { CertificateView, ChainView, NodeView, RefusalView, ServerView, ShadowView } from '../views.ts';
import { writeChainFamilies } from './metrics-chains.ts';
import { seriesNames } from './metrics-names.ts';
import { writeNodeFamilies } from './metrics-nodes.ts';
import { createProcessMetrics } from './metrics-process.ts';
import { requestFamilies } from './metrics-requests.ts';
import { writeServerFamilies } from './metrics-servers.ts';
import { writeShadowFamilies } from './metrics-shadow.ts';
import { labelText, MetricsText } from './metrics-text.ts';
import { NO_POOL, type PoolSnapshot } from './pool-counts.ts';

/** What is read at a scrape. */
export interface MetricsParts {
  /** What was counted of requests, by this process or by all workers together. */
  pools(): readonly PoolSnapshot[];
  servers(): readonly ServerView[];
  nodes(): readonly NodeView[];
  chains(): readonly ChainView[];
  /** Chains that run beside those in use; none where this is left out. */
  shadows?(): readonly ShadowView[];
  refusals(): readonly RefusalView[];
  /** Those that the proxy shows; none where this is left out. */
  certificates?(): readonly CertificateView[];
  /** Client connections open now. */
  openConnections(): number;
  /** Proxies alive that share the servers, this one included; 1 where this is left out. */
  proxies?(): number;
  /** Writes further families. */
  more?(text: MetricsText): void;
  readonly version: string;
}

export interface Metrics {
  /** A configuration was loaded again, or refused. */
  reloaded(ok: boolean): void;
  text(): Promise<{ readonly contentType: string; readonly body: string }>;
  close(): void;
}

interface Traffic {
  /** Those that are configured, and that of requests without a pool. */
  readonly pools: readonly PoolSnapshot[];
  readonly chains: readonly ChainView[];
  readonly servers: readonly ServerView[];
}

/** A pool without servers is known by its chain. */
const readTraffic = (parts: MetricsParts): Traffic => {
  const chains = parts.chains();
  const servers = parts.servers();
  const present = new Set([NO_POOL, ...chains.map(({ pool }) => pool), ...servers.map(({ pool }) => pool)]);
  return { pools: parts.pools().filter(({ name }) => present.has(name)), chains, servers };
};

const writeCertificates = (text: MetricsText, certificates: readonly CertificateView[]): void => {
  text.family(
    'forehand_tls_cert_not_after_timestamp_seconds',
    'gauge',
    'When a certificate ends, seconds since the epoch.',
  );
  for (const { name, notAfter } of certificates) text.sample(labelText({ name }), notAfter / 1000);
};

const writeScraped = (text: MetricsText, parts: MetricsParts, { pools, chains, servers }: Traffic): void => {
  text.family(
    'forehand_build_info',
    'gauge',
    'Always 1; the labels say which version runs on which Node.js.',
  );
  text.sample(labelText({ version: parts.version, node: process.version }), 1);
  text.single('forehand_open_connections', 'gauge', 'Client connections open now.', parts.openConnections());
  text.single(
    'forehand_proxies',
    'gauge',
    'Proxies alive that share the servers, this one included.',
    parts.proxies?.() ?? 1,
  );
  writeServerFamilies(text, servers, pools, seriesNames(servers));
  writeNodeFamilies(text, parts.nodes(), servers, parts.refusals());
  writeChainFamilies(text, chains);
  writeShadowFamilies(text, parts.shadows?.() ?? []);
  writeCertificates(text, parts.certificates?.() ?? []);
  parts.more?.(text);
};

/**
 * The metrics of one proxy. Everything is read and written when somebody scrapes.
 * @param now Milliseconds since the epoch.
 */
export const createMetrics = (parts: MetricsParts, now: () => number = Date.now): Metrics => {
  const ownProcess = createProcessMetrics();
  const reloads = { ok: 0, failed: 0 };
  let loadedAt = now();
  return {
    reloaded(ok) {
      reloads[ok ? 'ok' : 'failed'] += 1;
      if (ok) loadedAt = now();
    },
    async text() {
      const traffic = readTraffic(parts);
      const counted = AggregatorRegistry.aggregate([requestFamilies(traffic.pools, reloads)]);
      const text = new MetricsText();
      const help = 'When the running configuration was loaded, seconds since the epoch.';
      text.single('forehand_config_last_reload_success_timestamp_seconds', 'gauge', help, loadedAt / 1000);
      writeScraped(text, parts, traffic);
      ownProcess.write(text);
      return { contentType: counted.contentType, body: `${await counted.metrics()}${text}` };
    },
    close: () => ownProcess.close(),
  };
};
