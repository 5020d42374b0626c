import type { Stats } from '../core/types.ts';
import type { EventBytes } from './event-bytes.ts';
import { KNOWN_NAMES, NAMED, OTHER_NAME, PLACE_OF, VALUE } from './value-kinds.ts';

/** Nothing that is recorded is nested deeper; what is, is left out. */
const MAX_DEPTH = 16;
/** Room for what is written without a look at the end: a value without texts, or a text's length. */
const MARGIN = 64;
/** Room for the numbers under all known names. */
const NUMBERS = MARGIN + 9 * KNOWN_NAMES.length;

const [IN_FLIGHT = 0, ARRIBA = 0, CPUS = 0, SERVICE_TIME = 0] = [
  ...['inFlight', 'arriba', 'cpus', 'serviceTime'].map((name) => KNOWN_NAMES.indexOf(name)),
];

/** The usual ones without a look into the map. */
const placeOf = (name: string): number => {
  if (name === 'inFlight') return IN_FLIGHT;
  if (name === 'arriba') return ARRIBA;
  if (name === 'cpus') return CPUS;
  if (name === 'serviceTime') return SERVICE_TIME;
  return PLACE_OF.get(name) ?? OTHER_NAME;
};

/** Anything that JSON can hold, with undefined and every number. Anything else is written as undefined. */
export const writeValue = (bytes: EventBytes, value: unknown, depth = 0): void => {
  if (!bytes.has(MARGIN)) return;
  if (typeof value === 'number') {
    bytes.u8(VALUE.number);
    bytes.f64(value);
  } else if (typeof value === 'string') {
    bytes.u8(VALUE.text);
    bytes.text(value);
  } else if (typeof value === 'object' && value !== null && depth < MAX_DEPTH) {
    if (Array.isArray(value)) writeList(bytes, value, depth);
    else writeObject(bytes, value, depth);
  } else bytes.u8(codeOf(value));
};

const writeList = (bytes: EventBytes, list: readonly unknown[], depth: number): void => {
  bytes.u8(VALUE.list);
  bytes.u32(list.length);
  for (const item of list) writeValue(bytes, item, depth + 1);
};

const writeObject = (bytes: EventBytes, object: object, depth: number): void => {
  bytes.u8(VALUE.object);
  const countAt = bytes.at;
  bytes.at += 2;
  let count = 0;
  for (const [name, value] of Object.entries(object)) {
    if (!bytes.has(MARGIN)) return;
    writeNamed(bytes, name, value, depth + 1);
    count += 1;
  }
  bytes.put16(countAt, count);
};

const writeNamed = (bytes: EventBytes, name: string, value: unknown, depth: number): void => {
  const place = placeOf(name);
  if (typeof value === 'number' && place !== OTHER_NAME) {
    bytes.named(place, value);
    return;
  }
  bytes.u8(place | NAMED.value);
  if (place === OTHER_NAME) bytes.text(name);
  writeValue(bytes, value, depth);
};

/** As writeValue; stats of numbers alone, as most servers send them with their answers, at a fraction of the cost. */
export const writeStats = (bytes: EventBytes, stats: Stats): void => {
  const { at } = bytes;
  if (!bytes.has(NUMBERS)) return;
  bytes.u8(VALUE.object);
  bytes.at = at + 3;
  let count = 0;
  for (const name in stats) {
    const value: unknown = stats[name as keyof Stats];
    const place = placeOf(name);
    if (typeof value !== 'number' || place === OTHER_NAME) {
      bytes.at = at;
      writeValue(bytes, stats);
      return;
    }
    bytes.named(place, value);
    count += 1;
  }
  bytes.put16(at + 1, count);
};

const codeOf = (value: unknown): number => {
  if (value === null) return VALUE.null;
  if (typeof value !== 'boolean') return VALUE.undefined;
  return value ? VALUE.true : VALUE.false;
};
