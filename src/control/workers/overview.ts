import type { Refusals } from '../events/refusals.ts';
import type { Instance } from '../instance.ts';
import { certificatesOf } from '../listeners/certificates.ts';
import { countedTraffic } from '../metrics/counted-traffic.ts';
import { createMetrics, type Metrics } from '../metrics/metrics.ts';
import { type MeasuredFleet, NO_FLEET } from '../metrics/metrics-backends.ts';
import { crowdedText } from '../metrics/metrics-names.ts';
import { processClock } from '../run-clock.ts';
import { trafficView } from '../series/series-view.ts';
import { nodeViews, serverViews, type ViewClock } from '../views/server-views.ts';
import type { NodeView, ServerView, TrafficView } from '../views/views.ts';
import type { Crew } from './crew.ts';
import { writeWorkerFamilies } from './worker-metrics.ts';

export interface OverviewParts {
  readonly instance: Instance;
  readonly crew: Crew;
  readonly refusals: Refusals;
  readonly version: string;
}

/** What people and programs see of a proxy with workers: control's board, and what the workers have counted. */
export class Overview {
  readonly metrics: Metrics;
  readonly #parts: OverviewParts;
  readonly #startedAt = processClock.wallClock();
  #fleet: MeasuredFleet = NO_FLEET;

  constructor(parts: OverviewParts) {
    this.#parts = parts;
    const { instance, crew, refusals, version } = parts;
    const { joined, workers, dispatch } = crew;
    this.metrics = createMetrics({
      servers: () => this.servers(),
      nodes: () => this.nodes(),
      traffic: () => countedTraffic(joined.traffic()),
      refusals: () => refusals.list(),
      certificates: () => certificatesOf(instance.model.config),
      clients: () => joined.load().clients,
      fleet: () => this.#fleet,
      crowded: (pool) => instance.events.add('metrics_crowded', crowdedText(pool), 'warn'),
      proxies: () => instance.board.proxies,
      more: (text) =>
        writeWorkerFamilies(text, {
          serving: workers.serving.length,
          usage: joined.usage,
          ends: dispatch.ends,
          lostConnections: dispatch.lostConnections,
        }),
      version,
    });
  }

  /** Says what is learnt from others. */
  countFleet(fleet: MeasuredFleet): void {
    this.#fleet = fleet;
  }

  /** The seconds of the last minute. Workers say once a second what they have counted. */
  lastMinute(): TrafficView {
    const { joined } = this.#parts.crew;
    const moment = { now: processClock.wallClock(), since: this.#startedAt, late: 1 };
    return trafficView(joined.traffic().series, joined.load(), moment);
  }

  servers(): readonly ServerView[] {
    const { instance, crew } = this.#parts;
    const { joined } = crew;
    return serverViews(instance.board, joined.shares(), clockNow(), (server) => joined.connectionsOf(server));
  }

  nodes(): readonly NodeView[] {
    return nodeViews(this.#parts.instance.board, clockNow());
  }

  dump(): object {
    const { crew, refusals } = this.#parts;
    return {
      servers: this.servers(),
      chains: crew.joined.chains(),
      refusals: refusals.list(),
      senders: refusals.senders(),
      workers: crew.workers.running.map(({ number, pid, state, version, connections }) => ({
        number,
        pid,
        state,
        version,
        connections,
      })),
      memory: process.memoryUsage(),
    };
  }

  close(): void {
    this.metrics.close();
  }
}

const clockNow = (): ViewClock => ({ now: processClock.now(), epochOffset: processClock.epochOffset() });
