import { createHash } from 'node:crypto';
import type { Model } from '../../config/planning/model.ts';
import type { Plan, PlannedChain, PlannedShadow } from '../../config/planning/plan.ts';
import type { FollowedShadow } from './shadow-chains.ts';

/** The name that a function's memory is kept under tells versions of a script apart too. */
const shapeOf = ({ links, whenEmpty }: PlannedChain): unknown => [
  whenEmpty,
  links.map(({ candidacy, options, onError }) => [candidacy.name, options ?? null, onError ?? null]),
];

/**
 * A short text that is the same, in every process, for the same shadow chain beside the same chains: whatever was
 * counted of one of them can be added to what was counted of the other.
 */
export const shadowKey = ({ chains }: Pick<Plan, 'chains'>, shadow: PlannedShadow): string => {
  const beside = chains.filter(({ pool }) => pool === shadow.pool);
  const text = JSON.stringify([shadow.share, [shadow, ...beside].map(shapeOf)]);
  return createHash('sha256').update(text).digest('base64url').slice(0, 16);
};

/** The shadow chains of a configuration that is at work, to be followed. */
export const followedShadows = (plan: Plan, { shadows }: Pick<Model, 'shadows'>): readonly FollowedShadow[] =>
  plan.shadows.flatMap((planned, i) => {
    const shadow = shadows[i];
    return shadow ? [{ ...shadow, key: shadowKey(plan, planned) }] : [];
  });
