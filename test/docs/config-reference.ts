import { inputSchema, type JsonSchema } from '../../src/config/schema/json-schema.ts';
import { DEFAULT_CHAIN } from '../../src/config/schema/named-chains.ts';
import { configSchema } from '../../src/config/schema/schema.ts';
import type { ChainEntry } from '../../src/config/schema/schema-pools.ts';
import { duration, size } from '../../src/core/options.ts';

const DURATION = inputSchema(duration()).pattern;
const SIZE = inputSchema(size()).pattern;

const isSchema = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const code = (value: unknown): string =>
  `\`${typeof value === 'string' ? value : JSON.stringify(value).replaceAll('","', '", "')}\``;

const listed = (ways: readonly string[]): string =>
  ways.length < 2 ? ways.join('') : `${ways.slice(0, -1).join(', ')} or ${ways.at(-1)}`;

const range = ({ minimum, maximum, exclusiveMinimum }: JsonSchema): string => {
  if (exclusiveMinimum !== undefined) return ` above ${exclusiveMinimum}`;
  if (minimum === undefined) return '';
  return maximum === undefined || maximum === Number.MAX_SAFE_INTEGER
    ? `, at least ${minimum}`
    : `, ${minimum} to ${maximum}`;
};

const textKind = ({ pattern }: JsonSchema): string => {
  if (pattern === DURATION) return 'duration';
  return pattern === SIZE ? 'size' : 'text';
};

const listKind = ({ items }: JsonSchema): string => {
  const kind = isSchema(items) ? kindOf(items) : 'value';
  return kind.includes(' or ') ? `list, each ${kind}` : `list of ${kind}s`;
};

/** The list, where one of its entries will do in its place. */
const listOrOne = ({ anyOf: [list, one, ...more] = [] }: JsonSchema): JsonSchema | undefined =>
  list?.type === 'array' && more.length === 0 && JSON.stringify(list.items) === JSON.stringify(one)
    ? list
    : undefined;

/** What kind of value a key takes, in words. */
const kindOf = (schema: JsonSchema): string => {
  const list = listOrOne(schema);
  if (list) return `${kindOf(list)}, or one alone`;
  if (schema.anyOf) return listed([...new Set(schema.anyOf.map(kindOf))]);
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum) return listed(schema.enum.map(code));
  if (schema.$ref !== undefined) return 'link';
  switch (schema.type) {
    case 'string':
      return textKind(schema);
    case 'boolean':
      return '`true` or `false`';
    case 'integer':
      return `whole number${range(schema)}`;
    case 'number':
      return `number${range(schema)}`;
    case 'array':
      return listKind(schema);
    default:
      return 'mapping';
  }
};

const presetOf = (schema: JsonSchema, isNeeded: boolean): string => {
  if (isNeeded) return '*needed*';
  return schema.default === undefined || isSchema(schema.default) ? '' : code(schema.default);
};

const table = ({ properties = {}, required = [] }: JsonSchema): readonly string[] => [
  '| key | value | default | what it says |',
  '| --- | --- | --- | --- |',
  ...Object.entries(properties)
    .filter((entry): entry is [string, JsonSchema] => isSchema(entry[1]))
    .map(
      ([key, schema]) =>
        `| ${code(key)} | ${kindOf(schema)} | ${presetOf(schema, required.includes(key))} | ${schema.description ?? ''} |`,
    ),
];

/** The ways to write a value, without the list where one of its items will do as well. */
const differentWays = ({ anyOf = [] }: JsonSchema): readonly JsonSchema[] =>
  anyOf.some(({ properties, additionalProperties }) => properties ?? isSchema(additionalProperties))
    ? anyOf.filter(({ type }) => type !== 'array')
    : anyOf;

/** Hosts and their locations say what routes say: what is the same below them is told there. */
const toldOnce = (sections: readonly (readonly [string, JsonSchema])[]) =>
  sections.filter(([path, section], i) => {
    if (!path.startsWith('hosts.')) return true;
    const first = sections.findIndex(([, other]) => JSON.stringify(other) === JSON.stringify(section));
    return first === i;
  });

/** The mappings that stand below a mapping, by the way to them. */
const below = (schema: JsonSchema, path: string): readonly (readonly [string, JsonSchema])[] => {
  const list = listOrOne(schema);
  if (list) return below(list, path);
  const { properties = {}, additionalProperties, items } = schema;
  const own = path !== '' && schema.properties ? [[path, schema] as const] : [];
  return [
    ...own,
    ...Object.entries(properties).flatMap(([key, one]) =>
      isSchema(one) ? below(one, path === '' ? key : `${path}.${key}`) : [],
    ),
    ...(isSchema(additionalProperties) ? below(additionalProperties, `${path}.NAME`) : []),
    ...(isSchema(items) ? below(items, `${path}[]`) : []),
    ...differentWays(schema).flatMap((way) => below(way, path)),
  ];
};

const flow = (value: unknown): string => {
  if (!isSchema(value)) return String(value);
  return `{ ${Object.entries(value)
    .map(([key, inner]) => `${key}: ${flow(inner)}`)
    .join(', ')} }`;
};

const linkText = (entry: ChainEntry): string =>
  typeof entry === 'string'
    ? `      - ${entry}`
    : Object.entries(entry)
        .map(([name, options]) => `      - ${name}: ${flow(options)}`)
        .join('\n');

/** Every key of the configuration, as the schema says it. */
export const reference = (): string => {
  const schema = configSchema();
  const sections = toldOnce(below(schema, '')).map(([path, section]) => [
    `### \`${path}\``,
    '',
    ...(section.description
      ? [`${section.description[0]?.toUpperCase()}${section.description.slice(1)}.`, '']
      : []),
    ...table(section),
    '',
  ]);
  return ['', '### At the top', '', ...table(schema), '', ...sections.flat(), ''].join('\n');
};

/** The default chain as a configuration. */
export const defaultChain = (): string =>
  [
    '',
    '```yaml',
    'pools:',
    '  web:',
    '    servers: [http://127.0.0.1:3001]',
    '    chain:',
    ...DEFAULT_CHAIN.map(linkText),
    '```',
    '\n',
  ].join('\n');
