import type { Plan } from '../config/planning/plan.ts';
import { shownConfig } from '../config/shown/shown-config.ts';
import { prepare } from '../control/loading/loading.ts';
import { processClock } from '../control/run-clock.ts';
import { scriptModules } from '../control/script-modules.ts';
import { Sticky } from '../control/sessions/sticky.ts';
import { ConfigError, type Problem } from '../core/errors.ts';
import { Heartbeat } from '../script/heartbeat.ts';
import { ScriptLoader } from '../script/load.ts';
import { configOrError } from './config-file.ts';
import type { LogFlags } from './log-flags.ts';
import { printProblems } from './print-problems.ts';

interface CheckFlags {
  readonly explain?: boolean;
  readonly format: 'text' | 'json';
}

interface Checked {
  readonly plan: Plan | undefined;
  readonly problems: readonly Problem[];
}

const checkSource = async (file: string | undefined): Promise<Checked> => {
  const loader = new ScriptLoader({
    modules: scriptModules,
    clock: processClock.now,
    heartbeat: new Heartbeat(),
    onEvent: () => undefined,
  });
  // It signs nothing here.
  const sticky = new Sticky(new Uint8Array(32));
  try {
    const plan = await prepare(await configOrError(file), {
      env: process.env,
      loader,
      scriptFiles: new Set(),
      stickyLink: (pool, config) => sticky.link(pool, config),
    });
    return { plan, problems: plan.warnings };
  } catch (thrown) {
    if (thrown instanceof ConfigError) return { plan: undefined, problems: thrown.problems };
    throw thrown;
  } finally {
    await loader.close();
  }
};

const chainLines = ({ chains, shadows }: Plan): string =>
  [...chains, ...shadows]
    .map(
      ({ name, links, whenEmpty }) =>
        `chain ${name}: ${links.map(({ name }) => name).join(' > ')} (when empty: ${whenEmpty})\n`,
    )
    .join('');

/** `forehand check [FILE]`: exit code 0 if it can be used, warnings or not; 1 if it cannot. */
export const check = async (
  file: string | undefined,
  flags: CheckFlags,
  logFlags: LogFlags,
): Promise<void> => {
  const { plan, problems } = await checkSource(file);
  if (flags.format === 'json')
    process.stdout.write(`${JSON.stringify({ ok: plan !== undefined, problems }, null, 2)}\n`);
  else printProblems(problems, logFlags);
  if (plan && flags.explain)
    process.stdout.write(`${JSON.stringify(shownConfig(plan.config), null, 2)}\n${chainLines(plan)}`);
  else if (plan && flags.format === 'text') process.stdout.write(chainLines(plan));
  if (!plan) process.exitCode = 1;
};
