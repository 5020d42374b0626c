import type { ServerView } from '../control/views/views.ts';
import type { AdminChoice } from './admin-address.ts';
import { askApi } from './ask-api.ts';
import { plainJson } from './plain-json.ts';
import { table } from './table.ts';

const number = (value: number | null | undefined, digits = 0): string =>
  value === null || value === undefined ? '-' : value.toFixed(digits);
const age = (ageMs: number | null): string => (ageMs === null ? 'never' : `${(ageMs / 1000).toFixed(1)}s`);
const memory = (bytes: number | undefined): string =>
  bytes === undefined ? '-' : `${(bytes / 1024 ** 3).toFixed(1)}GiB`;

const row = (server: ServerView): readonly string[] => [
  server.pool,
  server.id,
  server.state,
  age(server.ageMs),
  number(server.load1, 2),
  server.cpuIdle === undefined ? '-' : `${(server.cpuIdle * 100).toFixed(0)}%`,
  memory(server.memoryAvailable),
  number(server.arriba),
  number(server.inFlight),
  number(server.reportedInFlight),
  server.connections === null ? '-' : `${server.connections.open}/${server.connections.idle}`,
  server.latencyMs === null ? '-' : `${server.latencyMs.toFixed(1)}ms`,
  `${(server.share * 100).toFixed(0)}%`,
];

/** Behind the state. */
const WEIGHT_AT = 3;
const HEAD = [
  'pool',
  'server',
  'state',
  'heard',
  'load',
  'idle',
  'memory',
  'arriba',
  'in flight',
  'reported',
  'open/idle',
  'latency',
  'share',
];

/** The table of servers with its head. The weights stand in it where one of them is not as usual. */
export const serverRows = (servers: readonly ServerView[]): readonly (readonly string[])[] => {
  const all = [HEAD, ...servers.map(row)];
  if (servers.every(({ weight }) => weight === 1)) return all;
  const weights = ['weight', ...servers.map(({ weight }) => String(Number(weight.toFixed(3))))];
  return all.map((cells, i) => cells.toSpliced(WEIGHT_AT, 0, weights[i] ?? ''));
};

/** `forehand servers ls`: the table of the status page, or the very JSON of the API. */
export const listServers = async (options: AdminChoice & { readonly json?: boolean }): Promise<void> => {
  const asked = { verb: 'servers', path: '/api/v1/servers' };
  const servers = (await askApi(options, asked)) as readonly ServerView[];
  process.stdout.write(options.json ? `${plainJson(servers, 2)}\n` : table(serverRows(servers)));
};
