import { shadowViews } from '../shadow/shadow-views.ts';
import { chainViews } from './chain-counts.ts';
import type { MetricsTraffic } from './metrics.ts';
import type { TrafficSnapshot } from './traffic-counts.ts';

/** What the metrics read of what was counted. */
export const countedTraffic = ({ pools, chains, shadows, refused }: TrafficSnapshot): MetricsTraffic => ({
  pools,
  chains: chainViews(chains),
  shadows: shadowViews(shadows),
  refused,
});
