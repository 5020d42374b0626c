import type {
  ChainView,
  ConfigStatus,
  DecisionView,
  EventView,
  NodeView,
  PoolView,
  RefusalView,
  SenderView,
  ServerView,
  ShadowView,
  TrafficView,
} from '../views/views.ts';

/**
 * All that the dashboard shows, as of one moment: the data of the server-sent event `snapshot` at `/api/v1/events`, sent
 * at once, then every second, and within 100 ms of a change of any server's state.
 */
export interface Snapshot {
  /** Epoch ms on the proxy's clock. */
  readonly at: number;
  readonly version: string;
  readonly startedAt: number;
  readonly servers: readonly ServerView[];
  readonly pools: readonly PoolView[];
  readonly chains: readonly ChainView[];
  readonly shadows: readonly ShadowView[];
  readonly nodes: readonly NodeView[];
  readonly senders: readonly SenderView[];
  readonly refusals: readonly RefusalView[];
  readonly traffic: TrafficView;
  /** The newest sampled decisions, newest first; at most 50, with at most ten names in each of their lists. */
  readonly decisions: readonly DecisionView[];
  /** The newest events, newest first; at most 100. */
  readonly events: readonly EventView[];
  readonly config: ConfigStatus;
}
