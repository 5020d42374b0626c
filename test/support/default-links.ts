import { addPrediction } from '../../candidacy/add-prediction.ts';
import { byAge } from '../../candidacy/by-age.ts';
import { byMarginalCost } from '../../candidacy/by-marginal-cost.ts';
import { notEjected } from '../../candidacy/not-ejected.ts';
import { sample } from '../../candidacy/sample.ts';
import type { Candidacy } from '../../src/core/candidacy.ts';
import type { LinkSpec } from '../../src/core/chain.ts';

const aLink = (candidacy: Candidacy, given: object = {}): LinkSpec => ({
  name: candidacy.name,
  candidacy,
  options: candidacy.options?.parse(given),
});

/** The chain of a pool that names none, made anew: functions keep their memory on the board. */
export const defaultLinks = (): readonly LinkSpec[] => [
  aLink(byAge, { max: '5s' }),
  aLink(notEjected),
  aLink(addPrediction),
  aLink(sample, { least: 8 }),
  aLink(byMarginalCost),
];
