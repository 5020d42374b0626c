import type { Millis } from '../core/types.ts';
import type { Policy, ProbePlan } from './policy.ts';
import type { Scenario } from './scenario.ts';
import { Simulation } from './simulation.ts';
import { type SimulationResult, Tally } from './tally.ts';

export interface SimulateOptions {
  /** A whole number. The same one gives the same digits, on the same architecture and major version of Node. */
  readonly seed: number;
  /** The clock on the wall, for the speed of the simulation alone. */
  readonly clock: () => Millis;
  /** Told of each time that a link throws or answers against the contract; its list is left as it was then. */
  readonly onFault?: (link: string, message: string) => void;
}

/** What the scenario says of probes beats what the policy wants. */
const probePlan = ({ probes }: Scenario, { probe }: Policy): ProbePlan => {
  const { perRequest, servers, wait } = probes;
  if (perRequest === undefined && servers === undefined) return probe;
  return { perRequest: perRequest ?? 0, servers: servers ?? 0, wait };
};

/** Tries a policy in a scenario. Takes as long as it takes, without a pause. */
export const simulate = (
  scenario: Scenario,
  policy: Policy,
  { seed, clock, onFault = () => undefined }: SimulateOptions,
): SimulationResult => {
  const tally = new Tally(scenario.servers.count);
  const fitted = {
    ...policy,
    probe: probePlan(scenario, policy),
    answers: scenario.reports.answers ?? policy.answers,
  };
  const simulation = new Simulation(scenario, fitted, { seed, tally, onFault });
  const from = clock();
  simulation.run();
  const seconds = (clock() - from) / 1000;
  return tally.result({ scenario: scenario.name ?? 'scenario', chain: policy.name, seed }, seconds);
};
