import { isObject } from '../../core/is-object.ts';
import type { Stats } from '../../core/types.ts';

/** The numbers that stats are made of, by the place of each in a row. A dot leads into a group. */
const PLACES = [
  'load1',
  'loadHighWater',
  'cpuIdle',
  'cpus',
  'memoryTotal',
  'memoryAvailable',
  'arriba',
  'arribaNominal',
  'throttled',
  'inFlight',
  'serviceTime',
  'pressure.cpu',
  'pressure.memory',
  'pressure.io',
  'slots.total',
  'slots.available',
  'eventLoopDelay',
  'runQueueDelay',
] as const;
/** Words for people, which nobody who decides has to know. */
const WORDS: readonly string[] = ['arribaFrom'];

const PLACE_OF: ReadonlyMap<string, number> = new Map(PLACES.map((name, i) => [name, i]));
const TOP_PLACE_OF: ReadonlyMap<string, number> = new Map(
  [...PLACE_OF].filter(([name]) => !name.includes('.')),
);
const GROUPS: readonly string[] = ['pressure', 'slots'];
const PATHS = PLACES.map((name) => name.split('.'));

/** Numbers in a row. One that was not said is NaN. */
export const STATS_ROW = PLACES.length;

const packGroup = (
  rows: Float64Array,
  from: number,
  group: string,
  values: Record<string, unknown>,
): boolean => {
  for (const name in values) {
    const place = PLACE_OF.get(`${group}.${name}`);
    const value = values[name];
    if (place === undefined || typeof value !== 'number') return false;
    rows[from + place] = value;
  }
  return true;
};

/**
 * Writes stats into a row that begins at `from`: numbers alone, without words for people. False where they say more than
 * that, such as numbers of the application's own; then what stands in the row means nothing.
 */
export const packStats = (stats: Stats, rows: Float64Array, from: number): boolean => {
  rows.fill(Number.NaN, from, from + STATS_ROW);
  const fields: unknown = stats;
  if (!isObject(fields)) return false;
  for (const name in fields) {
    const value = fields[name];
    const place = TOP_PLACE_OF.get(name);
    if (place !== undefined && typeof value === 'number') rows[from + place] = value;
    else if (GROUPS.includes(name) && isObject(value)) {
      if (!packGroup(rows, from, name, value)) return false;
    } else if (!WORDS.includes(name)) return false;
  }
  return true;
};

/** The stats of a row that begins at `from`: frozen with its groups, as a report leaves them. */
export const unpackStats = (rows: Float64Array, from: number): Stats => {
  const stats: Record<string, number | Record<string, number>> = {};
  for (const [i, [name = '', inner]] of PATHS.entries()) {
    const value = rows[from + i] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    if (inner === undefined) {
      stats[name] = value;
      continue;
    }
    const group = stats[name];
    if (typeof group === 'object') group[inner] = value;
    else stats[name] = { [inner]: value };
  }
  for (const name of GROUPS) Object.freeze(stats[name]);
  return Object.freeze(stats) as Stats;
};
