import type { Cores } from './cores.ts';
import { busyMicros, cpuMicros } from './process-stat.ts';
import type { RunningProxy } from './proxy.ts';
import type { Rig } from './rig.ts';
import type { Scenario } from './scenarios.ts';
import { isSound, runWrk, type WrkCounts, wrkErrors } from './wrk.ts';

/** One measurement of one proxy in one scenario. */
export interface Pass {
  /** CPU time of the proxy's processes for each request, user and system, in microseconds. */
  readonly cpuPerRequest: number;
  readonly requestsPerSecond: number;
}

/** How passes are measured. */
export interface PassOptions {
  readonly seconds: number;
  /** Where the processes were pinned to; nothing is pinned if left out. */
  readonly cores?: Cores;
}

interface Measured {
  readonly counts: WrkCounts;
  readonly pass: Pass;
  /** Part of the proxy's core that others took, 0 to 1; not known when it is not pinned. */
  readonly others: number | undefined;
}

/**
 * A pass with errors does not count and is measured again, so often; then the proxy counts as broken. A pass without CPU
 * time does not count either: on a virtual machine whose clock jumps the kernel may count nothing for a second.
 */
const ATTEMPTS = 3;

const measure = async (
  rig: Rig,
  { program, port }: RunningProxy,
  scenario: Scenario,
  { seconds, cores }: PassOptions,
): Promise<Measured> => {
  const busy = (): number => (cores ? busyMicros(cores.proxy) : Number.NaN);
  const [cpuBefore, busyBefore] = [cpuMicros(program.pid), busy()];
  const counts = await runWrk(rig, scenario, { port, seconds, core: cores?.others });
  const [cpu, busyTime] = [cpuMicros(program.pid) - cpuBefore, busy() - busyBefore];
  return {
    counts,
    pass: {
      cpuPerRequest: cpu / counts.requests,
      requestsPerSecond: (counts.requests / counts.micros) * 1e6,
    },
    others: cores && Math.max(0, busyTime - cpu) / counts.micros,
  };
};

const inWords = ({ pass, others, counts }: Measured, scenario: Scenario): string => {
  const errors = wrkErrors(counts, scenario);
  return [
    `${pass.cpuPerRequest.toFixed(2).padStart(8)} us`,
    `${pass.requestsPerSecond.toFixed(0).padStart(7)}/s`,
    ...(others === undefined ? [] : [`others ${(others * 100).toFixed(0)}%`]),
    ...(errors === '' ? [] : [`ERRORS: ${errors}`]),
  ].join('  ');
};

/**
 * Measures one pass and tells it on standard error. Throws when the proxy has ended, or when one try after the other
 * has errors.
 */
export const measurePass = async (
  rig: Rig,
  proxy: RunningProxy,
  scenario: Scenario,
  options: PassOptions,
): Promise<Pass> => {
  const label = `${scenario.name.padEnd(10)} ${proxy.name.padEnd(13)}`;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const measured = await measure(rig, proxy, scenario, options);
    console.error(`${label} ${inWords(measured, scenario)}`);
    if (proxy.program.hasEnded()) break;
    if (isSound(measured.counts, scenario) && measured.pass.cpuPerRequest > 0) return measured.pass;
    console.error(`${label} that pass does not count`);
  }
  throw new Error(`${proxy.name} fails in ${scenario.name}. It wrote:\n${proxy.program.output()}`);
};
