import type { Config, TokenConfig } from '../../config/schema/schema.ts';
import { parseAddressRule } from '../../core/accept.ts';
import type { TokenSpec } from '../../state/tokens.ts';

const specsOf = ({ name, secrets, pools, from }: TokenConfig): readonly TokenSpec[] =>
  secrets.map((token) => ({
    name,
    token,
    ...(pools ? { pools } : {}),
    ...(from ? { from: from.flatMap((text) => parseAddressRule(text) ?? []) } : {}),
  }));

/** What agents may show or sign with. */
export const agentTokens = ({ agents }: Config): readonly TokenSpec[] =>
  (agents?.tokens ?? []).flatMap(specsOf);

/**
 * What may have signed that which comes through a store that the proxies share: agents' tokens, and their own. One that
 * is both is an agent's here, with what that may.
 */
export const fleetTokens = (config: Config): readonly TokenSpec[] => {
  const agents = agentTokens(config);
  const known = new Set(agents.map(({ token }) => token));
  const own = (config.state?.secrets ?? []).filter((secret) => !known.has(secret));
  return [...specsOf({ name: 'fleet', secrets: own }), ...agents];
};
