import { basename } from 'node:path';
import { policyChain, readChainFile } from '../config/planning/chain-file.ts';
import { POLICY_NAMES } from '../config/planning/policies.ts';
import { documentError, readDocument } from '../config/read-document.ts';
import { knownHelp } from '../config/reading/problem.ts';
import { processClock } from '../control/run-clock.ts';
import { scriptModules } from '../control/script-modules.ts';
import { fitScenario } from '../recording/fit.ts';
import { Heartbeat } from '../script/heartbeat.ts';
import { ScriptLoader } from '../script/load.ts';
import type { Policy } from '../simulator/policy.ts';
import { type Scenario, scenarioFault, scenarioSchema } from '../simulator/scenario.ts';
import { simulate } from '../simulator/simulate.ts';
import type { SimulationResult } from '../simulator/tally.ts';
import { fittedText } from './fit-text.ts';
import type { LogFlags } from './log-flags.ts';
import { endWithProblems } from './print-problems.ts';
import { readSource } from './read-source.ts';
import { table } from './table.ts';

interface SimulateFlags {
  readonly chain?: readonly string[];
  readonly policy?: readonly string[];
  readonly seed: string;
  readonly load?: string;
  readonly json?: boolean;
  readonly fit?: readonly string[];
  readonly pool?: string;
}

const MOST_SEED = 2 ** 31 - 1;
/** Loads as in a scenario. */
const MOST_LOAD = 10;

const seedOf = (text: string): number => {
  const seed = Number(text);
  if (/^\d+$/.test(text) && seed <= MOST_SEED) return seed;
  throw new Error(`--seed: expected a whole number from 0 to ${MOST_SEED}, got ${JSON.stringify(text)}`);
};

const loadOf = (text: string): number => {
  const load = Number(text);
  if (text.trim() !== '' && load > 0 && load <= MOST_LOAD) return load;
  throw new Error(
    `--load: expected a part of the capacity such as 0.9, above 0 and at most ${MOST_LOAD}, got ${JSON.stringify(text)}`,
  );
};

const bare = (file: string): string => basename(file).replace(/\.(ya?ml|json)$/, '');

const readScenario = async (file: string, load: string | undefined): Promise<Scenario> => {
  const document = readDocument(await readSource(file), scenarioSchema);
  const { value } = document;
  const scenario = {
    ...value,
    name: value.name ?? bare(file),
    load: load === undefined ? value.load : loadOf(load),
  };
  const fault = scenarioFault(scenario);
  if (fault) throw documentError(document, [fault.key], fault.message);
  return scenario;
};

const namedPolicy = async (name: string, { servers }: Scenario): Promise<Policy> => {
  const chain = await policyChain(name, servers.count);
  if (chain) return { ...chain, name };
  const { suggestion, note } = knownHelp(name, POLICY_NAMES);
  throw new Error(
    [`--policy: unknown policy ${JSON.stringify(name)}`, suggestion, note].filter(Boolean).join('; '),
  );
};

const chainOfFile = async (file: string, loader: ScriptLoader): Promise<Policy> => {
  const chain = await readChainFile(await readSource(file), {
    loadScript: (reference, from) => loader.load(reference, from),
  });
  return { ...chain, name: bare(file) };
};

const policiesOf = async (
  { chain = [], policy = [] }: SimulateFlags,
  scenario: Scenario,
  loader: ScriptLoader,
): Promise<readonly Policy[]> => {
  const names = policy.flatMap((list) => list.split(','));
  const wanted = names.length + chain.length === 0 ? ['default'] : names;
  const policies: Policy[] = [];
  for (const name of wanted) policies.push(await namedPolicy(name.trim(), scenario));
  for (const file of chain) policies.push(await chainOfFile(file, loader));
  return policies;
};

const percent = (part: number, digits: number): string => `${(100 * part).toFixed(digits)} %`;
const millis = (time: number): string => (time < 100 ? time.toFixed(1) : time.toFixed(0));

const row = (result: SimulationResult): readonly string[] => [
  result.chain,
  ...[result.p50, result.p90, result.p99, result.p999].map(millis),
  percent(result.errors / Math.max(1, result.requests), 3),
  percent(result.maxShare, 1),
  `${Math.round(result.decisionsPerSecond / 1000)}k`,
];

/** Results of one scenario side by side, for people. */
export const resultText = (results: readonly SimulationResult[]): string => {
  const [first] = results;
  if (!first) return '';
  const head = ['chain', 'p50 ms', 'p90', 'p99', 'p99.9', 'errors', 'largest share', 'decisions/s'];
  return `${first.scenario}   seed ${first.seed}   ${first.requests} requests\n${table([head, ...results.map(row)])}`;
};

/** Says once for each link what went wrong in it, and how often. */
class Faults {
  readonly #faults = new Map<string, { count: number; readonly message: string }>();

  readonly add = (link: string, message: string): void => {
    const known = this.#faults.get(link) ?? { count: 0, message };
    known.count += 1;
    this.#faults.set(link, known);
  };

  print(): void {
    for (const [link, { count, message }] of this.#faults)
      process.stderr.write(`${link} failed ${count} times, first: ${message}\n`);
  }
}

const runAll = (
  scenario: Scenario,
  policies: readonly Policy[],
  { seed, json }: { readonly seed: number; readonly json: boolean | undefined },
): void => {
  const faults = new Faults();
  const results = policies.map((policy) =>
    simulate(scenario, policy, { seed, clock: processClock.now, onFault: faults.add }),
  );
  faults.print();
  if (!json) process.stdout.write(resultText(results));
  else process.stdout.write(`${JSON.stringify(results.length === 1 ? results[0] : results)}\n`);
};

const printFitted = async (traces: readonly string[], pool: string | undefined): Promise<void> => {
  process.stdout.write(fittedText(await fitScenario(traces, pool)));
};

/**
 * `forehand simulate SCENARIO.yaml`: one or more ways to choose in the same scenario, with the same requests.
 * `forehand simulate --fit TRACE...`: prints a scenario that is like the recorded traffic.
 */
export const simulateScenario = async (
  file: string | undefined,
  flags: SimulateFlags,
  logFlags: LogFlags,
): Promise<void> => {
  if (flags.fit) return printFitted(flags.fit, flags.pool);
  if (file === undefined) throw new Error('simulate: expected a scenario file, or --fit with traces');
  const loader = new ScriptLoader({
    modules: scriptModules,
    clock: processClock.now,
    heartbeat: new Heartbeat(),
    onEvent: () => undefined,
    // A function that is slow on the wall clock must not change what happens in simulated time.
    guardSettings: { slowMs: Number.POSITIVE_INFINITY },
  });
  try {
    const scenario = await readScenario(file, flags.load);
    const seed = seedOf(flags.seed);
    runAll(scenario, await policiesOf(flags, scenario, loader), { seed, json: flags.json });
  } catch (thrown) {
    endWithProblems(thrown, logFlags);
  } finally {
    await loader.close();
  }
};
