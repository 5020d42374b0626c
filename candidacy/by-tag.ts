import { defineCandidacy } from '../src/core/candidacy.ts';
import { keep } from '../src/core/making.ts';
import { z } from '../src/core/options.ts';
import type { Server } from '../src/core/types.ts';

const tag = z.string().min(1).max(128);
const tags = () => z.array(tag).min(1);

const options = z
  .strictObject({
    /** A server needs one of these. */
    any: z
      .union([tag, tags()])
      .transform((given) => [given].flat())
      .optional(),
    /** A server needs every one of these. */
    all: tags().optional(),
    /** A server may have none of these. */
    none: tags().optional(),
  })
  .refine(({ any, all, none }) => any ?? all ?? none, 'expected tags under any, all or none');

type Options = z.output<typeof options>;

const fault = ({ any, all = [], none = [] }: Options, server: Server): string | undefined => {
  const lacked = all.find((tag) => !server.tags.has(tag));
  if (lacked !== undefined) return `is not tagged ${lacked}`;
  const unwanted = none.find((tag) => server.tags.has(tag));
  if (unwanted !== undefined) return `is tagged ${unwanted}`;
  return any?.some((tag) => server.tags.has(tag)) === false ? `is not tagged ${any.join(' or ')}` : undefined;
};

/**
 * Keeps servers by their tags, from the configuration or from the agent.
 *
 * - Formula: keep if it has one of `any`, every one of `all` and none of `none`.
 * - Example: `- byTag: gpu`, `- byTag: [eu, us]` or `- byTag: { all: [gpu, eu], none: [canary] }`.
 * - Missing stats: reads none. A server without tags passes only `none`.
 * - Cost: O(n x tags named); the answer is kept for up to 20 ms.
 * - Source: labels as other balancers have them; no counterpart in mod_backhand.
 */
export const byTag = defineCandidacy({
  name: 'byTag',
  summary: 'keeps servers by their tags',
  scope: 'board',
  options,
  shorthand: 'any',
  create: (wanted) =>
    keep(
      (server) => fault(wanted, server) === undefined,
      (server) => fault(wanted, server) ?? '',
    ),
});
