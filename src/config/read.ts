import { readdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { ConfigError, type Problem } from '../core/errors.ts';
import { POOL_CHECKS } from './check-pools.ts';
import { ROOT_CHECKS } from './check-root.ts';
import { ROUTE_CHECKS } from './check-routes.ts';
import { type Environment, expandVariables } from './expand.ts';
import { type FileAccess, readFault } from './file-access.ts';
import { readIncludes } from './include.ts';
import { OWN_MESSAGES } from './issue-words.ts';
import { problemsOf } from './issues.ts';
import { isPlainObject } from './mapping.ts';
import { partsOf } from './parts.ts';
import { anError, inOrder } from './problem.ts';
import { readValue } from './read-value.ts';
import { type Reading, readYaml } from './read-yaml.ts';
import { type Config, configSchema, rootSchema } from './schema.ts';
import { hideSecrets, readTokenFile } from './secrets.ts';
import { SourceText } from './source-text.ts';
import { type Locate, locatorOf, plainValue, type Sourced } from './sourced.ts';

/** Where a configuration comes from: a file, a text under a name for messages, or an object in a program. */
export type ConfigSource =
  | { readonly file: string; readonly text?: string }
  | {
      readonly value: unknown;
      /** What paths in it are relative to; the working directory if left out. */
      readonly baseDirectory?: string;
    };

/** The world outside, as far as a configuration can see it. */
export interface ReadContext {
  readonly env: Environment;
  readonly readFile: FileAccess['readFile'];
  /** Node's readdir if left out. */
  readonly listDirectory?: FileAccess['listDirectory'];
}

/** A configuration that can be used. */
export interface ReadConfig {
  readonly config: Config;
  readonly warnings: readonly Problem[];
  /** Absolute paths of all files that were read: the main one, included ones, secrets. */
  readonly files: readonly string[];
  /** Absolute. */
  readonly baseDirectory: string;
  /** Where a value of `config` was written, as the facts of a problem. */
  readonly locate: Locate;
}

interface Main extends Reading {
  /** As messages show it. */
  readonly directory: string;
  /** Absolute; undefined for what came from no file. */
  readonly path: string | undefined;
}

type World = FileAccess & { readonly env: Environment };

const parse = (source: SourceText, env: Environment): Reading => {
  hideSecrets(source);
  const { root, problems } = readYaml(source);
  if (!root) return { root, problems };
  const expanded = expandVariables(root, env);
  return { root: expanded.root, problems: [...problems, ...expanded.problems] };
};

const readText = async (file: string, { readFile }: World): Promise<string> => {
  try {
    return await readFile(resolve(file));
  } catch (thrown) {
    throw new ConfigError([anError(readFault(file, thrown), {})]);
  }
};

const readMain = async (source: ConfigSource, world: World): Promise<Main> => {
  if ('value' in source) {
    const { root, problems } = readValue(source.value);
    return { root, problems, directory: source.baseDirectory ?? '.', path: undefined };
  }
  const text = source.text ?? (await readText(source.file, world));
  const path = source.text === undefined ? resolve(source.file) : undefined;
  return { ...parse(new SourceText(source.file, text), world.env), directory: dirname(source.file), path };
};

const throwIfAny = (problems: readonly Problem[]): void => {
  if (problems.some(({ severity }) => severity === 'error')) throw new ConfigError(inOrder(problems));
};

/** A value that is told to be wrong is not told again by what looks at it later. */
const notYetTold = (later: readonly Problem[], told: readonly Problem[]): readonly Problem[] => {
  const paths = new Set(told.map(({ path }) => path).filter((path) => path !== undefined));
  return later.filter(({ path }) => path === undefined || !paths.has(path));
};

type Parsed = ReturnType<typeof rootSchema.safeParse>['data'];

const check = (
  root: Sourced,
  locate: Locate,
  told: readonly Problem[],
): readonly [Parsed, readonly Problem[]] => {
  const value = plainValue(root);
  const result = rootSchema.safeParse(value, OWN_MESSAGES);
  const issues = result.error?.issues ?? [];
  const wrong = notYetTold(problemsOf(issues, { value, schema: configSchema(), base: [], locate }), told);
  const parts = partsOf(value);
  const misfits = [...ROOT_CHECKS, ...POOL_CHECKS, ...ROUTE_CHECKS].flatMap((one) => one(parts, locate));
  return [result.data, [...told, ...wrong, ...notYetTold(misfits, [...told, ...wrong])]];
};

const freeze = <T>(value: T): T => {
  if (!Array.isArray(value) && !isPlainObject(value)) return value;
  Object.values(value).forEach(freeze);
  return Object.freeze(value);
};

/** An empty token is none. */
const withToken = (
  agents: NonNullable<NonNullable<Parsed>['agents']>,
  token: string | undefined,
): Config['agents'] & {} => {
  const { token: _, ...open } = agents;
  return { ...open, ...(token ? { token } : {}) };
};

const complete = (
  { include: _, agents, ...rest }: NonNullable<Parsed>,
  token: string | undefined,
): Config => {
  const [onlyPool = ''] = Object.keys(rest.pools);
  return freeze({
    ...rest,
    ...(agents ? { agents: withToken(agents, token ?? agents.token) } : {}),
    routes: rest.routes ?? [{ pool: onlyPool }],
  });
};

/**
 * Reads a configuration with all that it includes, and checks it. Throws a ConfigError that carries every problem
 * found and not only the first, warnings included, each with its place.
 */
export const readConfig = async (source: ConfigSource, context: ReadContext): Promise<ReadConfig> => {
  const world = { listDirectory: readdir, ...context };
  const main = await readMain(source, world);
  if (!main.root) throw new ConfigError(main.problems);
  const { directory, path: mainPath } = main;
  const included = await readIncludes(main.root, {
    ...world,
    directory,
    mainPath,
    parse: (text) => parse(text, world.env),
  });
  const told = [...main.problems, ...included.problems];
  if (included.incomplete) throwIfAny(told);
  const locate = locatorOf(included.root);
  const [parsed, problems] = check(included.root, locate, told);
  const tokenFile = parsed?.agents?.token ? undefined : parsed?.agents?.tokenFile;
  const secret =
    tokenFile === undefined ? undefined : await readTokenFile(tokenFile, { ...world, locate, directory });
  const all = [...problems, ...(secret?.problems ?? [])];
  throwIfAny(all);
  if (!parsed) throw new TypeError('a configuration without a problem could not be read');
  return {
    config: complete(parsed, secret?.value),
    warnings: inOrder(all),
    files: [mainPath, ...included.paths, secret?.path].filter((path) => path !== undefined),
    baseDirectory: resolve(directory),
    locate,
  };
};
