import type { ChainView, DecisionView } from '../../../src/control/views/views.ts';

/** Somebody whom a link dropped in the decisions that were looked at. */
export interface Dropped {
  readonly id: string;
  readonly times: number;
  /** The reason that was given last, and when, epoch ms. */
  readonly reason: string;
  readonly at: number;
}

/** What the sampled decisions say of one link. */
export interface LinkSamples {
  readonly decisions: number;
  /** Decisions in which fewer came out than went in. */
  readonly changed: number;
  /** The one dropped most often first. */
  readonly dropped: readonly Dropped[];
}

/** Servers set aside are a step of their own in front of the links. */
const SET_ASIDE = 'drained';

type Step = DecisionView['steps'][number];

/** The steps of the links of this chain; undefined for a decision of another. */
const stepsFor = ({ pool, links }: ChainView, decision: DecisionView): readonly Step[] | undefined => {
  if (decision.pool !== pool) return undefined;
  const [first, ...rest] = decision.steps;
  const steps = first?.name === SET_ASIDE && decision.steps.length > links.length ? rest : decision.steps;
  const fits = steps.length === links.length && steps.every(({ name }, i) => name === links[i]?.name);
  return fits ? steps : undefined;
};

const droppedOf = (steps: readonly { readonly at: number; readonly step: Step }[]): readonly Dropped[] => {
  const all = new Map<string, Dropped>();
  // The newest stand first, so that the reason found first is the last one given.
  for (const { at, step } of steps)
    for (const { id, reason } of step.dropped) {
      const known = all.get(id);
      all.set(id, known ? { ...known, times: known.times + 1 } : { id, reason, at, times: 1 });
    }
  return [...all.values()].sort((a, b) => b.times - a.times);
};

/** What the decisions say of each link of a chain, newest decision first. */
export const linkSamples = (chain: ChainView, decisions: readonly DecisionView[]): readonly LinkSamples[] => {
  const fitting = decisions.flatMap((decision) => {
    const steps = stepsFor(chain, decision);
    return steps ? [{ at: decision.at, steps }] : [];
  });
  return chain.links.map((_, i) => {
    const steps = fitting.flatMap(({ at, steps: all }) => {
      const step = all[i];
      return step ? [{ at, step }] : [];
    });
    return {
      decisions: steps.length,
      changed: steps.filter(({ step }) => step.after < step.before).length,
      dropped: droppedOf(steps),
    };
  });
};
