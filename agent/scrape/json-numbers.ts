import { OWN_FIELDS, type Wanted } from './wanted.ts';

/** Values as a page has them, by field of the report. Nobody has looked yet whether they are numbers. */
export type Found = ReadonlyMap<string, unknown>;

/** The own property of a name; undefined for what has none. */
const inside = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Object.getOwnPropertyDescriptor(value, name)?.value
    : undefined;

const at = (page: unknown, path: readonly string[]): unknown =>
  path.length === 0 ? undefined : path.reduce(inside, page);

/** The fields of a report that a page uses itself. `slots: 8` says the total. */
const ownFields = (page: unknown): readonly (readonly [string, unknown])[] => {
  const own = OWN_FIELDS.map((field) => [field, at(page, field.split('.'))] as const);
  const slots = inside(page, 'slots');
  if (slots !== undefined && typeof slots !== 'object') own.push(['slots.total', slots]);
  const custom = inside(page, 'custom');
  if (custom === undefined) return own;
  if (typeof custom !== 'object' || custom === null) return [...own, ['custom', custom]];
  return [...own, ...Object.entries(custom).map(([name, value]) => [`custom.${name}`, value] as const)];
};

/**
 * The numbers of a JSON text: what it names as a report does (`inFlight`, `serviceTime`, `eventLoopDelay`, `slots`,
 * `custom`), and what was asked for, which goes first. Throws SyntaxError if it is not JSON.
 */
export const numbersInJson = (text: string, wanted: readonly Wanted[]): Found => {
  const page: unknown = JSON.parse(text);
  const declared = wanted.map(({ field, path }) => [field, at(page, path)] as const);
  return new Map([...ownFields(page), ...declared].filter(([, value]) => value !== undefined));
};
