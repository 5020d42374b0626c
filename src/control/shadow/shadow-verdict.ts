/** What a verdict on a shadow chain goes by. What is not known yet is null. */
export interface ShadowFacts {
  /** Decisions that both chains made. */
  readonly decisions: number;
  /** Decisions in which the shadow chain left nobody, and the live one somebody. */
  readonly refused: number;
  readonly faults: number;
  /** It decides without a function of it now, so that its numbers are those of another chain. */
  readonly isBypassed: boolean;
  /** Delay to be expected of the servers that it chose, as a multiple of that of the live chain's. */
  readonly delayRatio: number | null;
  /** Its herding index as a multiple of the live chain's. */
  readonly herdingRatio: number | null;
  /** Mean time of one of its decisions. */
  readonly costUs: number | null;
}

/** `text` is `safe to switch`, or `not yet: ` with everything that stands against it. */
export interface ShadowVerdict {
  readonly isSafe: boolean;
  readonly text: string;
}

/** Fewer say too little of a chain that draws at random: the mean of a delay is then known to about 1 %. */
const ENOUGH_DECISIONS = 10_000;
/** Both ratios are of chains that see the same requests, so noise is small: this much is more than noise. */
const MOST_DELAY_RATIO = 1.05;
const MOST_HERDING_RATIO = 1.25;
/** What a decision may cost at 2,000 servers, so that it never grows to a part of the request that counts. */
const MOST_COST_US = 10;

const ratio = (value: number): string => value.toFixed(2);

/** The rules: each says what stands against a switch, if anything does. */
const RULES: readonly ((facts: ShadowFacts) => string | undefined)[] = [
  ({ decisions }) =>
    decisions < ENOUGH_DECISIONS
      ? `${decisions} of the ${ENOUGH_DECISIONS} decisions that it takes`
      : undefined,
  ({ faults }) => (faults > 0 ? `${faults} faults of its functions` : undefined),
  ({ isBypassed }) => (isBypassed ? 'a function of it is bypassed' : undefined),
  ({ refused }) => (refused > 0 ? `it left no server for ${refused} requests` : undefined),
  ({ delayRatio }) =>
    delayRatio !== null && delayRatio > MOST_DELAY_RATIO
      ? `its servers are expected to take ${ratio(delayRatio)} times as long (at most ${MOST_DELAY_RATIO})`
      : undefined,
  ({ herdingRatio }) =>
    herdingRatio !== null && herdingRatio > MOST_HERDING_RATIO
      ? `it sends ${ratio(herdingRatio)} times as many requests to one server within 100 ms (at most ${MOST_HERDING_RATIO})`
      : undefined,
  ({ costUs }) =>
    costUs !== null && costUs > MOST_COST_US
      ? `a decision takes ${costUs.toFixed(1)} us (at most ${MOST_COST_US})`
      : undefined,
];

/**
 * Whether a shadow chain may take the place of the live one. What it cannot know: its picks add no load, so that what
 * comes back from servers is the answer to the live chain's picks.
 */
export const shadowVerdict = (facts: ShadowFacts): ShadowVerdict => {
  const against = RULES.flatMap((rule) => rule(facts) ?? []);
  if (facts.decisions >= ENOUGH_DECISIONS && (facts.delayRatio ?? facts.herdingRatio) === null)
    against.push('it has not chosen a server yet');
  return against.length === 0
    ? { isSafe: true, text: 'safe to switch' }
    : { isSafe: false, text: `not yet: ${against.join('; ')}` };
};
