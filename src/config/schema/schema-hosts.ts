import { z } from '../../core/options.ts';
import { hostKey, hostName } from './schema-host-name.ts';
import { manyOf } from './schema-parts.ts';
import { locationShape } from './schema-pools.ts';

/** The keys of virtual hosts. */

const { path: _, methods: __, headers: ___, name: ____, ...forWholeHost } = locationShape;

const hostShape = {
  aliases: manyOf(hostName(), 1000, 0).prefault([]).describe('further names; `*.example.com` too'),
  default: z.boolean().default(false).describe('it is also for hosts that nobody knows; one at most'),
  unmatched: z
    .union([z.literal(403), z.literal(404)])
    .default(404)
    .describe('the answer where no location matches'),
  locations: z
    .array(z.strictObject(locationShape))
    .max(1000)
    .default([])
    .describe('what answers below which path; the longest path wins'),
  ...forWholeHost,
};

const unnamedHost = z.strictObject(hostShape);
const namedHost = z.strictObject({
  name: hostName().describe('`www.example.com`, or `*.example.com` for every name below it'),
  ...hostShape,
});

/** A host, and where it stands under `hosts`: its position, or its key as written. */
export type WrittenHost = z.output<typeof namedHost> & { readonly at: string | number };

/** Most hosts of one proxy: what `limits of the file` let in. */
const MOST_HOSTS = 20_000;

export const hostsSchema = z
  .union([z.array(namedHost).max(MOST_HOSTS), z.record(hostKey(), unnamedHost)])
  .transform((given): readonly WrittenHost[] =>
    Array.isArray(given)
      ? given.map((host, at) => ({ ...host, at }))
      : Object.entries(given).map(([at, host]) => ({ ...host, name: at.toLowerCase(), at })),
  );
