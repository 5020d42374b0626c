import { dirname, resolve } from 'node:path';
import type { WhenEmpty } from '../../core/chain.ts';
import { ConfigError } from '../../core/errors.ts';
import { z } from '../../core/options.ts';
import { readDocument } from '../read-document.ts';
import { inOrder } from '../reading/problem.ts';
import { chainSchema } from '../schema/schema-pools.ts';
import { routeProbeSchema } from '../schema/schema-probes.ts';
import type { PlannedLink } from './herding.ts';
import { LinkPlanner, type PlanContext } from './plan-links.ts';
import { policyNamed } from './policies.ts';

/** A chain in a file of its own: as a pool has it, and what it needs to be tried. */
const fileSchema = z.strictObject({
  chain: chainSchema,
  whenEmpty: z.enum(['undo', 'refuse', 'local']).default('undo'),
  answers: z
    .boolean()
    .exactOptional()
    .describe('answers carry numbers of the server; as for a policy of that name'),
  probe: routeProbeSchema.exactOptional(),
});

/** A chain that can be tried, and the messages that it goes by. */
export interface TriedChain {
  readonly links: readonly PlannedLink[];
  readonly whenEmpty: WhenEmpty;
  readonly answers: boolean;
  readonly probe: { readonly perRequest: number; readonly servers: number; readonly wait: number };
}

/** Servers of a pool whose size nobody says. */
const USUAL_POOL = 100;

const NO_PROBE = { perRequest: 0, servers: 0, wait: 1 };

/**
 * Reads a file with the `chain:` of a pool. Paths of scripts in it are relative to it. Throws a ConfigError with every
 * problem.
 */
export const readChainFile = async (
  source: { readonly file: string; readonly text: string },
  context: PlanContext,
): Promise<TriedChain> => {
  const { value, locate } = readDocument(source, fileSchema);
  const { chain, whenEmpty, answers, probe } = value;
  const planner = new LinkPlanner({ locate, baseDirectory: resolve(dirname(source.file)) }, context);
  const links = await planner.links({ chain, path: ['chain'] });
  if (planner.problems.length > 0) throw new ConfigError(inOrder(planner.problems));
  const named = typeof chain === 'string' ? policyNamed(chain) : undefined;
  return {
    links,
    whenEmpty,
    answers: answers ?? named?.answers ?? false,
    probe: { ...NO_PROBE, ...(probe ?? { perRequest: named?.probes ?? 0 }) },
  };
};

/** The links of a policy that is known by name, for a pool of so many servers; undefined for one that is not. */
export const policyChain = async (name: string, servers = USUAL_POOL): Promise<TriedChain | undefined> => {
  const policy = policyNamed(name);
  if (!policy) return undefined;
  const noScripts = { loadScript: () => Promise.reject(new Error('a policy has no scripts')) };
  const planner = new LinkPlanner({ locate: () => ({}), baseDirectory: '.' }, noScripts);
  const links = await planner.links({ chain: [...policy.chain(servers)], path: ['chain'] });
  if (planner.problems.length > 0) throw new ConfigError(planner.problems);
  const probe = { ...NO_PROBE, perRequest: policy.probes };
  return { links, whenEmpty: 'undo', answers: policy.answers, probe };
};
