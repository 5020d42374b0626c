import { parseServerUrl } from './accept.ts';
import { messageOf } from './errors.ts';
import type { Stats } from './types.ts';

/** One server in a report. Its own stats are laid over those of its node. */
export interface ReportedServer {
  readonly url: string;
  /** May be missing where the proxy has one pool. */
  readonly pool?: string;
  readonly tags?: readonly string[];
  readonly stats?: Stats;
}

/** One message of an agent. Fields that this version does not know are kept. */
export interface Report {
  readonly v: 1;
  readonly node: string;
  /** Random for each start of the agent: with `seq` it orders reports and shows replayed ones. */
  readonly boot: string;
  readonly seq: number;
  readonly stats: Stats;
  readonly servers: readonly ReportedServer[];
}

export type RefusalCode =
  | 'malformed'
  | 'version'
  | 'number'
  | 'too_large'
  | 'token'
  | 'signature'
  | 'replayed'
  | 'clock'
  | 'source'
  | 'not_accepted'
  | 'unknown_pool'
  | 'rate'
  | 'full';

/** Why a report, or a part of it, was not taken. */
export interface Refusal {
  readonly code: RefusalCode;
  readonly message: string;
}

/** Largest report in bytes: 64 KiB holds several hundred servers. */
export const MAX_REPORT_BYTES = 65_536;
const MAX_SERVERS = 256;
const MAX_TAGS = 32;
const MAX_CUSTOM = 64;
/** Far more than any field needs. Whoever prints or copies a report recurses into it, so there must be an end. */
const MAX_DEPTH = 8;
const NAME = /^[\w.:@/-]{1,128}$/;

type Range = readonly [number, number];

/** Range of every number in stats. Outside is absurd for any machine of these years, so the report is refused. */
const RANGES: ReadonlyMap<string, Range> = new Map<string, Range>(
  Object.entries({
    load1: [0, 1e6],
    loadHighWater: [0, 2e6],
    cpuIdle: [0, 1],
    cpus: [0.001, 65_536],
    memoryTotal: [0, 2 ** 53],
    memoryAvailable: [0, 2 ** 53],
    arriba: [1, 1e6],
    arribaNominal: [1, 1e6],
    throttled: [0, 1],
    inFlight: [0, 1e7],
    serviceTime: [0, 86_400_000],
  }),
);
const PRESSURE: Readonly<Record<string, Range>> = { cpu: [0, 1], memory: [0, 1], io: [0, 1] };
const SLOTS: Readonly<Record<string, Range>> = { total: [0, 1e7], available: [0, 1e7] };

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const refuse = (code: RefusalCode, message: string): Refusal => ({ code, message });

/** A value in a message: short, and never an attempt to write out what a stranger has nested. */
const shown = (value: unknown): string => {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 80));
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object';
  return String(value);
};

/** Refuses what nobody can read safely, in known and unknown fields alike. */
const shapeFault = (value: unknown, depth = 0): Refusal | undefined => {
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth > MAX_DEPTH) return refuse('malformed', `nested deeper than ${MAX_DEPTH} levels`);
  if (Object.hasOwn(value, '__proto__')) return refuse('malformed', 'a field must not be named __proto__');
  for (const inner of Object.values(value)) {
    const fault = shapeFault(inner, depth + 1);
    if (fault) return fault;
  }
  return undefined;
};

const numberFault = (path: string, value: unknown, [low, high]: Range): Refusal | undefined =>
  typeof value === 'number' && value >= low && value <= high
    ? undefined
    : refuse('number', `${path}: expected a number from ${low} to ${high}, got ${shown(value)}`);

const customFault = (path: string, custom: unknown): Refusal | undefined => {
  if (!isObject(custom)) return refuse('malformed', `${path}: expected an object of numbers`);
  const names = Object.keys(custom);
  if (names.length > MAX_CUSTOM) return refuse('too_large', `${path}: more than ${MAX_CUSTOM} numbers`);
  for (const name of names) {
    if (!NAME.test(name))
      return refuse('malformed', `${path}: a name longer than 128 or with odd characters`);
    const fault = numberFault(`${path}.${name}`, custom[name], [-1e15, 1e15]);
    if (fault) return fault;
  }
  return undefined;
};

const groupFault = (
  path: string,
  value: unknown,
  ranges: Readonly<Record<string, Range>>,
  optional: boolean,
): Refusal | undefined => {
  if (!isObject(value)) return refuse('malformed', `${path}: expected an object`);
  for (const [name, range] of Object.entries(ranges)) {
    if (value[name] === undefined && optional) continue;
    const fault = numberFault(`${path}.${name}`, value[name], range);
    if (fault) return fault;
  }
  return undefined;
};

