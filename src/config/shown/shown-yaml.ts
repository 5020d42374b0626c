import { Document, isCollection, isMap, isNode, isPair, isScalar, isSeq, type Node } from 'yaml';
import { isMapping } from '../reading/mapping.ts';
import { type Config, rootSchema } from '../schema/schema.ts';
import { blankSecrets } from './blank-secrets.ts';
import { shownConfig } from './shown-config.ts';

/** Named as no configuration names a pool; its defaults are those of every pool. */
const ANY = '*';

/** What is as it is when nothing more is written: read once, when a configuration is shown for the first time. */
let defaults: unknown;
const readDefaults = (): unknown => {
  const least = { servers: ['http://127.0.0.1:1'], health: { path: '/' } };
  const { pools, ...rest } = rootSchema.parse({ pools: { any: least } });
  const { servers: _, ...pool } = pools['any'] ?? {};
  return JSON.parse(JSON.stringify({ ...rest, pools: { [ANY]: pool } }));
};

const under = (value: unknown, key: string): unknown =>
  isMapping(value) ? (Object.hasOwn(value, key) ? value[key] : value[ANY]) : undefined;

const isSame = (node: Node, value: unknown): boolean => JSON.stringify(node) === JSON.stringify(value);

/** Everything in it. An empty list or map takes no comment on its line: it says itself that there is nothing. */
const markAll = (node: unknown): void => {
  if (isScalar(node)) node.comment = ' default';
  else if (isCollection(node)) for (const item of node.items) markAll(isPair(item) ? item.value : item);
};

const mark = (node: unknown, value: unknown): void => {
  if (isMap(node)) for (const { key, value: inside } of node.items) mark(inside, under(value, String(key)));
  else if (isNode(node) && isSame(node, value)) markAll(node);
  // Things in a list have the defaults of the one that is there when none is written.
  else if (isSeq(node) && Array.isArray(value)) for (const item of node.items) mark(item, value[0]);
};

/**
 * A configuration as YAML for people: every default filled in, no secret. Durations are milliseconds, sizes bytes. What
 * is as by default, written or not, has the comment `# default`.
 */
export const shownYaml = (config: Config): string => {
  // By way of JSON, which leaves out what is undefined; no anchors for what stands in two places.
  const plain = blankSecrets(JSON.parse(JSON.stringify(shownConfig(config))));
  const document = new Document(plain, { aliasDuplicateObjects: false });
  defaults ??= readDefaults();
  mark(document.contents, defaults);
  return document.toString({ lineWidth: 0 });
};
