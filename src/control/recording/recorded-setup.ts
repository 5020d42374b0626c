import type { Plan, PlannedChain } from '../../config/planning/plan.ts';
import { routeOrders } from '../../config/planning/plan-hosts.ts';
import type { Config } from '../../config/schema/schema.ts';
import type { Bundle } from '../../script/bundle.ts';
import type { ConfigInputs } from '../loading/config-inputs.ts';
import { prepare } from '../loading/loading.ts';
import { untimedLoader } from '../loading/untimed-loader.ts';

/** A user's function as it was when it was recorded. */
export interface RecordedScript {
  readonly entry: string;
  readonly reference: string;
  readonly bundle: Bundle;
}

/** What is needed to make the chains of a configuration again: nothing of it is secret, but it holds users' functions. */
export interface RecordedSetup {
  readonly pools: Readonly<Record<string, Pick<Config['pools'][string], 'chain' | 'whenEmpty'>>>;
  readonly routes: readonly Pick<
    Config['routes'][number],
    'name' | 'host' | 'path' | 'methods' | 'pool' | 'chain' | 'whenEmpty'
  >[];
  readonly scripts: readonly RecordedScript[];
}

const defined = <Facts extends object>(facts: Facts): Facts =>
  Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as Facts;

/** Routes, and locations of hosts as such, that choose among servers. */
const choosing = (config: Config): RecordedSetup['routes'] =>
  routeOrders(config)
    .filter(({ rules }) => rules.pool !== undefined)
    .map(({ rules: { name, pool, chain, whenEmpty }, match: { host, path, methods } }) =>
      defined({ name, host, path, methods, pool, chain, whenEmpty } as RecordedSetup['routes'][number]),
    );

/** The part of a configuration that a recording keeps. */
export const recordedSetup = (config: Config, scripts: readonly RecordedScript[]): RecordedSetup => ({
  pools: Object.fromEntries(
    Object.entries(config.pools).map(([name, { chain, whenEmpty }]) => [name, { chain, whenEmpty }]),
  ),
  routes: choosing(config),
  scripts,
});

const isSetup = (value: unknown): value is RecordedSetup =>
  typeof value === 'object' &&
  value !== null &&
  'pools' in value &&
  'routes' in value &&
  'scripts' in value &&
  Array.isArray(value.scripts);

/** Nothing is read from the disk: the scripts are those of the recording. */
const recordedInputs = (scripts: readonly RecordedScript[]): ConfigInputs => ({
  readFile: (path) => Promise.reject(new Error(`${path} is not in the recording`)),
  listDirectory: (path) => Promise.reject(new Error(`${path} is not in the recording`)),
  bundle: async ({ reference }) => {
    const script = scripts.find((one) => one.reference === reference);
    if (!script) throw new Error(`the function ${reference} is not in the recording`);
    return script.bundle;
  },
});

/**
 * The chains of a recording, found again as they were. It runs the users' functions that the recording holds. Rejects
 * with a ConfigError where a built-in function does not take its options any more.
 */
export const plannedAgain = async (setup: unknown): Promise<readonly PlannedChain[]> => {
  if (!isSetup(setup)) throw new Error('the trace does not say which chains decided');
  const inputs = recordedInputs(setup.scripts);
  const loader = untimedLoader(inputs.bundle);
  // Which servers there were is another part of the recording.
  const pools = Object.entries(setup.pools).map(([name, pool]) => [
    name,
    { ...pool, servers: ['http://127.0.0.1:1'] },
  ]);
  const [first] = Object.keys(setup.pools);
  // Where nothing led to a pool, nothing was decided.
  const routes = setup.routes.length > 0 ? setup.routes : [{ pool: first }];
  const value = { pools: Object.fromEntries(pools), routes };
  try {
    const plan: Plan = await prepare({ value }, { env: {}, inputs, loader, scriptFiles: new Set() });
    return plan.chains;
  } finally {
    await loader.close();
  }
};
