import { size, z } from '../../src/core/options.ts';
import type { Moment, Server, Stats } from '../../src/core/types.ts';
import { CUSTOM_NUMBER, customNumber } from './custom-number.ts';

type Reading = (stats: Stats | undefined) => number;

const orNone = (value: number | undefined): number => value ?? Number.NaN;

/** How much of a resource is in use, as reports say it. */
const USED: Readonly<Record<string, Reading>> = {
  load1: (stats) => orNone(stats?.load1),
  memory: (stats) => orNone(stats?.memoryTotal) - orNone(stats?.memoryAvailable),
  cpu: (stats) => (1 - orNone(stats?.cpuIdle)) * orNone(stats?.cpus),
  slots: (stats) => orNone(stats?.slots?.total) - orNone(stats?.slots?.available),
};

/** How much of it there is. */
const CAPACITY: Readonly<Record<string, Reading>> = {
  memory: (stats) => orNone(stats?.memoryTotal),
  cpus: (stats) => orNone(stats?.cpus),
  slots: (stats) => orNone(stats?.slots?.total),
};

/** A name out of a table, or a number of the application's own. */
const readingOf = (name: string, table: Readonly<Record<string, Reading>>): Reading => {
  const own = customNumber(name);
  return own ? (stats) => orNone(own(stats)) : (table[name] ?? (() => Number.NaN));
};

const nameFrom = (table: Readonly<Record<string, Reading>>) => {
  const names = Object.keys(table);
  return z
    .string()
    .regex(
      new RegExp(`^(?:${names.join('|')}|${CUSTOM_NUMBER})$`),
      `expected ${names.join(', ')} or custom.<name>`,
    );
};

const NO_CAPACITY = 'expected a number above 0, a size such as 8GiB, or memory, cpus, slots or custom.<name>';
const NO_REQUEST = 'expected a number from 0, or a size such as 64MiB';

/** A resource besides CPU and memory that requests use up: sessions, sockets, the memory of a GPU, a price. */
export const costResource = () =>
  z.strictObject({
    /** How much is in use: a number that is reported. `cpu` is in cores, `memory` in bytes. */
    used: nameFrom(USED),
    /** How much there is, in the same unit. */
    capacity: z.union([z.number().positive(NO_CAPACITY), size(), nameFrom(CAPACITY)], NO_CAPACITY),
    /** How much one request takes, in the same unit. */
    perRequest: z.union([z.number().nonnegative(NO_REQUEST), size()], NO_REQUEST),
  });

type CostResource = z.output<ReturnType<typeof costResource>>;

/** The marginal cost of one resource at a server among n. NaN where a number is missing or is none. */
export type ResourceCost = (n: number, server: Server, moment: Moment) => number;

/** n to the power of how full it is with one request more, less that without. */
export const costOfResource = ({ used, capacity, perRequest }: CostResource): ResourceCost => {
  const readUsed = readingOf(used, USED);
  const readCapacity = typeof capacity === 'number' ? () => capacity : readingOf(capacity, CAPACITY);
  return (n, server, moment) => {
    const total = readCapacity(server.stats);
    if (!(total > 0)) return Number.NaN;
    const now = Math.max(0, readUsed(server.stats)) + moment.predicted(server) * perRequest;
    return n ** ((now + perRequest) / total) - n ** (now / total);
  };
};
