import type { AdminParts, DecisionView, TrafficView } from '../views/views.ts';
import type { Snapshot } from './snapshot.ts';

const DECISIONS = 50;
const EVENTS = 100;
/** Names in each list of a decision: how many there were stands beside them, and `/api/v1/decisions` has more. */
const NAMES = 10;

const shortened = (decision: DecisionView): DecisionView => ({
  ...decision,
  ranked: decision.ranked.slice(0, NAMES),
  steps: decision.steps.map((step) => ({
    ...step,
    dropped: step.dropped.slice(0, NAMES),
    ...(step.scores ? { scores: step.scores.slice(0, NAMES) } : {}),
  })),
});

const snapshotOf = (parts: AdminParts, traffic: TrafficView): Snapshot => {
  const servers = parts.servers();
  return {
    at: Date.now(),
    version: parts.version,
    startedAt: parts.startedAt,
    servers,
    pools: parts.pools(servers),
    chains: parts.chains(),
    shadows: parts.shadows(),
    nodes: parts.nodes(),
    senders: parts.senders(),
    refusals: parts.refusals(),
    traffic,
    decisions: parts.decisions(DECISIONS).map(shortened),
    events: parts.events(EVENTS),
    config: parts.configStatus(),
  };
};

/** All that the dashboard shows, as JSON. `noTraffic`: what is said where nobody counts by the second. */
export const snapshotText = (parts: AdminParts, noTraffic: () => TrafficView): string =>
  JSON.stringify(snapshotOf(parts, parts.traffic?.() ?? noTraffic()));
