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
] as const;

const PLACE_OF: ReadonlyMap<string, number> = new Map(PLACES.map((name, i) => [name, i]));
const GROUPS: readonly string[] = ['pressure', 'slots'];
const PATHS = PLACES.map((name) => name.split('.'));

/** Numbers in a row. One that was not said is NaN. */
export const STATS_ROW = PLACES.length;

const isGroup = (name: string, value: unknown): value is object =>
  GROUPS.includes(name) && typeof value === 'object' && value !== null;

const packInto = (row: number[], prefix: string, values: object): boolean =>
  Object.entries(values).every(([name, value]) => {
    if (isGroup(prefix + name, value)) return packInto(row, `${name}.`, value);
    const place = PLACE_OF.get(prefix + name);
    if (place === undefined || typeof value !== 'number') return false;
    row[place] = value;
    return true;
  });

/** Stats as numbers alone; undefined where they say more than that, such as numbers of the application's own. */
export const packStats = (stats: Stats): readonly number[] | undefined => {
  const row = new Array<number>(STATS_ROW).fill(Number.NaN);
  return packInto(row, '', stats) ? row : undefined;
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
