import type { CheckResult, CheckRules } from './check-spec.ts';

/** What the checks of a server come to so far. */
export interface Tally {
  readonly state: 'up' | 'down' | 'unknown';
  /** Good and bad ones in a row; one of them is 0. */
  readonly passes: number;
  readonly fails: number;
  /** What took it down; empty unless it is. */
  readonly reason: string;
}

type Counts = Pick<CheckRules, 'rise' | 'fall'>;

const BEGINNING: Readonly<Record<CheckRules['initial'], Tally>> = {
  unknown: { state: 'unknown', passes: 0, fails: 0, reason: '' },
  up: { state: 'up', passes: 0, fails: 0, reason: '' },
  down: { state: 'down', passes: 0, fails: 0, reason: 'not checked yet' },
};

/** Before the first check. */
export const firstTally = (initial: CheckRules['initial']): Tally => BEGINNING[initial];

const checksText = (count: number): string => (count === 1 ? '1 check' : `${count} checks`);

/**
 * With one more check. `fall` bad ones in a row take a server down, `rise` good ones bring it up again. The first check
 * of all decides alone what nothing is known of: a server that has not been up yet need not rise, and one whose very
 * first check fails is not waited for.
 */
export const afterCheck = (before: Tally, result: CheckResult, { rise, fall }: Counts): Tally => {
  const isFirst = before.state === 'unknown' || (before.passes === 0 && before.fails === 0);
  if (result.isGood) {
    const passes = before.passes + 1;
    const isUp = before.state === 'up' || isFirst || passes >= rise;
    if (isUp) return { state: 'up', passes, fails: 0, reason: '' };
    return { ...before, passes, fails: 0 };
  }
  const fails = before.fails + 1;
  if (before.state === 'down') {
    // Nobody had looked before: what was found now is the reason.
    const reason = isFirst ? `${checksText(fails)} failed, the last: ${result.text}` : before.reason;
    return { ...before, passes: 0, fails, reason };
  }
  if (fails < fall && before.state !== 'unknown') return { ...before, passes: 0, fails };
  return { state: 'down', passes: 0, fails, reason: `${checksText(fails)} failed, the last: ${result.text}` };
};

/** Down at once, as if the last check of `fall` had failed: it takes no connections. */
export const afterRefusal = (before: Tally, reason: string, { fall }: Counts): Tally => ({
  state: 'down',
  passes: 0,
  fails: Math.max(before.fails, fall),
  reason,
});
