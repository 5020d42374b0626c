import type { ServerState } from '../../core/types.ts';
import { grouped } from '../cells/grouped.ts';
import { sumPacked, unpacked } from '../cells/packed.ts';
import { CODE_CLASSES, POOL, REASONS, SERVER } from '../cells/pool-cells.ts';
import { QUANTILES, quantilesOf } from '../cells/response-times.ts';
import type { ServerView } from '../views/views.ts';
import type { SeriesNames } from './metrics-names.ts';
import type { Step } from './metrics-steps.ts';
import { labelText, type MetricsText } from './metrics-text.ts';
import { NO_POOL, type PoolSnapshot } from './pool-counts.ts';

/** Names that other proxies use in their metrics. `unknown` of a server that was heard of once is `stale`. */
const STATE_LABELS: Readonly<Record<ServerState, string>> = {
  ready: 'up',
  drain: 'draining',
  maint: 'maint',
  down: 'down',
  ejected: 'ejected',
  slowstart: 'slowstart',
  unknown: 'unknown',
};
const STALE = 'stale';
const LABELS = [...Object.values(STATE_LABELS), STALE];

const stateLabel = ({ state, heardAt }: ServerView): string =>
  state === 'unknown' && heardAt !== null ? STALE : STATE_LABELS[state];

/** The servers that share one name in one pool: one, but for those beyond the limit. */
interface NamedServers {
  readonly labels: string;
  count: number;
  inFlight: number;
  weight: number;
  readonly states: Map<string, number>;
}

const namedServers = (servers: readonly ServerView[], names: SeriesNames): readonly NamedServers[] => {
  const named = new Map<string, NamedServers>();
  for (const server of servers) {
    const { pool, id, inFlight, weight } = server;
    const state = stateLabel(server);
    const labels = labelText({ pool, server: names.get(pool)?.get(id) ?? id });
    const entry = named.get(labels) ?? { labels, count: 0, inFlight: 0, weight: 0, states: new Map() };
    entry.count += 1;
    entry.inFlight += inFlight;
    entry.weight += weight;
    entry.states.set(state, (entry.states.get(state) ?? 0) + 1);
    named.set(labels, entry);
  }
  return [...named.values()];
};

/** A pool has series of its bytes once it has a server or was asked for one. */
const writePools = (
  text: MetricsText,
  servers: readonly ServerView[],
  pools: readonly PoolSnapshot[],
): void => {
  const inFlight = new Map<string, number>();
  for (const server of servers) inFlight.set(server.pool, (inFlight.get(server.pool) ?? 0) + server.inFlight);
  text.family('forehand_http_requests_in_flight', 'gauge', 'Requests under way to the servers of a pool.');
  for (const [pool, count] of inFlight) text.sample(labelText({ pool }), count);
  const bytes = new Map([...inFlight.keys()].map((pool) => [pool, { in: 0, out: 0 }]));
  for (const { name, cells } of pools) {
    const { [POOL.bytesIn]: bytesIn = 0, [POOL.bytesOut]: bytesOut = 0 } = unpacked(cells, POOL.size);
    if (name !== NO_POOL) bytes.set(name, { in: bytesIn, out: bytesOut });
  }
  text.family('forehand_http_request_bytes_total', 'counter', 'Bytes of request bodies.');
  for (const [pool, count] of bytes) text.sample(labelText({ pool }), count.in);
  text.family('forehand_http_response_bytes_total', 'counter', 'Bytes of response bodies.');
  for (const [pool, count] of bytes) text.sample(labelText({ pool }), count.out);
};

const writeGauges = (text: MetricsText, named: readonly NamedServers[]): void => {
  text.family('forehand_server_in_flight', 'gauge', 'Requests under way to a server through this proxy.');
  for (const { labels, inFlight } of named) text.sample(labels, inFlight);
  text.family('forehand_server_weight', 'gauge', 'Weight of a server; 1 is as usual.');
  for (const { labels, weight, count } of named) text.sample(labels, weight / count);
};

const writeStates = (text: MetricsText, named: readonly NamedServers[]): void => {
  text.family('forehand_server_state', 'gauge', '1 for the state that a server is in, 0 for the others.');
  for (const { labels, states } of named)
    for (const state of LABELS) text.sample(`${labels},state="${state}"`, states.get(state) ?? 0);
};

interface CountedServer {
  readonly labels: string;
  readonly cells: Float64Array;
  readonly quantiles: readonly number[];
}

/** Counts of servers that are there still, those that share a name summed. */
const countedServers = (
  { name: pool, servers }: PoolSnapshot,
  names: SeriesNames,
): readonly CountedServer[] => {
  const known = names.get(pool);
  const present = servers.filter(({ id }) => known?.has(id));
  return [...grouped(present, ({ id }) => known?.get(id) ?? id)].map(([server, same]) => ({
    labels: labelText({ pool, server }),
    cells: unpacked(sumPacked(same.map(({ cells }) => cells)), SERVER.size),
    quantiles: quantilesOf(sumPacked(same.map(({ window }) => window))),
  }));
};

const writeResponseTimes = (text: MetricsText, counted: readonly CountedServer[]): void => {
  text.family(
    'forehand_server_response_seconds',
    'summary',
    'Time to the first byte of an answer; quantiles over the last 30 s.',
  );
  for (const { labels, cells, quantiles } of counted) {
    const { [SERVER.responses]: responses = 0, [SERVER.responseMs]: sumMs = 0 } = cells;
    if (responses === 0) continue;
    QUANTILES.forEach((q, i) => {
      text.sample(`${labels},quantile="${q}"`, quantiles[i] ?? Number.NaN);
    });
    text.sample(labels, sumMs / 1000, '_sum');
    text.sample(labels, responses, '_count');
  }
};

const writeServerCounts = (text: MetricsText, counted: readonly CountedServer[]): void => {
  const writeCounted = (base: number, label: string, values: readonly string[]): void => {
    for (const { labels, cells } of counted)
      values.forEach((value, i) => {
        const count = cells[base + i] ?? 0;
        if (count > 0) text.sample(`${labels},${label}="${value}"`, count);
      });
  };
  text.family('forehand_server_requests_total', 'counter', 'Requests that a server was chosen for, ended.');
  writeCounted(SERVER.answers, 'code_class', CODE_CLASSES);
  text.family('forehand_server_connect_errors_total', 'counter', 'Connections to a server that failed.');
  writeCounted(SERVER.connectErrors, 'reason', REASONS);
};

/** Everything about pools and servers, in steps. `pools` are those that are configured. */
export const serverSteps = (
  text: MetricsText,
  servers: readonly ServerView[],
  pools: readonly PoolSnapshot[],
  names: SeriesNames,
): readonly Step[] => {
  let named: readonly NamedServers[] = [];
  const counted: CountedServer[] = [];
  return [
    () => {
      named = namedServers(servers, names);
      writeGauges(text, named);
    },
    () => writeStates(text, named),
    () => writePools(text, servers, pools),
    ...pools.map((pool) => () => void counted.push(...countedServers(pool, names))),
    () => writeServerCounts(text, counted),
    () => writeResponseTimes(text, counted),
  ];
};
