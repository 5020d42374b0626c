import { unpacked } from '../cells/packed.ts';
import {
  CODE_CLASSES,
  CODES,
  codeText,
  DURATION_BOUNDS,
  HEDGE_RESULTS,
  METHODS,
  POOL,
  PROBE_RESULTS,
  REASONS,
  TERMINATIONS,
} from '../cells/pool-cells.ts';
import { type ListenerSnapshot, NO_POOL, type PoolSnapshot } from './pool-counts.ts';

type Labels = Readonly<Record<string, string | number>>;

/** A family as prom-client takes it from another process. */
export interface CountedFamily {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'histogram';
  readonly aggregator: 'sum';
  readonly values: readonly {
    readonly metricName?: string;
    readonly labels: Labels;
    readonly value: number;
  }[];
}

interface CountedPool {
  readonly pool: string;
  readonly cells: Float64Array;
  readonly listeners: readonly ListenerSnapshot[];
}

type Values = CountedFamily['values'];

const counter = (name: string, help: string, values: Values): CountedFamily => ({
  name,
  help,
  type: 'counter',
  aggregator: 'sum',
  values,
});

const requestsBy = (pool: string, { listener, cells }: ListenerSnapshot): Values => {
  const values: Values[number][] = [];
  for (let i = 0; i + 1 < cells.length; i += 2) {
    const at = cells[i] ?? 0;
    const method = METHODS[Math.floor(at / CODES)];
    if (method === undefined) continue;
    const labels = { listener, pool, method, code: codeText(at % CODES) };
    values.push({ labels, value: cells[i + 1] ?? 0 });
  }
  return values;
};

const requests = ({ pool, listeners }: CountedPool): Values =>
  listeners.flatMap((listener) => requestsBy(pool, listener));

const DURATION = 'forehand_http_request_duration_seconds';

/** Buckets are cumulative in the text, and none of them is left out. */
const histogram = (pool: string, code_class: string, cells: Float64Array): Values => {
  const labels = { pool, code_class };
  let count = 0;
  const buckets = [...DURATION_BOUNDS, '+Inf'].map((le, i) => {
    count += cells[i] ?? 0;
    return { metricName: `${DURATION}_bucket`, labels: { le, ...labels }, value: count };
  });
  if (count === 0) return [];
  const seconds = (cells[POOL.durationBuckets] ?? 0) / 1000;
  return [
    ...buckets,
    { metricName: `${DURATION}_sum`, labels, value: seconds },
    { metricName: `${DURATION}_count`, labels, value: count },
  ];
};

const durations = ({ pool, cells }: CountedPool): Values =>
  CODE_CLASSES.flatMap((codeClass, i) =>
    histogram(pool, codeClass, cells.subarray(POOL.durations + i * POOL.durationCells)),
  );

const noServer = ({ pool, cells }: CountedPool): Values => {
  const value = cells[POOL.noServer] ?? 0;
  return value === 0 ? [] : [{ labels: { pool }, value }];
};

/** What is counted in a row of cells, one for each value of a label. */
const countedBy =
  (label: string, values: readonly string[], firstCell: number) =>
  ({ pool, cells }: CountedPool): Values =>
    values.flatMap((text, i) => {
      const value = cells[firstCell + i] ?? 0;
      return value === 0 ? [] : [{ labels: { pool, [label]: text }, value }];
    });

const retries = countedBy('reason', REASONS, POOL.retries);
const hedges = countedBy('result', HEDGE_RESULTS, POOL.hedges);
const probes = countedBy('result', PROBE_RESULTS, POOL.probes);
const ends = countedBy('termination', TERMINATIONS, POOL.ends);

/** What is counted of requests, and of attempts to load a configuration. */
export const requestFamilies = (
  snapshots: readonly PoolSnapshot[],
  reloads: { readonly ok: number; readonly failed: number },
): readonly CountedFamily[] => {
  const pools = snapshots.map(({ name, cells, listeners }) => ({
    pool: name,
    cells: unpacked(cells, POOL.size),
    listeners,
  }));
  const named = pools.filter(({ pool }) => pool !== NO_POOL);
  return [
    counter('forehand_http_requests_total', 'Requests that ended.', pools.flatMap(requests)),
    {
      name: DURATION,
      help: 'Time from the head of a request to the end of its response.',
      type: 'histogram',
      aggregator: 'sum',
      values: pools.flatMap(durations),
    },
    counter('forehand_http_terminations_total', 'Requests by what ended them.', pools.flatMap(ends)),
    counter('forehand_retries_total', 'Attempts after the first.', pools.flatMap(retries)),
    counter('forehand_hedges_total', 'Copies sent to a second server.', named.flatMap(hedges)),
    counter('forehand_no_server_total', 'Requests for which a pool had no server.', named.flatMap(noServer)),
    counter('forehand_probes_total', 'Probes of servers that ended.', named.flatMap(probes)),
    counter('forehand_config_reloads_total', 'Attempts to load the configuration again.', [
      { labels: { result: 'ok' }, value: reloads.ok },
      { labels: { result: 'failed' }, value: reloads.failed },
    ]),
  ];
};
