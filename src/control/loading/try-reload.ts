import type { ConfigSource } from '../../config/read.ts';
import type { Config } from '../../config/schema/schema.ts';
import { ConfigError, messageOf } from '../../core/errors.ts';
import { ScriptLoader } from '../../script/load.ts';
import type { InstanceOptions } from '../instance-options.ts';
import { processClock } from '../run-clock.ts';
import { scriptModules } from '../script-modules.ts';
import type { ReloadResult } from '../views/views.ts';
import { prepare } from './loading.ts';
import { problemText } from './problem-text.ts';
import { waitingKeys } from './waiting-keys.ts';

/**
 * What it would say to take a configuration from there in place of the one that runs. Users' functions are loaded apart
 * from those in use, and watched as they are; nothing that runs is touched.
 */
export const tryReload = async (
  { env, heartbeat, adapt, waiting = waitingKeys }: InstanceOptions,
  source: ConfigSource,
  running: Config,
): Promise<ReloadResult> => {
  const loader = new ScriptLoader({
    modules: scriptModules,
    clock: processClock.now,
    heartbeat,
    onEvent: () => undefined,
  });
  try {
    const plan = await prepare(source, { env, ...(adapt && { adapt }), loader, scriptFiles: new Set() });
    const ignored = waiting(running, plan.config);
    return { ok: true, text: problemText(plan.warnings, false), ignored };
  } catch (thrown) {
    const text =
      thrown instanceof ConfigError ? problemText(thrown.problems, true) : `${messageOf(thrown)}\n`;
    return { ok: false, text, ignored: [] };
  } finally {
    await loader.close();
  }
};
