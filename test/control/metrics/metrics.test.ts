import { afterEach, describe, expect, it } from 'vitest';
import { createMetrics, type Metrics, type MetricsParts } from '../../../src/control/metrics/metrics.ts';
import { TrafficCounts } from '../../../src/control/metrics/traffic-counts.ts';
import type { ChainView } from '../../../src/control/views/views.ts';
import type { Outcome } from '../../../src/core/types.ts';
import { aServer } from '../../../src/testing/index.ts';
import { type ParsedFamily, parseExposition } from '../exposition.ts';
import { aChainView, aLinkView, aNodeView, aServerView, someStats } from '../fake-views.ts';
import { aCountedExchange } from './a-counted-exchange.ts';

const open: Metrics[] = [];
afterEach(() => {
  for (const metrics of open.splice(0)) metrics.close();
});

type CountedMetrics = Metrics & { readonly counts: TrafficCounts };

interface Facts extends Partial<MetricsParts> {
  readonly chains?: () => readonly ChainView[];
}

const someMetrics = (
  { chains = () => [aChainView()], ...facts }: Facts = {},
  now: () => number = Date.now,
): CountedMetrics => {
  const counts = new TrafficCounts();
  const metrics = createMetrics(
    {
      traffic: () => ({ ...counts.take(now()), chains: chains(), shadows: [] }),
      servers: () => [aServerView()],
      nodes: () => [aNodeView()],
      refusals: () => [],
      clients: () => [{ listener: 'main', protocol: 'http1', count: 4 }],
      version: '0.1.0',
      ...facts,
    },
    now,
  );
  open.push(metrics);
  return { ...metrics, counts };
};

const UNSERVED = {
  server: undefined,
  firstByte: undefined,
  status: 503,
  termination: 'no_server',
  bytesIn: 0,
  bytesOut: 0,
} as const;

const NOT_CONNECTED: Outcome = { kind: 'failed', side: 'server', reason: 'connect_refused', unsent: true };

const scrape = async (metrics: Metrics): Promise<ReadonlyMap<string, ParsedFamily>> =>
  parseExposition((await metrics.text()).body);

