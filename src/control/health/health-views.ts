import { formatDuration } from '../../core/options.ts';
import type { ServerRecord } from '../../core/server-record.ts';
import type { Millis } from '../../core/types.ts';
import type { HealthView } from '../views/health-view.ts';

interface Clock {
  readonly now: Millis;
  readonly epochOffset: number;
}

/** Ages are told in whole seconds, and in tenths below one. */
const ageText = (age: Millis): string =>
  formatDuration(age < 1000 ? Math.max(0, Math.round(age / 100) * 100) : Math.round(age / 1000) * 1000);

/**
 * Why checks hold a server for down: what took it down, what has been found since, and how old that is. Empty for one
 * that they do not hold for down.
 */
export const healthReason = ({ health, checks }: ServerRecord, now: Millis): string => {
  if (health?.state !== 'down') return '';
  if (!checks || checks.lastAt === undefined) return health.reason;
  const { passes, lastResult = '', lastAt } = checks;
  const found = health.reason.includes(lastResult) ? '' : `: ${lastResult}`;
  const since = passes === 0 ? '' : `, ${passes} good since`;
  return `${health.reason} (checked ${ageText(now - lastAt)} ago${found}${since})`;
};

/** What its checks have found; null where nobody checks it. */
export const healthViewOf = ({ checks }: ServerRecord, { epochOffset }: Clock): HealthView | null => {
  if (!checks) return null;
  const at = (time: Millis | undefined): number | null =>
    time === undefined ? null : Math.round(time + epochOffset);
  const { kind, state, passes, fails } = checks;
  return {
    kind,
    state,
    passes,
    fails,
    lastResult: checks.lastResult ?? null,
    lastAt: at(checks.lastAt),
    nextAt: at(checks.nextAt),
    since: at(checks.since),
  };
};
