import { parseServerUrl } from './accept.ts';
import { isName, refuse, shapeFault, shown, statsFault } from './check-stats.ts';
import { messageOf } from './errors.ts';
import { isObject } from './is-object.ts';
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
  | 'taken'
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

const serverFault = (path: string, server: unknown): Refusal | undefined => {
  if (!isObject(server)) return refuse('malformed', `${path}: expected an object`);
  const { url, pool, tags } = server;
  if (typeof url !== 'string' || url.length > 512 || !parseServerUrl(url)) {
    return refuse('malformed', `${path}.url: expected http://host:port, got ${shown(url)}`);
  }
  if (pool !== undefined && !isName(pool)) return refuse('malformed', `${path}.pool: not a name`);
  const validTags =
    tags === undefined || (Array.isArray(tags) && tags.length <= MAX_TAGS && tags.every(isName));
  if (!validTags) return refuse('malformed', `${path}.tags: expected at most ${MAX_TAGS} names`);
  return statsFault(`${path}.stats`, server['stats']);
};

const envelopeFault = (value: Record<string, unknown>): Refusal | undefined => {
  if (value['v'] !== 1)
    return refuse(
      'version',
      `report version ${shown(value['v'])} is not understood; this proxy speaks version 1`,
    );
  if (!isName(value['node']))
    return refuse('malformed', 'node: expected a name of at most 128 plain characters');
  if (!isName(value['boot']))
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
    return refuse(
      'malformed',
      `not JSON: ${messageOf(thrown)
        .slice(0, 80)
        .replace(/[^\x20-\x7e]/g, '?')}`,
    );
  }
};

export const encodeReport = (report: Report): string => JSON.stringify(report);

/** Object.assign, not a spread: in V8 each frozen copy made by a spread has a hidden class of its own, slow to read. */
const joinGroup = <Group extends object>(
  node: Group | undefined,
  server: Group | undefined,
): Readonly<Group> | undefined => {
  const first = node ?? server;
  return first && Object.freeze(Object.assign({}, first, server));
};

/**
 * A server's numbers laid over its node's; groups are joined field by field. Frozen with its groups: a copy, but of
 * numbers that are frozen already where nothing is laid over them, as in a simulation, whose boards share them.
 */
export const joinStats = (node: Stats, server: Stats | undefined): Stats => {
  if (server === undefined && Object.isFrozen(node)) return node;
  const joined: { -readonly [Name in keyof Stats]: Stats[Name] } = Object.assign({}, node, server);
  const pressure = joinGroup(node.pressure, server?.pressure);
  const slots = joinGroup(node.slots, server?.slots);
  const custom = joinGroup(node.custom, server?.custom);
  if (pressure) joined.pressure = pressure;
  if (slots) joined.slots = slots;
  if (custom) joined.custom = custom;
  return Object.freeze(joined);
};
