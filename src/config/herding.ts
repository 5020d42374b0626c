import type { LinkSpec } from '../core/chain.ts';
import type { Problem } from '../core/errors.ts';
import { aWarning } from './problem.ts';
import type { Whereabouts } from './source-text.ts';

/** A link and where it was written. */
export interface PlannedLink extends LinkSpec {
  readonly where: Whereabouts;
}

/**
 * True for what keeps requests between two reports from all going to one server: counting them, or looking at some
 * servers only. A session is a cut too, but new sessions have none.
 */
const breaksHerd = ({ candidacy: { name, kind } }: LinkSpec): boolean =>
  name === 'addPrediction' || (kind === 'cut' && name !== 'bySession');

/** Warns of links that order by reports alone, where nothing before them breaks the herd. */
export const herdingWarnings = (links: readonly PlannedLink[]): readonly Problem[] =>
  links.flatMap(({ name, candidacy, where }, i) => {
    if (!candidacy.ordersByReports || links.slice(0, i).some(breaksHerd)) return [];
    const message =
      `\`${name}\` orders by reports alone: until the next report all requests go to the one server ` +
      'that looked best in the last; expect it to be flooded in turns while the others idle';
    return [
      aWarning(message, where, {
        suggestion: 'put `addPrediction` before it, or leave `chain` out for the default chain',
      }),
    ];
  });
