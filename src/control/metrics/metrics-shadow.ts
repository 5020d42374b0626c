import type { ShadowView } from '../views/views.ts';
import { type FamilyType, labelText, type MetricsText } from './metrics-text.ts';

interface ShadowFamily {
  readonly name: string;
  readonly type: FamilyType;
  readonly help: string;
  /** Null for what is not known yet. */
  readonly value: (view: ShadowView) => number | null;
}

const FAMILIES: readonly ShadowFamily[] = [
  {
    name: 'forehand_shadow_decisions_total',
    type: 'counter',
    help: 'Decisions that the shadow chain made beside that in use.',
    value: ({ decisions }) => decisions,
  },
  {
    name: 'forehand_shadow_disagreements_total',
    type: 'counter',
    help: 'Of these, so many with another server, or another way to it.',
    value: ({ disagreements }) => disagreements,
  },
  {
    name: 'forehand_shadow_faults_total',
    type: 'counter',
    help: 'Calls of functions that failed in the shadow chain.',
    value: ({ faults }) => faults,
  },
  {
    name: 'forehand_shadow_delay_ratio',
    type: 'gauge',
    help: 'Expected delay of the servers that it chose, against those in use.',
    value: ({ delay }) => delay.ratio,
  },
  {
    name: 'forehand_shadow_herding_ratio',
    type: 'gauge',
    help: 'Highest share of one server within 100 ms, against the chain in use.',
    value: ({ herding }) => herding.ratio,
  },
  {
    name: 'forehand_shadow_safe',
    type: 'gauge',
    help: '1 where the verdict is that it is safe to switch.',
    value: ({ isSafe }) => (isSafe ? 1 : 0),
  },
];

/** What chains would do that only run beside those in use. */
export const writeShadowFamilies = (text: MetricsText, shadows: readonly ShadowView[]): void => {
  for (const { name, type, help, value } of FAMILIES) {
    text.family(name, type, help);
    for (const view of shadows) {
      const known = value(view);
      if (known !== null) text.sample(labelText({ pool: view.pool }), known);
    }
  }
};
