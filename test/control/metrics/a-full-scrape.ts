import { createMetrics } from '../../../src/control/metrics/metrics.ts';
import { TrafficCounts } from '../../../src/control/metrics/traffic-counts.ts';
import { writeWorkerFamilies } from '../../../src/control/workers/worker-metrics.ts';
import { aServer } from '../../../src/testing/index.ts';
import { aChainView, aNodeView, aServerView } from '../fake-views.ts';
import { aCountedExchange } from './a-counted-exchange.ts';

const A_USAGE = {
  connections: 1,
  load: { inFlight: 0, tunnels: 0, clients: [] },
  cpuSeconds: 1,
  residentBytes: 1,
  accessLog: null,
};

/** A scrape in which every family has samples. */
export const aFullScrape = async (): Promise<string> => {
  const counts = new TrafficCounts();
  counts.countRefused(() => ({ turnedAway: 1, refusals: new Map([[400, 1]]) }));
  counts.finished(aCountedExchange({ attempts: 2, retryReason: 'reset', hedges: 1, hedgesWon: 1 }));
  counts.finished(aCountedExchange({ server: undefined, status: 503, termination: 'no_server' }));
  counts.probed('web', 'answered');
  const outcome = { kind: 'failed', side: 'server', reason: 'connect_refused', unsent: true } as const;
  counts.ended(aServer({ pool: 'web', id: 'web-1' }), outcome);
  const metrics = createMetrics({
    traffic: () => ({ ...counts.take(0), chains: [aChainView()], shadows: [] }),
    servers: () => [aServerView()],
    nodes: () => [aNodeView()],
    refusals: () => [{ code: 'token', count: 3, lastAt: 0, lastSource: '', lastMessage: '' }],
    certificates: () => [{ name: 'tls/a.crt', notAfter: 1e12 }],
    clients: () => [{ listener: 'main', protocol: 'http1', count: 4 }],
    fleet: () => ({
      backends: () => [{ driver: 'redis', up: true, reconnects: 2 }],
      checks: () => [{ pool: 'web', id: 'web-1', passed: 5, failed: 1 }],
    }),
    more: (text) =>
      writeWorkerFamilies(text, {
        serving: 1,
        usage: new Map([[1, A_USAGE]]),
        ends: { stuck: 0, died: 0, left: 0 },
        lostConnections: 0,
      }),
    version: '0.1.0',
  });
  const { body } = await metrics.text();
  metrics.close();
  return body;
};
