import type { MakeBundle } from '../../script/bundle-script.ts';
import { Heartbeat } from '../../script/heartbeat.ts';
import { ScriptLoader } from '../../script/load.ts';
import { processClock } from '../run-clock.ts';
import { scriptModules } from '../script-modules.ts';

/**
 * A loader of users' functions that decide in another time than the wall clock's: how long they take now must not change
 * what they decide. `bundle`: makes bundles in place of the bundler.
 */
export const untimedLoader = (bundle?: MakeBundle): ScriptLoader =>
  new ScriptLoader({
    modules: scriptModules,
    clock: processClock.now,
    heartbeat: new Heartbeat(),
    onEvent: () => undefined,
    guardSettings: { slowMs: Number.POSITIVE_INFINITY },
    ...(bundle && { bundle }),
  });
