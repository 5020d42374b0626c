import { type ConfigSource, type ReadConfig, readConfig } from '../../src/config/read.ts';
import type { Environment } from '../../src/config/reading/expand.ts';
import { ConfigError, type Problem } from '../../src/core/errors.ts';

/** Files in memory, by absolute path. */
export type Files = Readonly<Record<string, string>>;

interface World {
  readonly files?: Files;
  readonly env?: Environment;
  readonly now?: () => number;
}

const missing = (path: string): Error =>
  Object.assign(new Error(`ENOENT: no such file or directory, open '${path}'`), { code: 'ENOENT' });

/** Reads a configuration from files in memory. */
export const readFrom = (
  source: ConfigSource,
  { files = {}, env = {}, now = Date.now }: World = {},
): Promise<ReadConfig> =>
  readConfig(source, {
    env,
    now,
    readFile: async (path) => {
      const text = files[path];
      if (text === undefined) throw missing(path);
      return text;
    },
    listDirectory: async (path) => {
      const names = Object.keys(files).filter((file) => file.startsWith(`${path}/`));
      if (names.length === 0) throw missing(path);
      return names.map((file) => file.slice(path.length + 1)).toReversed();
    },
  });

/** Reads a text as `forehand.yaml`. */
export const readText = (text: string, env: Environment = {}): Promise<ReadConfig> =>
  readFrom({ file: 'forehand.yaml', text }, { env });

/** The problems that stand in the way; none if it can be read. */
export const problemsIn = async (reading: Promise<unknown>): Promise<readonly Problem[]> => {
  try {
    await reading;
    return [];
  } catch (thrown) {
    if (thrown instanceof ConfigError) return thrown.problems;
    throw thrown;
  }
};

/** `4:7 unknown key` of a problem: where and what. */
export const brief = ({ place, message }: Problem): string =>
  `${place ? `${place.line}:${place.column} ` : ''}${message}`;

/** The smallest configuration that works, with more behind it. */
export const withPool = (more = ''): string =>
  `pools: { web: { servers: ["http://127.0.0.1:3001"] } }\n${more}`;
