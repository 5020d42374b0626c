import type { Candidacy } from '../../core/candidacy.ts';
import type { Whereabouts } from '../reading/source-text.ts';
import type { PlannedLink } from './herding.ts';

const isFilter = ({ candidacy }: PlannedLink): boolean => candidacy.kind === 'filter';

/**
 * The links of a chain with the one that a pool's `sticky` makes: behind the filters at its head, before the first link
 * that orders or cuts, so that nobody is kept on a server that is out. Undefined changes nothing.
 */
export const withSticky = (
  links: readonly PlannedLink[],
  candidacy: Candidacy | undefined,
  where: Whereabouts,
): readonly PlannedLink[] => {
  if (!candidacy) return links;
  const at = links.findIndex((link) => !isFilter(link));
  const link: PlannedLink = { name: candidacy.name, candidacy, options: undefined, where };
  return links.toSpliced(at === -1 ? links.length : at, 0, link);
};

/** The first filter that stands behind the place of `sticky`, and so is asked too late to send clients elsewhere. */
export const filterBehindSticky = (links: readonly PlannedLink[]): PlannedLink | undefined =>
  links.slice(links.findIndex((link) => !isFilter(link))).find(isFilter);
