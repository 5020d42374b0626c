import { certificatesOf } from '../certificates.ts';
import type { Instance } from '../instance.ts';
import { createMetrics, type Metrics } from '../metrics/metrics.ts';
import type { Refusals } from '../refusals.ts';
import { processClock } from '../run-clock.ts';
import { nodeViews, serverViews, type ViewClock } from '../server-views.ts';
import type { NodeView, ServerView } from '../views.ts';
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

  constructor(parts: OverviewParts) {
    this.#parts = parts;
    const { instance, crew, refusals, version } = parts;
    const { joined, workers, dispatch } = crew;
    this.metrics = createMetrics({
      servers: () => this.servers(),
      nodes: () => this.nodes(),
      pools: () => joined.traffic().pools,
      chains: () => joined.chains(),
      shadows: () => joined.shadows(),
      refusals: () => refusals.list(),
      certificates: () => certificatesOf(instance.model.config),
      openConnections: () => workers.running.reduce((sum, { connections }) => sum + connections, 0),
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
