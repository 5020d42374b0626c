import { grouped } from '../cells/grouped.ts';
import { sumPacked } from '../cells/packed.ts';
import { type ShadowSnapshot, shadowCells } from './shadow-cells.ts';
import { shadowVerdict } from './shadow-verdict.ts';

/** What a chain would do that runs beside the one in use, since it was loaded. What is not known yet is null. */
export interface ShadowView {
  readonly pool: string;
  /** Names of its links. */
  readonly links: readonly string[];
  /** Part of the pool's decisions that it makes too, 0..1. */
  readonly share: number;
  /** Decisions that both chains made. */
  readonly decisions: number;
  /** Of these, so many with another server, or another way to it; `disagreement` as a part, 0..1. */
  readonly disagreements: number;
  readonly disagreement: number | null;
  /** Decisions in which it left nobody, and the chain in use somebody. */
  readonly refused: number;
  readonly faults: number;
  readonly lastFault: string | null;
  /** Mean delay to be expected of the servers chosen, in requests on a free core of the reference machine. */
  readonly delay: ShadowPair;
  /** Highest share of one server's picks within 100 ms, 0..1: the mean. */
  readonly herding: ShadowPair;
  /** Mean time of a decision, microseconds. */
  readonly costUs: { readonly live: number | null; readonly shadow: number | null };
  readonly isSafe: boolean;
  /** `safe to switch`, or `not yet: ` and why. */
  readonly verdict: string;
}

/** A number of both chains; `ratio` is the shadow's as a multiple of that of the chain in use. */
interface ShadowPair {
  readonly live: number | null;
  readonly shadow: number | null;
  readonly ratio: number | null;
}

const joined = (a: ShadowSnapshot, b: ShadowSnapshot): ShadowSnapshot => ({
  ...a,
  cells: sumPacked([a.cells, b.cells]),
  lastFault: a.lastFault ?? b.lastFault,
  isBypassed: a.isBypassed || b.isBypassed,
});

/** The sum over several processes. Of their last faults the first one's is shown. */
export const sumShadows = (snapshots: readonly ShadowSnapshot[]): readonly ShadowSnapshot[] =>
  [...grouped(snapshots, ({ pool, key }) => JSON.stringify([pool, key])).values()].map((same) =>
    same.reduce(joined),
  );

const part = (sum: number, of: number): number | null => (of > 0 ? sum / of : null);

const viewOf = (snapshot: ShadowSnapshot): ShadowView => {
  const { pool, links, share, cells, lastFault, isBypassed } = snapshot;
  const read = shadowCells(cells);
  const [decisions, disagreements, refused, faults] = [
    read('decisions'),
    read('disagreements'),
    read('refused'),
    read('faults'),
  ];
  const delayRatio = part(read('shadowDelay'), read('liveDelay'));
  const herdingRatio = part(read('shadowHerd'), read('liveHerd'));
  const costUs = part(1000 * read('shadowMs'), read('timed'));
  const facts = { decisions, refused, faults, isBypassed, delayRatio, herdingRatio, costUs };
  const verdict = shadowVerdict(facts);
  return {
    pool,
    links,
    share,
    decisions,
    disagreements,
    disagreement: part(disagreements, decisions),
    refused,
    faults,
    lastFault,
    delay: {
      live: part(read('liveDelay'), read('delays')),
      shadow: part(read('shadowDelay'), read('delays')),
      ratio: delayRatio,
    },
    herding: {
      live: part(read('liveHerd'), read('windows')),
      shadow: part(read('shadowHerd'), read('windows')),
      ratio: herdingRatio,
    },
    costUs: { live: part(1000 * read('liveMs'), read('timed')), shadow: costUs },
    isSafe: verdict.isSafe,
    verdict: verdict.text,
  };
};

const decisionsOf = ({ cells }: ShadowSnapshot): number => shadowCells(cells)('decisions');

const most = (a: ShadowSnapshot, b: ShadowSnapshot): ShadowSnapshot =>
  decisionsOf(b) > decisionsOf(a) ? b : a;

/**
 * What people see of these counts: one view for each pool. Where not all processes run the same, as while a reload is
 * under way, or where one leaves out a function that never returned, that of which most is known.
 */
export const shadowViews = (snapshots: readonly ShadowSnapshot[]): readonly ShadowView[] =>
  [...grouped(snapshots, ({ pool }) => pool).values()].map((same) => viewOf(same.reduce(most)));
