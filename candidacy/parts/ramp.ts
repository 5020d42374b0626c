import type { Signal } from '../../src/core/candidacy.ts';
import type { Millis } from '../../src/core/types.ts';
import { NEVER } from './never.ts';
import { verdictOn } from './verdict.ts';

/** What slowStart remembers of a server. */
export interface Ramp {
  readonly slot: number;
  readonly ramps: Ramps;
  /** When it was new, or back; -Infinity if it never was. */
  startedAt: Millis;
  /** No good answer has come since. */
  onProbation: boolean;
  /** In a row. */
  failures: number;
}

/** What the servers of a pool share. */
export interface Ramps {
  servers: number;
  /** Those that have started lately or are failing, each once. */
  held: Ramp[];
  /** Nobody is held back from then on. */
  until: Millis;
}

/** How a ramp goes; see slowStart. */
export interface RampOptions {
  readonly window: Millis;
  readonly aggression: number;
  readonly floor: number;
  readonly failures: number;
}

/** A clock that was set back does not make a ramp any longer. */
export const isRamping = ({ startedAt }: Ramp, window: Millis, now: Millis): boolean =>
  Math.abs(now - startedAt) < window;

/** It has failed `failures` times in a row, and nobody knows whether it is back. */
export const isFailing = ({ failures }: Ramp, options: RampOptions): boolean => failures >= options.failures;

/** It may not have all that others have. */
export const isHeld = (ramp: Ramp, options: RampOptions, now: Millis): boolean =>
  isFailing(ramp, options) || isRamping(ramp, options.window, now);

/** The share of its usual work that a server may get, `floor` to 1. */
export const shareOf = (
  { startedAt }: Ramp,
  { window, aggression, floor }: RampOptions,
  now: Millis,
): number => Math.max(floor, Math.min(1, Math.max(0, now - startedAt) / window) ** (1 / aggression));

/** Where more than half have just started there is nobody else to do the work: nobody is ramped. */
export const areMost = (starting: number, servers: number): boolean => 2 * starting > servers;

/** Puts it among those that are held back, and lets go of those that are no more. */
const hold = (ramp: Ramp, options: RampOptions, now: Millis): void => {
  const { ramps } = ramp;
  ramps.held = ramps.held.filter((one) => one !== ramp && isHeld(one, options, now));
  ramps.held.push(ramp);
  const anyFails = ramps.held.some((one) => isFailing(one, options));
  ramps.until = anyFails ? Number.POSITIVE_INFINITY : now + options.window;
};

const start = (ramp: Ramp, onProbation: boolean, options: RampOptions, now: Millis): void => {
  ramp.startedAt = now;
  ramp.onProbation = onProbation;
  ramp.failures = 0;
  hold(ramp, options, now);
};

const answeredWell = (ramp: Ramp, options: RampOptions, now: Millis): void => {
  if (isFailing(ramp, options)) start(ramp, false, options, now);
  ramp.failures = 0;
  ramp.onProbation = false;
};

const failed = (ramp: Ramp, failures: number, options: RampOptions, now: Millis): void => {
  const wasFailing = isFailing(ramp, options);
  ramp.failures = failures;
  if (!wasFailing && isFailing(ramp, options)) hold(ramp, options, now);
};

const stateOf = (ramp: Ramp, options: RampOptions, now: Millis): 'slowstart' | undefined => {
  if (isFailing(ramp, options) || !isRamping(ramp, options.window, now)) return undefined;
  const { held, servers } = ramp.ramps;
  const count = held.filter((one) => isHeld(one, options, now)).length;
  return areMost(count, servers) ? undefined : 'slowstart';
};

/**
 * Starts a ramp for a server that is new, whose agent has restarted, or that answers again after `failures` in a row;
 * from the last of these failures on it is held back too. So is one that checks have found up again.
 */
export const ramps = (options: RampOptions): Signal<Ramp, Ramps> => ({
  shared: () => ({ servers: 0, held: [], until: NEVER }),
  init: (shared, { slot, since }) => {
    const ramp = { slot, ramps: shared, startedAt: since, onProbation: false, failures: 0 };
    shared.servers += 1;
    if (since !== NEVER) start(ramp, true, options, since);
    return ramp;
  },
  onDone: (ramp, outcome, now) => {
    if (!ramp.onProbation && ramp.failures === 0 && outcome.kind === 'answered' && outcome.status < 500)
      return false;
    const verdict = verdictOn(outcome);
    if (verdict === 'good') answeredWell(ramp, options, now);
    else if (verdict === 'unreachable')
      failed(ramp, Math.max(ramp.failures + 1, options.failures), options, now);
    else if (verdict === 'failure') failed(ramp, ramp.failures + 1, options, now);
    return false;
  },
  onReport: (ramp, { restarted }, now) => {
    if (restarted) start(ramp, true, options, now);
    return false;
  },
  onBack: (ramp, now) => start(ramp, true, options, now),
  onGone: (ramp) => {
    ramp.ramps.servers -= 1;
    ramp.ramps.held = ramp.ramps.held.filter((one) => one !== ramp);
  },
  state: (ramp, now) => stateOf(ramp, options, now),
});
