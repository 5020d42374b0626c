/** Weight of a new sample in a moving mean: 1/8, as for the round-trip time of TCP (RFC 6298, 2.3). */
const SMOOTHING = 1 / 8;

/** A moving mean with one more sample; NaN is the mean of none. */
export const smooth = (mean: number, sample: number): number =>
  Number.isNaN(mean) ? sample : mean + (sample - mean) * SMOOTHING;