/** The value of the one series of that name whose labels include these. */
const seriesValue = (
  families: ReadonlyMap<string, ParsedFamily>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined => {
  const samples = [...families.values()].flatMap((family) => family.samples);
  const found = samples.filter(
    (sample) =>
      sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
  );
  if (found.length > 1) throw new Error(`${found.length} series of ${name} match`);
  return found[0]?.value;
};

const HOSTILE = 'a"b\\c\n# TYPE evil counter\nevil{x="<img src=x>"} 1';

describe('metrics', () => {
  it('are in the text format and say so', async () => {
    const metrics = someMetrics();
    metrics.counts.finished(aCountedExchange());
    metrics.counts.ended(aServer({ pool: 'web', id: 'web-1' }), NOT_CONNECTED);
    metrics.counts.finished(aCountedExchange(UNSERVED));
    const { contentType, body } = await metrics.text();
    expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(() => parseExposition(body)).not.toThrow();
  });

  it.each([
    ['forehand_build_info', { version: '0.1.0', node: process.version }, 1],
    ['forehand_http_requests_total', { listener: 'main', pool: 'web', method: 'GET', code: '200' }, 1],
    ['forehand_http_request_duration_seconds_count', { pool: 'web', code_class: '2xx' }, 1],
    ['forehand_http_request_duration_seconds_bucket', { pool: 'web', code_class: '2xx', le: '0.01' }, 0],
    ['forehand_http_request_duration_seconds_bucket', { pool: 'web', code_class: '2xx', le: '0.025' }, 1],
    ['forehand_http_requests_in_flight', { pool: 'web' }, 2],
    ['forehand_http_request_bytes_total', { pool: 'web' }, 10],
    ['forehand_http_response_bytes_total', { pool: 'web' }, 100],
    ['forehand_open_connections', { listener: 'main', protocol: 'http1' }, 4],
    ['forehand_http_terminations_total', { pool: 'web', termination: 'ok' }, 1],
    ['forehand_http_terminations_total', { pool: 'web', termination: 'no_server' }, 1],
    ['forehand_connections_refused_total', {}, 7],
    ['forehand_bad_requests_total', { code: '400' }, 3],
    ['forehand_health_checks_total', { pool: 'web', server: 'web-1', result: 'passed' }, 5],
    ['forehand_health_checks_total', { pool: 'web', server: 'web-1', result: 'failed' }, 1],
    ['forehand_state_backend_up', { driver: 'redis' }, 1],
    ['forehand_state_backend_reconnects_total', { driver: 'redis' }, 2],
    ['forehand_server_requests_total', { pool: 'web', server: 'web-1', code_class: '2xx' }, 1],
    ['forehand_server_response_seconds', { pool: 'web', server: 'web-1', quantile: '0.5' }, 0.008],
    ['forehand_server_response_seconds_sum', { pool: 'web', server: 'web-1' }, 0.008],
    ['forehand_server_response_seconds_count', { pool: 'web', server: 'web-1' }, 1],
    ['forehand_server_in_flight', { pool: 'web', server: 'web-1' }, 2],
    ['forehand_server_state', { pool: 'web', server: 'web-1', state: 'up' }, 1],
    ['forehand_server_state', { pool: 'web', server: 'web-1', state: 'stale' }, 0],
    ['forehand_server_state', { pool: 'web', server: 'web-1', state: 'down' }, 0],
    ['forehand_server_connect_errors_total', { server: 'web-1', reason: 'connect_refused' }, 2],
    ['forehand_retries_total', { pool: 'web', reason: 'reset' }, undefined],
    ['forehand_no_server_total', { pool: 'web' }, 1],
    ['forehand_node_report_age_seconds', { node: 'node-1' }, 0.4],
    ['forehand_server_weight', { pool: 'web', server: 'web-1' }, 1],
    ['forehand_proxies', {}, 1],
    ['forehand_node_reports_total', { node: 'node-1', transport: 'http' }, 52],
    ['forehand_node_refused_total', { node: 'node-1' }, 0],
    ['forehand_node_clock_offset_seconds', { node: 'node-1' }, -0.003],
    ['forehand_node_reports_rejected_total', { reason: 'token' }, 3],
    ['forehand_node_load1', { node: 'node-1' }, 0.42],
    ['forehand_node_cpu_idle_ratio', { node: 'node-1' }, 0.81],
    ['forehand_node_memory_available_bytes', { node: 'node-1' }, 5 * 2 ** 30],
    ['forehand_node_memory_total_bytes', { node: 'node-1' }, 8 * 2 ** 30],
    ['forehand_node_cpus', { node: 'node-1' }, 4],
    ['forehand_node_arriba', { node: 'node-1' }, 950],
    ['forehand_node_pressure_ratio', { node: 'node-1', resource: 'cpu' }, 0.02],
    ['forehand_candidacy_candidates_total', { pool: 'web', function: 'byAge', stage: 'in' }, 500],
    ['forehand_candidacy_candidates_total', { pool: 'web', function: 'byAge', stage: 'out' }, 400],
    ['forehand_candidacy_calls_total', { pool: 'web', function: 'byAge' }, 100],
    ['forehand_candidacy_duration_seconds_total', { pool: 'web', function: 'byAge' }, 0.00025],
    ['forehand_candidacy_errors_total', { function: 'byLoad', kind: 'throw' }, 0],
    ['forehand_candidacy_emptied_total', { function: 'byAge' }, 0],
    ['forehand_candidacy_bypassed', { function: 'byAge' }, 0],
    ['forehand_config_reloads_total', { result: 'ok' }, 0],
    ['forehand_config_last_reload_success_timestamp_seconds', {}, 5],
  ] as const)('show %s%j', async (name, labels, value) => {
    const refusal = { code: 'token', count: 3, lastAt: 0, lastSource: '', lastMessage: '' } as const;
    const backends = () => [{ driver: 'redis', up: true, reconnects: 2 }];
    const checks = () => [{ pool: 'web', id: 'web-1', passed: 5, failed: 1 }];
    const fleet = () => ({ backends, checks });
    const metrics = someMetrics({ refusals: () => [refusal], fleet }, () => 5000);
    metrics.counts.countRefused(() => ({ turnedAway: 7, refusals: new Map([[400, 3]]) }));
    metrics.counts.finished(aCountedExchange());
    metrics.counts.finished(aCountedExchange(UNSERVED));
    metrics.counts.ended(aServer({ pool: 'web', id: 'web-1' }), NOT_CONNECTED);
    metrics.counts.ended(aServer({ pool: 'web', id: 'web-1' }), NOT_CONNECTED);
    expect(seriesValue(await scrape(metrics), name, labels)).toBe(value);
  });

  it('show the process under the usual names', async () => {
    const families = await scrape(someMetrics());
    expect(seriesValue(families, 'process_cpu_seconds_total')).toBeGreaterThan(0);
    expect(seriesValue(families, 'process_resident_memory_bytes')).toBeGreaterThan(1e6);
    expect(seriesValue(families, 'process_start_time_seconds')).toBeGreaterThan(1.6e9);
    expect(seriesValue(families, 'nodejs_heap_size_used_bytes')).toBeGreaterThan(1e5);
    expect(seriesValue(families, 'nodejs_eventloop_lag_p99_seconds')).toBeGreaterThanOrEqual(0);
  });

  it.each([
    ['BREW', 'OTHER'],
    ['get', 'OTHER'],
    ['PATCH', 'PATCH'],
  ])('fold the method %s to %s', async (method, label) => {
    const metrics = someMetrics();
    metrics.counts.finished(aCountedExchange({ method }));
    expect(seriesValue(await scrape(metrics), 'forehand_http_requests_total', { method: label })).toBe(1);
  });

  it.each([
    [0, 'none', 'none'],
    [99, 'none', 'none'],
    [101, '101', '1xx'],
    [599, '599', '5xx'],
    [600, 'none', 'none'],
  ])('count the status %i as code %s in class %s', async (status, code, codeClass) => {
    const metrics = someMetrics();
    metrics.counts.finished(aCountedExchange({ status }));
    const families = await scrape(metrics);
    expect(seriesValue(families, 'forehand_http_requests_total', { code })).toBe(1);
    expect(seriesValue(families, 'forehand_server_requests_total', { code_class: codeClass })).toBe(1);
  });

  it('count a request that met no route without making a pool', async () => {
    const metrics = someMetrics();
    metrics.counts.finished(aCountedExchange({ pool: undefined, server: undefined, status: 404 }));
    const families = await scrape(metrics);
    expect(seriesValue(families, 'forehand_http_requests_total', { pool: '', code: '404' })).toBe(1);
    expect(seriesValue(families, 'forehand_http_request_bytes_total', { pool: '' })).toBeUndefined();
  });

  it('count attempts after the first with their reason', async () => {
    const metrics = someMetrics();
    metrics.counts.finished(aCountedExchange({ attempts: 3, retryReason: 'reset' }));
    expect(
      seriesValue(await scrape(metrics), 'forehand_retries_total', { pool: 'web', reason: 'reset' }),
    ).toBe(2);
    metrics.counts.finished(aCountedExchange({ attempts: 2 }));
    expect(seriesValue(await scrape(metrics), 'forehand_retries_total', { reason: 'unknown' })).toBe(1);
  });

  it('count copies that were sent to a second server, by whose answer it was', async () => {
    const metrics = someMetrics();
    metrics.counts.finished(aCountedExchange({ hedges: 1, hedgesWon: 1 }));
    metrics.counts.finished(aCountedExchange({ hedges: 1, hedgesWon: 0 }));
    metrics.counts.finished(aCountedExchange({ hedges: 1, hedgesWon: 1 }));
    metrics.counts.finished(aCountedExchange({ hedges: 0, hedgesWon: 0 }));
    const families = await scrape(metrics);
    expect(seriesValue(families, 'forehand_hedges_total', { pool: 'web', result: 'won' })).toBe(2);
    expect(seriesValue(families, 'forehand_hedges_total', { pool: 'web', result: 'lost' })).toBe(1);
  });

  it('keep the time of the last good reload through a failed one', async () => {
    let now = 1000;
    const metrics = someMetrics({}, () => now);
    now = 9000;
    metrics.reloaded(true);
    now = 20_000;
    metrics.reloaded(false);
    const families = await scrape(metrics);
    expect(seriesValue(families, 'forehand_config_last_reload_success_timestamp_seconds')).toBe(9);
    expect(seriesValue(families, 'forehand_config_reloads_total', { result: 'failed' })).toBe(1);
  });

  it('show the quantiles of the last full window and nothing of an old one', async () => {
    let now = 0;
    const metrics = someMetrics({}, () => now);
    const median = async (): Promise<number | undefined> =>
      seriesValue(await scrape(metrics), 'forehand_server_response_seconds', { quantile: '0.5' });
    metrics.counts.finished(aCountedExchange({ startedAt: now, firstByte: 8 }));
    now = 31_000;
    metrics.counts.finished(aCountedExchange({ startedAt: now, firstByte: 100 }));
    expect(await median()).toBeCloseTo(0.008, 4);
    now = 62_000;
    expect(await median()).toBeCloseTo(0.1, 3);
    now = 200_000;
    expect(await median()).toBeNaN();
    expect(seriesValue(await scrape(metrics), 'forehand_server_response_seconds_count')).toBe(2);
  });

  it('sum a function that stands in two chains, or twice in one', async () => {
    const links = [aLinkView({ name: 'byRandom' }), aLinkView({ name: 'byRandom', bypassed: true })];
    const chains = () => [aChainView({ links }), aChainView({ name: 'second', links })];
    const families = await scrape(someMetrics({ chains }));
    expect(seriesValue(families, 'forehand_candidacy_calls_total', { function: 'byRandom' })).toBe(400);
    expect(seriesValue(families, 'forehand_candidacy_bypassed', { function: 'byRandom' })).toBe(2);
  });

  it.each([
    ['ready', 1, 'up'],
    ['drain', 1, 'draining'],
    ['maint', 1, 'maint'],
    ['down', null, 'down'],
    ['ejected', 1, 'ejected'],
    ['slowstart', 1, 'slowstart'],
    ['unknown', 1, 'stale'],
    ['unknown', null, 'unknown'],
  ] as const)(
    'call a server %s that was heard of at %j %s, and nothing else',
    async (state, heardAt, label) => {
      const families = await scrape(someMetrics({ servers: () => [aServerView({ state, heardAt })] }));
      const samples = families.get('forehand_server_state')?.samples ?? [];
      expect(samples.filter(({ value }) => value === 1).map(({ labels }) => labels['state'])).toEqual([
        label,
      ]);
      expect(samples).toHaveLength(8);
    },
  );

  it('say once that a pool has more servers than series', async () => {
    const said: string[] = [];
    const servers = () => Array.from({ length: 501 }, (_, i) => aServerView({ id: `web-${i}` }));
    const metrics = someMetrics({ servers, crowded: (pool) => void said.push(pool) });
    await scrape(metrics);
    await scrape(metrics);
    expect(said).toEqual(['web']);
  });

  it('leave out what no agent said', async () => {
    const servers = () => [aServerView({ stats: { load1: 1 } }), aServerView({ id: 'web-2', stats: null })];
    const families = await scrape(someMetrics({ servers }));
    expect(seriesValue(families, 'forehand_node_load1')).toBe(1);
    expect(families.get('forehand_node_cpus')?.samples).toEqual([]);
    expect(families.get('forehand_node_pressure_ratio')?.samples).toEqual([]);
  });

  it('keep hostile names inside their labels', async () => {
    const metrics = someMetrics({
      servers: () => [aServerView({ id: HOSTILE, pool: HOSTILE, node: HOSTILE, stats: someStats })],
      nodes: () => [aNodeView({ name: HOSTILE, transport: HOSTILE })],
      chains: () => [aChainView({ pool: HOSTILE, links: [aLinkView({ name: HOSTILE })] })],
    });
    metrics.counts.finished(aCountedExchange({ pool: HOSTILE, server: HOSTILE, method: HOSTILE }));
    metrics.counts.ended(aServer({ pool: HOSTILE, id: HOSTILE }), NOT_CONNECTED);
    metrics.counts.finished(aCountedExchange({ ...UNSERVED, pool: HOSTILE }));
    const families = await scrape(metrics);
    expect(families.has('evil')).toBe(false);
    const named = { pool: HOSTILE, server: HOSTILE };
    expect(seriesValue(families, 'forehand_server_in_flight', named)).toBe(2);
    expect(seriesValue(families, 'forehand_server_connect_errors_total', named)).toBe(1);
    expect(seriesValue(families, 'forehand_no_server_total', { pool: HOSTILE })).toBe(1);
    expect(seriesValue(families, 'forehand_http_requests_total', { code: '200' })).toBe(1);
  });

  it('drop the series of servers and pools that left', async () => {
    let servers = [aServerView(), aServerView({ id: 'web-2' })];
    const metrics = someMetrics({ servers: () => servers });
    metrics.counts.finished(aCountedExchange({ server: 'web-2' }));
    expect(seriesValue(await scrape(metrics), 'forehand_server_requests_total', { server: 'web-2' })).toBe(1);
    servers = [aServerView()];
    const after = (await metrics.text()).body;
    expect(after).not.toContain('web-2');
    expect(after).toContain('forehand_http_requests_total{listener="main",pool="web"');
  });

  it('drop the series of a pool that is configured no more', async () => {
    const metrics = someMetrics();
    metrics.counts.finished(aCountedExchange({ pool: 'old' }));
    expect((await metrics.text()).body).not.toContain('"old"');
  });

  it('show each bucket of durations with all below it, and none for what nobody asked', async () => {
    const metrics = someMetrics();
    for (const duration of [1, 5, 5.1, 9_999_999]) metrics.counts.finished(aCountedExchange({ duration }));
    const families = await scrape(metrics);
    const name = 'forehand_http_request_duration_seconds';
    const buckets = families.get(name)?.samples.filter((one) => one.name === `${name}_bucket`);
    expect(buckets?.map(({ value }) => value)).toEqual([2, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 4]);
    expect(buckets?.at(-1)?.labels).toEqual({ le: '+Inf', pool: 'web', code_class: '2xx' });
    expect(seriesValue(families, `${name}_sum`)).toBeCloseTo(10_000.0101, 6);
  });

  it('give at most 500 servers of a pool series of their own and join the rest', async () => {
    const servers = Array.from({ length: 510 }, (_, i) => aServerView({ id: `s${i}`, inFlight: 1 }));
    const metrics = someMetrics({ servers: () => servers });
    for (const { id } of servers) metrics.counts.finished(aCountedExchange({ server: id }));
    const families = await scrape(metrics);
    expect(families.get('forehand_server_in_flight')?.samples).toHaveLength(501);
    expect(seriesValue(families, 'forehand_server_in_flight', { server: 'other' })).toBe(10);
    expect(seriesValue(families, 'forehand_server_state', { server: 'other', state: 'up' })).toBe(10);
    expect(seriesValue(families, 'forehand_server_weight', { server: 'other' })).toBe(1);
    expect(seriesValue(families, 'forehand_server_requests_total', { server: 'other' })).toBe(10);
  });

  it('give the name of a server that left to the next', async () => {
    let servers = Array.from({ length: 501 }, (_, i) => aServerView({ id: `s${i}` }));
    const metrics = someMetrics({ servers: () => servers });
    expect(
      seriesValue(await scrape(metrics), 'forehand_server_in_flight', { server: 's500' }),
    ).toBeUndefined();
    servers = servers.slice(1);
    const families = await scrape(metrics);
    expect(seriesValue(families, 'forehand_server_in_flight', { server: 's500' })).toBe(2);
    expect(seriesValue(families, 'forehand_server_in_flight', { server: 'other' })).toBeUndefined();
  });

  it('of two proxies in one process are two sets', async () => {
    const [first, second] = [someMetrics(), someMetrics()];
    first.counts.finished(aCountedExchange());
    expect(seriesValue(await scrape(first), 'forehand_http_requests_total')).toBe(1);
    expect(seriesValue(await scrape(second), 'forehand_http_requests_total')).toBeUndefined();
  });
});
