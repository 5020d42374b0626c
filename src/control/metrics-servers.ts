import type { ServerState } from '../core/types.ts';
import { type Counts, QUANTILES, type ServerCounts } from './metrics-counts.ts';
import { labelText, type MetricsText } from './metrics-text.ts';
import type { ServerView } from './views.ts';

const STATES: readonly ServerState[] = ['ready', 'drain', 'maint', 'down', 'ejected', 'slowstart', 'unknown'];

/** The servers that share one name in one pool: one, but for those beyond the limit. */
interface NamedServers {
  readonly labels: string;
  inFlight: number;
  readonly states: Map<ServerState, number>;
}

const namedServers = (servers: readonly ServerView[], counts: Counts): readonly NamedServers[] => {
  const named = new Map<string, NamedServers>();
  for (const { pool, id, inFlight, state } of servers) {
    const labels = labelText({ pool, server: counts.pool(pool).claim(id) });
    const entry = named.get(labels) ?? { labels, inFlight: 0, states: new Map() };
    entry.inFlight += inFlight;
    entry.states.set(state, (entry.states.get(state) ?? 0) + 1);
    named.set(labels, entry);
  }
  return [...named.values()];
};

const writePools = (text: MetricsText, servers: readonly ServerView[], counts: Counts): void => {
  const inFlight = new Map<string, number>();
  for (const server of servers) inFlight.set(server.pool, (inFlight.get(server.pool) ?? 0) + server.inFlight);
  text.family('forehand_http_requests_in_flight', 'gauge', 'Requests under way to the servers of a pool.');
  for (const [pool, count] of inFlight) text.sample(labelText({ pool }), count);
  text.family('forehand_http_request_bytes_total', 'counter', 'Bytes of request bodies.');
  for (const [pool, { bytesIn }] of counts.pools()) text.sample(labelText({ pool }), bytesIn);
  text.family('forehand_http_response_bytes_total', 'counter', 'Bytes of response bodies.');
  for (const [pool, { bytesOut }] of counts.pools()) text.sample(labelText({ pool }), bytesOut);
};

const writeServers = (text: MetricsText, named: readonly NamedServers[]): void => {
  text.family('forehand_server_in_flight', 'gauge', 'Requests under way to a server through this proxy.');
  for (const { labels, inFlight } of named) text.sample(labels, inFlight);
  text.family('forehand_server_state', 'gauge', '1 for the state that a server is in, 0 for the others.');
  for (const { labels, states } of named)
    for (const state of STATES) text.sample(`${labels},state="${state}"`, states.get(state) ?? 0);
};

type Counted = readonly (readonly [labels: string, counts: ServerCounts])[];

const countedServers = (counts: Counts): Counted =>
  [...counts.pools()].flatMap(([pool, { servers }]) =>
    [...servers].map(([server, own]) => [labelText({ pool, server }), own] as const),
  );

const writeResponseTimes = (text: MetricsText, counted: Counted, now: number): void => {
  text.family(
    'forehand_server_response_seconds',
    'summary',
    'Time to the first byte of an answer; quantiles over the last 30 s.',
  );
  for (const [labels, { responses }] of counted) {
    if (!responses) continue;
    const quantiles = responses.quantiles(now);
    QUANTILES.forEach((q, i) => {
      text.sample(`${labels},quantile="${q}"`, quantiles[i] ?? Number.NaN);
    });
    text.sample(labels, responses.sumMs / 1000, '_sum');
    text.sample(labels, responses.count, '_count');
  }
};

const writeServerCounts = (text: MetricsText, counted: Counted): void => {
  text.family('forehand_server_requests_total', 'counter', 'Requests that a server was chosen for, ended.');
  for (const [labels, { byClass }] of counted)
    for (const [codeClass, count] of byClass) text.sample(`${labels},code_class="${codeClass}"`, count);
  text.family('forehand_server_connect_errors_total', 'counter', 'Connections to a server that failed.');
  for (const [labels, { connectErrors }] of counted)
    for (const [reason, count] of connectErrors) text.sample(`${labels},${labelText({ reason })}`, count);
};

/** Everything about pools and servers. A server takes a name of its own when it is first seen, here or in a request. */
export const writeServerFamilies = (
  text: MetricsText,
  servers: readonly ServerView[],
  counts: Counts,
  now: number,
): void => {
  writeServers(text, namedServers(servers, counts));
  writePools(text, servers, counts);
  const counted = countedServers(counts);
  writeServerCounts(text, counted);
  writeResponseTimes(text, counted, now);
};
