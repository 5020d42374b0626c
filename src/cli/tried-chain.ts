import { policyChain, readChainFile, type TriedChain } from '../config/planning/chain-file.ts';
import { POLICY_NAMES } from '../config/planning/policies.ts';
import { knownHelp } from '../config/reading/problem.ts';
import type { ScriptLoader } from '../script/load.ts';
import { readSource } from './read-source.ts';

/** The chain that `--policy` names, for a pool of so many servers. Rejects for a name that is not known. */
export const chainOfPolicy = async (name: string, servers?: number): Promise<TriedChain> => {
  const chain = await policyChain(name, servers);
  if (chain) return chain;
  const { suggestion, note } = knownHelp(name, POLICY_NAMES);
  throw new Error(
    [`--policy: unknown policy ${JSON.stringify(name)}`, suggestion, note].filter(Boolean).join('; '),
  );
};

/** The chain in the file that `--chain` names. Rejects with a ConfigError, or if the file cannot be read. */
export const chainOfFile = async (file: string, loader: ScriptLoader): Promise<TriedChain> =>
  readChainFile(await readSource(file), { loadScript: (reference, from) => loader.load(reference, from) });
