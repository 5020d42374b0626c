import { grouped } from '../cells/grouped.ts';
import type { CheckTotals } from './check-counts.ts';
import type { SeriesNames } from './metrics-names.ts';
import { labelText, type MetricsText } from './metrics-text.ts';

const RESULTS = ['passed', 'failed'] as const;

/** How the checks of servers ended; those that share a name are summed. */
export const writeCheckFamily = (
  text: MetricsText,
  checks: readonly CheckTotals[],
  names: SeriesNames,
): void => {
  text.family('forehand_health_checks_total', 'counter', 'Checks of servers that ended.');
  const labelsOf = ({ pool, id }: CheckTotals): string =>
    labelText({ pool, server: names.get(pool)?.get(id) ?? id });
  const present = checks.filter(({ pool, id }) => names.get(pool)?.has(id));
  for (const [labels, same] of grouped(present, labelsOf))
    for (const result of RESULTS) {
      const count = same.reduce((sum, totals) => sum + totals[result], 0);
      text.sample(`${labels},result="${result}"`, count);
    }
};
