import { builtIns } from '../../../candidacy/index.ts';
import type { Candidacy } from '../../core/candidacy.ts';
import { isObject } from '../../core/is-object.ts';
import { z } from '../../core/options.ts';

export type JsonSchema = z.core.JSONSchema.JSONSchema;

/** Draft 7 is the one that editors read best. */
const WAY = { io: 'input', target: 'draft-7', unrepresentable: 'any' } as const;

/** JSON Schema of what a person writes for a zod schema: before defaults and conversions. */
export const inputSchema = (schema: z.ZodType): JsonSchema => {
  const { $schema: _, '~standard': __, ...rest } = z.toJSONSchema(schema, WAY);
  return rest;
};

const SCRIPT_PATH = String.raw`^\.{0,2}/`;
const SCRIPTS: readonly JsonSchema[] = [
  { type: 'string', pattern: SCRIPT_PATH, description: 'path of a script: `./file.ts` or `./file.ts#name`' },
  {
    type: 'object',
    patternProperties: { [SCRIPT_PATH]: {} },
    additionalProperties: false,
    minProperties: 1,
    maxProperties: 1,
  },
  {
    type: 'object',
    properties: { byFunction: { type: 'string', pattern: SCRIPT_PATH } },
    required: ['byFunction'],
    additionalProperties: false,
  },
];

const linkSchema = ({ name, summary, options, shorthand }: Candidacy): JsonSchema => {
  const long: JsonSchema = options ? inputSchema(options) : { type: 'null' };
  const short = shorthand === undefined ? undefined : long.properties?.[shorthand];
  return {
    type: 'object',
    description: summary,
    properties: { [name]: typeof short === 'object' ? { anyOf: [short, long] } : long },
    required: [name],
    additionalProperties: false,
  };
};

/** A link: a built-in function by name, with options or without; or the path of a script, likewise. */
const chainEntrySchema = (): JsonSchema => {
  const named = [...builtIns.values()].filter(({ name }) => name !== 'byFunction');
  return {
    anyOf: [{ type: 'string', enum: named.map(({ name }) => name) }, ...named.map(linkSchema), ...SCRIPTS],
  };
};

const isSchema = (value: unknown): value is JsonSchema => isObject(value);

/** The schemas of a host, in a list and by name, each followed by that of its locations. */
const ofHosts = (hosts: unknown): readonly JsonSchema[] =>
  (isSchema(hosts) ? (hosts.anyOf ?? []) : [])
    .flatMap(({ items, additionalProperties }) => [items, additionalProperties])
    .filter(isSchema)
    .flatMap((host) => {
      const locations = host.properties?.['locations'];
      return [host, isSchema(locations) ? locations.items : undefined];
    })
    .filter(isSchema);

/** The schemas of everything that may have a chain: a pool, a route, a host, a location. */
const withChain = ({ properties: { pools, routes, hosts } = {} }: JsonSchema): readonly JsonSchema[] =>
  [isSchema(pools) && pools.additionalProperties, isSchema(routes) && routes.items, ...ofHosts(hosts)].filter(
    isSchema,
  );

/** The schema of the configuration as editors want it: with the names of the built-in functions and their options. */
export const editorSchema = (root: z.ZodType): JsonSchema => {
  const schema = inputSchema(root);
  for (const { properties } of withChain(schema)) {
    const chain = properties?.['chain'];
    for (const way of (isSchema(chain) && chain.anyOf) || [])
      if (way.type === 'array') way.items = { $ref: '#/definitions/link' };
  }
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: 'urn:forehand:configuration',
    title: 'Configuration of forehand',
    ...schema,
    definitions: { link: chainEntrySchema() },
  };
};
