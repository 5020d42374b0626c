import { notEjected } from '../../../candidacy/not-ejected.ts';
import type { Whereabouts } from '../reading/source-text.ts';
import type { PoolConfig } from '../schema/schema.ts';
import type { PlannedLink } from './herding.ts';

const isEjection = ({ candidacy }: PlannedLink): boolean => candidacy.name === notEjected.name;

/**
 * The links of a chain as the pool key `outlier` wants them: with its options at every `notEjected`; where there is
 * none, with one behind `byAge`, or at the beginning. `false` takes all out. Undefined changes nothing.
 */
export const withOutlier = (
  links: readonly PlannedLink[],
  outlier: PoolConfig['outlier'],
  where: Whereabouts,
): readonly PlannedLink[] => {
  if (outlier === undefined) return links;
  if (outlier === false) return links.filter((link) => !isEjection(link));
  const link: PlannedLink = { name: notEjected.name, candidacy: notEjected, options: outlier, where };
  if (links.some(isEjection)) return links.map((one) => (isEjection(one) ? link : one));
  const at = links.findLastIndex(({ candidacy }) => candidacy.name === 'byAge') + 1;
  return links.toSpliced(at, 0, link);
};
