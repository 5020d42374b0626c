import { isObject } from './is-object.ts';
import type { Refusal, RefusalCode } from './report.ts';

const MAX_CUSTOM = 64;
/** Most values in stats, nested ones included: every server of a report gets a copy of those of its node. */
const MAX_STATS = 256;
/** Far more than any field needs. Whoever prints or copies a report recurses into it, so there must be an end. */
const MAX_DEPTH = 8;
const NAME = /^[\w.:@/-]{1,128}$/;

/** Names of nodes, pools and tags, and words. */
export const isName = (value: unknown): value is string => typeof value === 'string' && NAME.test(value);

interface Range {
  readonly low: number;
  readonly high: number;
}

const rangesOf = (
  ranges: Readonly<Record<string, readonly [low: number, high: number]>>,
): ReadonlyMap<string, Range> =>
  new Map(Object.entries(ranges).map(([name, [low, high]]) => [name, { low, high }]));

/** Range of every number in stats. Outside is absurd for any machine of these years, so the report is refused. */
const RANGES: ReadonlyMap<string, Range> = rangesOf({
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
  eventLoopDelay: [0, 86_400_000],
  runQueueDelay: [0, 1],
});
const PRESSURE = rangesOf({ cpu: [0, 1], memory: [0, 1], io: [0, 1] });
const SLOTS = rangesOf({ total: [0, 1e7], available: [0, 1e7] });
const CUSTOM: Range = { low: -1e15, high: 1e15 };

/** An object that is no list. */
export const refuse = (code: RefusalCode, message: string): Refusal => ({ code, message });

/** A value in a message: short, and never an attempt to write out what a stranger has nested. */
export const shown = (value: unknown): string => {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 80));
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object';
  return String(value);
};

/*
 * What follows runs for every report: it makes no lists of entries, and the path of a field only once there is a fault.
 */

/** Refuses what nobody can read safely, in known and unknown fields alike. */
export const shapeFault = (value: unknown, depth = 0): Refusal | undefined => {
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth > MAX_DEPTH) return refuse('malformed', `nested deeper than ${MAX_DEPTH} levels`);
  if (Object.hasOwn(value, '__proto__')) return refuse('malformed', 'a field must not be named __proto__');
  if (!isObject(value)) return listFault(Object.values(value), depth);
  for (const name in value) {
    const inner = value[name];
    const fault = typeof inner === 'object' ? shapeFault(inner, depth + 1) : undefined;
    if (fault) return fault;
  }
  return undefined;
};

const listFault = (list: readonly unknown[], depth: number): Refusal | undefined => {
  for (const inner of list) {
    const fault = shapeFault(inner, depth + 1);
    if (fault) return fault;
  }
  return undefined;
};

const numberFault = (
  path: string,
  name: string,
  value: unknown,
  { low, high }: Range,
): Refusal | undefined =>
  typeof value === 'number' && value >= low && value <= high
    ? undefined
    : refuse('number', `${path}.${name}: expected a number from ${low} to ${high}, got ${shown(value)}`);

/** How many values there are in one, nested ones included. */
const valuesIn = (value: unknown): number => {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  for (const inner of Object.values(value)) count += 1 + valuesIn(inner);
  return count;
};

const customFault = (path: string, custom: unknown): Refusal | undefined => {
  if (!isObject(custom)) return refuse('malformed', `${path}: expected an object of numbers`);
  const names = Object.keys(custom);
  if (names.length > MAX_CUSTOM) return refuse('too_large', `${path}: more than ${MAX_CUSTOM} numbers`);
  for (const name of names) {
    if (!isName(name)) return refuse('malformed', `${path}: a name longer than 128 or with odd characters`);
    const fault = numberFault(path, name, custom[name], CUSTOM);
    if (fault) return fault;
  }
  return undefined;
};

const groupFault = (
  path: string,
  value: unknown,
  ranges: ReadonlyMap<string, Range>,
  optional: boolean,
): Refusal | undefined => {
  if (!isObject(value)) return refuse('malformed', `${path}: expected an object`);
  for (const name of ranges.keys()) {
    const range = ranges.get(name);
    if (!range || (value[name] === undefined && optional)) continue;
    const fault = numberFault(path, name, value[name], range);
    if (fault) return fault;
  }
  return undefined;
};

const fieldFault = (path: string, name: string, value: unknown): Refusal | undefined => {
  const range = RANGES.get(name);
  if (range) return numberFault(path, name, value, range);
  if (name === 'pressure') return groupFault(`${path}.${name}`, value, PRESSURE, true);
  if (name === 'slots') return groupFault(`${path}.${name}`, value, SLOTS, false);
  if (name === 'custom') return customFault(`${path}.${name}`, value);
  if (name === 'arribaFrom' && !isName(value)) return refuse('malformed', `${path}.${name}: expected a word`);
  return undefined;
};

/** Checks the stats at `path` of a report; undefined stands for none. */
export const statsFault = (path: string, stats: unknown): Refusal | undefined => {
  if (stats === undefined) return undefined;
  if (!isObject(stats)) return refuse('malformed', `${path}: expected an object`);
  if (valuesIn(stats) > MAX_STATS) return refuse('too_large', `${path}: more than ${MAX_STATS} values`);
  for (const name in stats) {
    const fault = fieldFault(path, name, stats[name]);
    if (fault) return fault;
  }
  return undefined;
};
