import { median } from './median.ts';

/** What the fixed job had done at a moment: units in all, ms spent on them, units per ms of its best turn. */
export interface Work {
  readonly at: number;
  readonly units: number;
  readonly spent: number;
  readonly best: number;
}

/** What the agent said at a moment: speed of one piece of work, in the scale of its nominal speed, 1 when undisturbed. */
export interface Said {
  readonly at: number;
  readonly speed: number;
}

/** A time in which one thing disturbs, the same all the time. */
export interface Phase {
  readonly name: string;
  readonly from: number;
  readonly until: number;
}

/** How well the agent followed in a phase. */
export interface Follows {
  readonly name: string;
  /** Speed of the job about each report of the steady part, and as that said: the means, 1 when undisturbed. */
  readonly truth: number;
  readonly said: number;
  /** How far the one is from the other, as a part of the truth. */
  readonly error: number;
  /** The same for single reports against the job's last second, the median. */
  readonly reportError: number;
  /** From the beginning of the phase until two reports in a row are within 20 % of what the job does then; null: never. */
  readonly settleMs: number | null;
}

/** Begin of the steady part of a phase. */
const STEADY_AFTER_MS = 3000;
const NEAR = 0.2;
/** What the job does "then": half a second around, since it tells every 100 ms and its speed is never even. */
const ABOUT_MS = 500;

/** Units per ms between two moments; NaN if the job told of no turn in between. */
const speedBetween = (works: readonly Work[], from: number, until: number): number => {
  const inside = works.filter(({ at }) => at >= from && at <= until);
  const [first, last] = [inside[0], inside.at(-1)];
  return first && last && last.spent > first.spent
    ? (last.units - first.units) / (last.spent - first.spent)
    : Number.NaN;
};

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Units per ms at about a moment of a phase: no other work than that of the phase is looked at. */
const speedAbout = (works: readonly Work[], phase: Phase, at: number): number =>
  speedBetween(works, Math.max(phase.from, at - ABOUT_MS), Math.min(phase.until, at + ABOUT_MS));

const settleOf = (
  works: readonly Work[],
  says: readonly Said[],
  phase: Phase,
  full: number,
): number | null => {
  const near = ({ at, speed }: Said): boolean =>
    Math.abs((speed * full) / speedAbout(works, phase, at) - 1) <= NEAR;
  const inside = says.filter(({ at }) => at >= phase.from && at <= phase.until);
  const settled = inside.find((said, i) => near(said) && near(inside[i + 1] ?? said));
  return settled ? Math.round(settled.at - phase.from) : null;
};

/**
 * Compares what the agent said with what the job did. The job's undisturbed speed is that of its best turn, as the
 * nominal arriba is that of the best turn of a benchmark: a machine is never calm for long.
 */
export const followsIn = (phase: Phase, works: readonly Work[], says: readonly Said[]): Follows => {
  const full = works.at(-1)?.best ?? Number.NaN;
  const steadyFrom = phase.from + STEADY_AFTER_MS;
  const steady = says.filter(({ at }) => at >= steadyFrom && at <= phase.until);
  const truth = mean(steady.map(({ at }) => speedAbout(works, phase, at))) / full;
  const said = mean(steady.map(({ speed }) => speed));
  const single = steady.map(({ at, speed }) =>
    Math.abs((speed * full) / speedBetween(works, at - 1000, at) - 1),
  );
  return {
    name: phase.name,
    truth,
    said,
    error: Math.abs(said / truth - 1),
    reportError: median(single),
    settleMs: settleOf(works, says, phase, full),
  };
};
