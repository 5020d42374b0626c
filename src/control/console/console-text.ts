import { formatDuration } from '../../core/options.ts';
import type { EventView, ExplainAnswer, PoolView, ServerView } from '../views/views.ts';
import { columns } from './columns.ts';
import type { ConsoleStatus } from './console-parts.ts';

/** What others have named must not look like lines of ours, nor steer a terminal. */
const plain = (text: string): string => text.replace(/\p{Cc}/gu, ' ');

const table = (rows: readonly (readonly string[])[]): readonly string[] =>
  columns(rows.map((row) => row.map(plain)));

const age = (ms: number | null): string => (ms === null ? 'never' : `${(ms / 1000).toFixed(1)}s`);
const short = (value: number): string => String(Number(value.toFixed(3)));

/** A table with a head: one line for each server. */
export const serversText = (servers: readonly ServerView[]): readonly string[] =>
  table([
    ['pool', 'server', 'state', 'weight', 'heard', 'in flight', 'share', 'reason'],
    ...servers.map(({ pool, id, state, weight, ageMs, inFlight, share, reason }) => [
      pool,
      id,
      state,
      short(weight),
      age(ageMs),
      String(inFlight),
      `${(share * 100).toFixed(0)}%`,
      reason ?? '',
    ]),
  ]);

/** A table with a head: one line for each pool. */
export const poolsText = (pools: readonly PoolView[]): readonly string[] =>
  table([
    ['pool', 'state', 'servers', 'ready', 'in flight', 'requests/s', 'p99'],
    ...pools.map(({ name, state, servers, ready, inFlight, requestsPerSecond, p99Ms }) => [
      name,
      state,
      String(servers),
      String(ready),
      String(inFlight),
      requestsPerSecond === null ? '-' : short(requestsPerSecond),
      p99Ms === null ? '-' : `${short(p99Ms)}ms`,
    ]),
  ]);

/** `web-1 in pool web is drain: new disk`. */
export const serverText = ({ id, pool, state, weight, reason }: ServerView): string => {
  const weighed = weight === 1 ? '' : ` with weight ${short(weight)}`;
  return plain(`${id} in pool ${pool} is ${state}${weighed}${reason ? `: ${reason}` : ''}`);
};

/** Lines of `name: value`. */
export const statusText = ({
  version,
  startedAt,
  now,
  ready,
  missing,
  config,
}: ConsoleStatus): readonly string[] =>
  [
    `version: ${version}`,
    `up for: ${formatDuration(Math.max(1000, Math.round((now - startedAt) / 1000) * 1000))}`,
    `ready: ${ready ? 'yes' : `no (${missing.join('; ')})`}`,
    `configuration: ${config.file ?? 'handed in'}, loaded ${new Date(config.loadedAt).toISOString()}`,
    `reloads: ${config.reloads.ok} taken, ${config.reloads.failed} refused`,
    ...(config.lastResult === 'failed' ? [`last reload: refused: ${config.lastError ?? ''}`] : []),
  ].map(plain);

/** The reason in one sentence, then what each link did. */
export const explainText = (answer: ExplainAnswer): readonly string[] =>
  [
    answer.why,
    `route ${answer.route}   pool ${answer.pool}`,
    ...answer.steps.flatMap(({ name, before, after, dropped }) => [
      `  ${name} ${before} > ${after}`,
      ...dropped.map(({ id, reason }) => `    - ${id}: ${reason}`),
    ]),
    `chosen: ${answer.chosen ?? answer.delivery}`,
  ].map(plain);

/** Oldest first, as a log has them. */
export const eventsText = (events: readonly EventView[]): readonly string[] =>
  events
    .toReversed()
    .map(({ at, kind, message }) => plain(`${new Date(at).toISOString()}  ${kind}  ${message}`.trim()));
