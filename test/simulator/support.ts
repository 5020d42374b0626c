import { policyChain } from '../../src/config/planning/chain-file.ts';
import type { Policy, ProbePlan } from '../../src/simulator/policy.ts';
import { type Scenario, scenarioSchema } from '../../src/simulator/scenario.ts';
import { simulate } from '../../src/simulator/simulate.ts';
import { Simulation } from '../../src/simulator/simulation.ts';
import { type SimulationResult, Tally } from '../../src/simulator/tally.ts';

/** As it would be written in YAML. */
export const aScenario = (written: object): Scenario => scenarioSchema.parse(written);

/** Asks nobody. */
export const NO_PROBES: ProbePlan = { perRequest: 0, servers: 0, wait: 1 };

/** A policy by name, with its messages or with others. */
export const aPolicy = async (name: string, other: Partial<Policy> = {}): Promise<Policy> => {
  const chain = await policyChain(name, 10);
  if (!chain) throw new TypeError(`there is no policy ${name}`);
  return { ...chain, name, ...other };
};

/** Runs without a clock: tests do not time anything. */
export const run = (scenario: Scenario, policy: Policy, seed = 1): SimulationResult =>
  simulate(scenario, policy, { seed, clock: () => 0 });

class Latencies extends Tally {
  sum = 0;
  count = 0;

  override answered(latency: number): void {
    super.answered(latency);
    this.sum += latency;
    this.count += 1;
  }
}

/** The mean latency, which theory knows best. */
export const meanLatency = (scenario: Scenario, policy: Policy, seed = 1): number => {
  const tally = new Latencies(scenario.servers.count);
  new Simulation(scenario, policy, { seed, tally, onFault: () => undefined }).run();
  return tally.sum / tally.count;
};
