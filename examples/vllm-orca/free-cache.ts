import { keep } from 'forehand';

/** From here on a new request pushes others out of the cache, which then have to be computed again. */
const FULL = 0.9;

const used = (custom: Readonly<Record<string, number>> | undefined): number =>
  custom?.['kv_cache_usage_perc'] ?? 0;

/** Drops servers whose KV cache is nearly full; one that has not said anything lately is tried. */
export default keep(
  ({ stats }) => used(stats?.custom) < FULL,
  ({ stats }) => `KV cache ${Math.round(100 * used(stats?.custom))} % full`,
);