const fieldFault = (path: string, name: string, value: unknown): Refusal | undefined => {
  if (name === 'pressure') return groupFault(path, value, PRESSURE, true);
  if (name === 'slots') return groupFault(path, value, SLOTS, false);
  if (name === 'custom') return customFault(path, value);
  const range = RANGES.get(name);
  return range && numberFault(path, value, range);
};

const statsFault = (path: string, stats: unknown): Refusal | undefined => {
  if (stats === undefined) return undefined;
  if (!isObject(stats)) return refuse('malformed', `${path}: expected an object`);
  for (const [name, value] of Object.entries(stats)) {
    const fault = fieldFault(`${path}.${name}`, name, value);
    if (fault) return fault;
  }
  return undefined;
};

const serverFault = (path: string, server: unknown): Refusal | undefined => {
  if (!isObject(server)) return refuse('malformed', `${path}: expected an object`);
  const { url, pool, tags } = server;
  if (typeof url !== 'string' || url.length > 512 || !parseServerUrl(url)) {
    return refuse('malformed', `${path}.url: expected http://host:port, got ${shown(url)}`);
  }
  if (pool !== undefined && (typeof pool !== 'string' || !NAME.test(pool)))
    return refuse('malformed', `${path}.pool: not a name`);
  const validTags =
    tags === undefined ||
    (Array.isArray(tags) &&
      tags.length <= MAX_TAGS &&
      tags.every((tag) => typeof tag === 'string' && NAME.test(tag)));
  if (!validTags) return refuse('malformed', `${path}.tags: expected at most ${MAX_TAGS} names`);
  return statsFault(`${path}.stats`, server['stats']);
};

const envelopeFault = (value: Record<string, unknown>): Refusal | undefined => {
  if (value['v'] !== 1)
    return refuse(
      'version',
      `report version ${shown(value['v'])} is not understood; this proxy speaks version 1`,
    );
  if (typeof value['node'] !== 'string' || !NAME.test(value['node']))
    return refuse('malformed', 'node: expected a name of at most 128 plain characters');
  if (typeof value['boot'] !== 'string' || !NAME.test(value['boot']))
    return refuse('malformed', 'boot: expected an id of at most 128 plain characters');
  if (!Number.isSafeInteger(value['seq']) || (value['seq'] as number) < 0)
    return refuse('malformed', 'seq: expected a whole number from 0');
  if (!Array.isArray(value['servers'])) return refuse('malformed', 'servers: expected a list');
  if (value['servers'].length > MAX_SERVERS) return refuse('too_large', `servers: more than ${MAX_SERVERS}`);
  if (!isObject(value['stats'])) return refuse('malformed', 'stats: expected an object');
  return statsFault('stats', value['stats']);
};

/** Checks what came from outside against the shape and the ranges above. Never throws. */
export const checkReport = (value: unknown): Report | Refusal => {
  if (!isObject(value)) return refuse('malformed', 'expected a JSON object');
  const fault = shapeFault(value) ?? envelopeFault(value);
  if (fault) return fault;
  const servers = value['servers'] as readonly unknown[];
  for (let i = 0; i < servers.length; i++) {
    const fault = serverFault(`servers[${i}]`, servers[i]);
    if (fault) return fault;
  }
  return value as unknown as Report;
};

export const isRefusal = (value: Report | Refusal): value is Refusal =>
  'code' in value && !('servers' in value);

/** Reads the text of one message. Never throws. */
export const decodeReport = (text: string): Report | Refusal => {
  if (Buffer.byteLength(text) > MAX_REPORT_BYTES)
    return refuse('too_large', `more than ${MAX_REPORT_BYTES} bytes`);
  try {
    return checkReport(JSON.parse(text));
  } catch (thrown) {
    return refuse('malformed', `not JSON: ${messageOf(thrown).slice(0, 80)}`);
  }
};

export const encodeReport = (report: Report): string => JSON.stringify(report);

const joinGroup = <Group extends object>(
  node: Group | undefined,
  server: Group | undefined,
): Readonly<Group> | undefined => {
  const first = node ?? server;
  return first && Object.freeze({ ...first, ...server });
};

/** A server's numbers laid over its node's; groups are joined field by field. A copy, frozen with its groups. */
export const joinStats = (node: Stats, server: Stats | undefined): Stats => {
  const pressure = joinGroup(node.pressure, server?.pressure);
  const slots = joinGroup(node.slots, server?.slots);
  const custom = joinGroup(node.custom, server?.custom);
  return Object.freeze({
    ...node,
    ...server,
    ...(pressure && { pressure }),
    ...(slots && { slots }),
    ...(custom && { custom }),
  });
};
