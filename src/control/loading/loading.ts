import { statSync } from 'node:fs';
import { rehearse } from '../../config/planning/model.ts';
import { makePlan, type Plan } from '../../config/planning/plan.ts';
import type { PlanContext } from '../../config/planning/plan-links.ts';
import { type ConfigSource, readConfig } from '../../config/read.ts';
import type { Config } from '../../config/schema/schema.ts';
import { ConfigError } from '../../core/errors.ts';
import type { ExportKind } from '../../script/export-kind.ts';
import type { LoadedScript, ScriptLoader } from '../../script/load.ts';
import { type ConfigInputs, diskInputs } from './config-inputs.ts';

/** Where a configuration comes from and what may be read for it. */
export interface LoadingParts {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The disk if left out. */
  readonly inputs?: ConfigInputs;
  /** Makes another configuration of the one that was read, which is used instead. */
  readonly adapt?: (config: Config) => Config;
  readonly loader: ScriptLoader;
  /** Makes the link of a pool's `sticky`; without it there is none. */
  readonly stickyLink?: PlanContext['stickyLink'];
  /** Gets the files of every script asked for, also of those that failed: what to watch besides the plan's own. */
  readonly scriptFiles: Set<string>;
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

/**
 * Reads a configuration, loads its scripts and tries the whole on a board of its own. Throws a ConfigError with every
 * problem; nothing that runs has been touched then.
 */
export const prepare = async (
  source: ConfigSource,
  { env, inputs = diskInputs, adapt = (config) => config, loader, scriptFiles, stickyLink }: LoadingParts,
): Promise<Plan> => {
  const loadScript = async (reference: string, from: string): Promise<LoadedScript> => {
    try {
      return await loader.load(reference, from);
    } finally {
      for (const file of loader.filesOf(reference, from)) scriptFiles.add(file);
    }
  };
  const loadExport = async <T>(reference: string, from: string, kind: ExportKind<T>) => {
    try {
      return await loader.loadExport(reference, from, kind);
    } finally {
      for (const file of loader.filesOf(reference, from)) scriptFiles.add(file);
    }
  };
  const read = await readConfig(source, { env, ...inputs });
  const plan = await makePlan(
    { ...read, config: adapt(read.config) },
    { loadScript, loadExport, isFolder, ...(stickyLink && { stickyLink }) },
  );
  const problems = rehearse(plan);
  if (problems.some(({ severity }) => severity === 'error'))
    throw new ConfigError([...problems, ...plan.warnings]);
  return { ...plan, warnings: [...plan.warnings, ...problems] };
};
