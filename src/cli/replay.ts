import type { TriedChain } from '../config/planning/chain-file.ts';
import { untimedLoader } from '../control/loading/untimed-loader.ts';
import { plannedAgain } from '../control/recording/recorded-setup.ts';
import { damageText } from '../recording/read-trace.ts';
import type { ReplayChain, ReplayChains } from '../recording/replay.ts';
import { type FilesResult, replayFiles } from '../recording/replay-files.ts';
import type { ScriptLoader } from '../script/load.ts';
import type { LogFlags } from './log-flags.ts';
import { endWithProblems } from './print-problems.ts';
import { replayText } from './replay-text.ts';
import { chainOfFile, chainOfPolicy } from './tried-chain.ts';

interface ReplayFlags {
  readonly chain?: string;
  readonly policy?: string;
  readonly pool?: string;
  readonly explain?: string;
  readonly json?: boolean;
}

const numberOf = (text: string): number => {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new Error(`--explain: expected the number of a decision, from 1, got ${JSON.stringify(text)}`);
};

const triedChain = async (
  { chain, policy }: ReplayFlags,
  loader: ScriptLoader,
): Promise<TriedChain | undefined> => {
  if (chain !== undefined && policy !== undefined)
    throw new Error('--chain and --policy: expected one of them');
  if (policy !== undefined) return chainOfPolicy(policy);
  return chain === undefined ? undefined : chainOfFile(chain, loader);
};

/** Makes the chains of a recording again, and sets the tried one beside each of the pool that it is for. */
const chainsOf =
  (tried: TriedChain | undefined, onlyPool: string | undefined) =>
  async (setup: unknown): Promise<ReplayChains> => {
    const planned = await plannedAgain(setup);
    const recorded = (name: string): ReplayChain => {
      const chain = planned.find((one) => one.name === name);
      if (!chain) throw new Error(`the trace has a chain "${name}" that its configuration has not`);
      return chain;
    };
    const pools = new Set(planned.map(({ pool }) => pool));
    if (onlyPool !== undefined && !pools.has(onlyPool))
      throw new Error(
        `--pool: there is no pool ${JSON.stringify(onlyPool)} in the trace; known: ${[...pools].join(' ')}`,
      );
    if (!tried) return { recorded };
    return {
      recorded,
      tried: (name, pool) =>
        onlyPool === undefined || onlyPool === pool
          ? { name, links: tried.links, whenEmpty: tried.whenEmpty }
          : undefined,
    };
  };

/** Without another chain every decision has to come out as it was recorded. */
const isFailure = ({ different, damaged }: FilesResult, isTrial: boolean): boolean =>
  damaged.some(({ isCut }) => !isCut) || (!isTrial && different > 0);

const print = (result: FilesResult, flags: ReplayFlags): void => {
  for (const damage of result.damaged) process.stderr.write(`${damageText(damage)}\n`);
  if (flags.explain !== undefined && !result.explanation)
    throw new Error(`--explain: there are ${result.decisions} decisions, no number ${flags.explain}`);
  const isTrial = (flags.chain ?? flags.policy) !== undefined;
  process.stdout.write(flags.json ? `${JSON.stringify(result, null, 2)}\n` : replayText(result, isTrial));
  if (isFailure(result, isTrial)) process.exitCode = 1;
};

/**
 * `forehand replay TRACE...`: decides again what was recorded, with the recorded chains or another one. Exit code 1 if
 * the recorded chains do not decide as they did, or a file is damaged.
 */
export const replay = async (
  files: readonly string[],
  flags: ReplayFlags,
  logFlags: LogFlags,
): Promise<void> => {
  const explain = flags.explain === undefined ? undefined : numberOf(flags.explain);
  const loader = untimedLoader();
  try {
    const chains = chainsOf(await triedChain(flags, loader), flags.pool);
    print(await replayFiles(files, { chains, ...(explain !== undefined && { explain }) }), flags);
  } catch (thrown) {
    endWithProblems(thrown, logFlags);
  } finally {
    await loader.close();
  }
};
