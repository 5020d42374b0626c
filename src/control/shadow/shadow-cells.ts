import { type Packed, unpacked } from '../cells/packed.ts';

/** The cells of a shadow chain's counts, all of them sums. */
export const CELLS = {
  /** Decisions that both chains made. */
  decisions: 0,
  /** Of these, so many with another server, or another way to it. */
  disagreements: 1,
  /** Decisions in which the shadow chain left nobody, and the live one somebody. */
  refused: 2,
  faults: 3,
  /** Decisions in which both chose a server, and the delay that was to be expected of each. */
  delays: 4,
  liveDelay: 5,
  shadowDelay: 6,
  /** Windows, and the highest share of one server in each. */
  windows: 7,
  liveHerd: 8,
  shadowHerd: 9,
  /** Decisions that were timed, and how long each chain took, ms. */
  timed: 10,
  liveMs: 11,
  shadowMs: 12,
} as const;

export const CELL_COUNT = 13;

/** What one process has counted of a shadow chain since it was loaded. Plain data. */
export interface ShadowSnapshot {
  readonly pool: string;
  /** Names of its links. */
  readonly links: readonly string[];
  readonly share: number;
  /** The same for the same chains: counts of others are not to be added. */
  readonly key: string;
  readonly cells: Packed;
  readonly lastFault: string | null;
  /** It decides without a function of it now. */
  readonly isBypassed: boolean;
}

/** Reads cells by their names. */
export const shadowCells = (cells: Packed): ((name: keyof typeof CELLS) => number) => {
  const all = unpacked(cells, CELL_COUNT);
  return (name) => all[CELLS[name]] ?? 0;
};
