import { readdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { ConfigError, type Problem } from '../core/errors.ts';
import { secretsInAdded } from './checks/added-secrets.ts';
import { ADMIN_CHECKS, sharedAdminTokens } from './checks/check-admin.ts';
import { CONNECTION_CHECKS } from './checks/check-connections.ts';
import { FLEET_CHECKS } from './checks/check-fleet.ts';
import { HOST_CHECKS } from './checks/check-hosts.ts';
import { LISTEN_CHECKS } from './checks/check-listen.ts';
import { POOL_CHECKS } from './checks/check-pools.ts';
import { ROOT_CHECKS } from './checks/check-root.ts';
import { ROUTE_CHECKS, somebodyAnswers } from './checks/check-routes.ts';
import { RULE_CHECKS } from './checks/check-rules.ts';
import { SESSION_CHECKS } from './checks/check-sessions.ts';
import { sharedTokens } from './checks/check-tokens.ts';
import { type Parts, partsOf, wholeParts } from './checks/parts.ts';
import { wantedFiles, wrongPairs } from './checks/wanted-files.ts';
import { type AddedHost, withAddedHosts } from './completing/added-hosts.ts';
import { complete } from './completing/complete.ts';
import { hideSecrets } from './completing/secrets.ts';
import { type Environment, expandVariables } from './reading/expand.ts';
import { type FileAccess, readFault } from './reading/file-access.ts';
import { readIncludes } from './reading/include.ts';
import { OWN_MESSAGES } from './reading/issue-words.ts';
import { problemsOf } from './reading/issues.ts';
import { FileTexts, type NamedFile, type NamingParts, nameAt } from './reading/named-files.ts';
import { anError, inOrder } from './reading/problem.ts';
import { readValue } from './reading/read-value.ts';
import { type Reading, readYaml } from './reading/read-yaml.ts';
import { SourceText } from './reading/source-text.ts';
import { type Locate, locatorOf, type Path, plainValue, type Sourced } from './reading/sourced.ts';
import { type Config, configSchema, rootSchema, type WrittenConfig } from './schema/schema.ts';

/** Where a configuration comes from: a file, a text under a name for messages, or an object in a program. */
export type ConfigSource = (
  | { readonly file: string; readonly text?: string }
  | {
      readonly value: unknown;
      /** What paths in it are relative to; the working directory if left out. */
      readonly baseDirectory?: string;
    }
) & {
  /** Hosts that lie over those of the files. */
  readonly hosts?: readonly AddedHost[];
};

/** The world outside, as far as a configuration can see it. */
export interface ReadContext {
  readonly env: Environment;
  readonly readFile: FileAccess['readFile'];
  /** Node's readdir if left out. */
  readonly listDirectory?: FileAccess['listDirectory'];
  /** Epoch ms, to tell certificates that are at their end; Date.now if left out. */
  readonly now?: () => number;
}

/** A configuration that can be used. */
export interface ReadConfig {
  readonly config: Config;
  readonly warnings: readonly Problem[];
  /** Absolute paths of all files that were read: the main one, included ones, certificates, secrets. */
  readonly files: readonly string[];
  /** Absolute. */
  readonly baseDirectory: string;
  /** Where a value of `config` was written, as the facts of a problem. */
  readonly locate: Locate;
  /** What the file says that the key at the path names; undefined for a key that names none. */
  readonly textAt: (path: Path) => string | undefined;
}

const CHECKS = [
  ...ROOT_CHECKS,
  ...ADMIN_CHECKS,
  ...LISTEN_CHECKS,
  ...FLEET_CHECKS,
  ...POOL_CHECKS,
  ...CONNECTION_CHECKS,
  ...ROUTE_CHECKS,
  ...SESSION_CHECKS,
  ...RULE_CHECKS,
  ...HOST_CHECKS,
];

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

interface Checked {
  /** Undefined if it does not fit the schema. */
  readonly written: WrittenConfig | undefined;
  readonly problems: readonly Problem[];
  readonly parts: Parts;
}

const check = (root: Sourced, locate: Locate, told: readonly Problem[]): Checked => {
  const value = plainValue(root);
  const result = rootSchema.safeParse(value, OWN_MESSAGES);
  const issues = result.error?.issues ?? [];
  // The schema for editors takes long to make, and names keys for messages only.
  const wrong =
    issues.length === 0
      ? []
      : notYetTold(problemsOf(issues, { value, schema: configSchema(), base: [], locate }), told);
  const parts = result.success ? wholeParts(result.data) : partsOf(value);
  // Where something does not fit the schema, it may be the pools that were meant by it.
  const checks = result.success ? [...CHECKS, somebodyAnswers] : CHECKS;
  const misfits = checks.flatMap((one) => one(parts, locate));
  const problems = [...told, ...wrong, ...notYetTold(misfits, [...told, ...wrong])];
  return { written: result.data, problems, parts };
};

/** Reads the files that keys name. `own`: where the configuration itself comes from. */
const readFiles = async (
  parts: Parts,
  own: { readonly added: readonly AddedHost[]; readonly sources: readonly string[] },
  { now = Date.now, ...world }: NamingParts & Pick<ReadContext, 'readFile' | 'now'>,
): Promise<FileTexts> => {
  const texts = new FileTexts();
  const named = wantedFiles(parts, now());
  for (const file of named) await texts.add(file, world);
  const pathOf = ({ path, file }: NamedFile): string => resolve(nameAt(path, file, world));
  texts.problems.push(...secretsInAdded(parts, { ...own, named, pathOf }, world));
  texts.problems.push(...wrongPairs(parts, texts, world.locate), ...sharedTokens(parts, texts, world.locate));
  texts.problems.push(...sharedAdminTokens(parts, texts, world.locate));
  return texts;
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
  const whole = withAddedHosts(included.root, source.hosts ?? [], directory);
  const told = [...main.problems, ...included.problems, ...whole.problems];
  if (included.incomplete) throwIfAny(told);
  const locate = locatorOf(whole.root);
  const { written, problems, parts } = check(whole.root, locate, told);
  const added = source.hosts ?? [];
  const sources = [...(mainPath === undefined ? [] : [mainPath]), ...included.paths];
  const texts = await readFiles(parts, { added, sources }, { ...world, locate, directory });
  const all = [...problems, ...notYetTold(texts.problems, problems)];
  throwIfAny(all);
  if (!written) throw new TypeError('a configuration without a problem could not be read');
  return {
    config: complete(written, { texts, locate, directory, added }),
    warnings: inOrder(all),
    files: [...sources, ...texts.paths],
    baseDirectory: resolve(directory),
    locate,
    textAt: (path) => texts.at(path),
  };
};
