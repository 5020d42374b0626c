import { readFile } from 'node:fs/promises';
import { rehearse } from '../config/model.ts';
import { makePlan, type Plan } from '../config/plan.ts';
import { type ConfigSource, readConfig } from '../config/read.ts';
import { ConfigError } from '../core/errors.ts';
import type { LoadedScript, ScriptLoader } from '../script/load.ts';

/** Where a configuration comes from and what may be read for it. */
export interface LoadingParts {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly loader: ScriptLoader;
  /** Gets the files of every script asked for, also of those that failed: what to watch besides the plan's own. */
  readonly scriptFiles: Set<string>;
}

const readText = (file: string): Promise<string> => readFile(file, 'utf8');

/**
 * Reads a configuration, loads its scripts and tries the whole on a board of its own. Throws a ConfigError with every
 * problem; nothing that runs has been touched then.
 */
export const prepare = async (
  source: ConfigSource,
  { env, loader, scriptFiles }: LoadingParts,
): Promise<Plan> => {
  const loadScript = async (reference: string, from: string): Promise<LoadedScript> => {
    try {
      return await loader.load(reference, from);
    } finally {
      for (const file of loader.filesOf(reference, from)) scriptFiles.add(file);
    }
  };
  const read = await readConfig(source, { env, readFile: readText });
  const plan = await makePlan(read, { loadScript });
  const problems = rehearse(plan);
  if (problems.some(({ severity }) => severity === 'error'))
    throw new ConfigError([...problems, ...plan.warnings]);
  return { ...plan, warnings: [...plan.warnings, ...problems] };
};
