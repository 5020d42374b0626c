import type { Refusals } from '../events/refusals.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { Instance } from '../instance.ts';
import { instanceParts } from '../instance-parts.ts';
import type { Trace } from '../logs/trace.ts';
import { readinessOf } from '../readiness.ts';
import { setAndShow } from '../set-and-show.ts';
import type { AdminParts, Readiness } from '../views/views.ts';
import { AskedWorkers } from './asked-workers.ts';
import type { Crew } from './crew.ts';
import type { Overview } from './overview.ts';
import { traceForWorkers } from './trace-for-workers.ts';

export interface ControlAdminParts {
  readonly instance: Instance;
  readonly crew: Crew;
  readonly overview: Overview;
  readonly refusals: Refusals;
  readonly fleet: Pick<Fleet, 'hands' | 'discovered' | 'watch'>;
  readonly trace: Trace;
  readonly version: string;
  readonly startedAt: number;
  isDraining(): boolean;
}

/** What the admin listener of a proxy with workers shows and does. */
export const controlAdmin = (parts: ControlAdminParts): AdminParts => {
  const { instance, crew, overview, refusals, version, startedAt } = parts;
  const { questions, workers } = crew;
  const asked = new AskedWorkers({ questions, serving: () => workers.serving, instance });
  const counted = { servers: () => overview.servers(), counts: () => crew.joined.traffic() };
  return {
    ...instanceParts(instance, counted, () => parts.fleet.watch.watched()),
    look: () => crew.look(),
    servers: () => overview.servers(),
    nodes: () => overview.nodes(),
    refusals: () => refusals.list(),
    senders: () => refusals.senders(),
    setServer: (order) => setAndShow(parts.fleet.hands, () => overview.servers(), order),
    discovered: () => parts.fleet.discovered(),
    chains: () => crew.joined.chains(),
    shadows: () => crew.joined.shadows(),
    traffic: () => overview.lastMinute(),
    decisions: (newest) => crew.joined.decisions(newest),
    keptDecisions: (kind, newest) => asked.decisions(kind, newest),
    readiness: () => readiness(parts),
    explain: (question) => asked.explain(question),
    accessLog: () => crew.joined.accessLog(),
    trace: sharedTrace(parts),
    metrics: () => overview.metrics.text(),
    version,
    startedAt,
  };
};

/** One worker is enough: the others are on their way. */
const readiness = ({ crew, overview, instance, isDraining }: ControlAdminParts): Readiness => {
  const { serving, wanted } = crew.workers;
  const detail = `${serving.length} of ${wanted} serve`;
  const hasPools = instance.board.pools().length > 0;
  const reasons = { servers: overview.servers(), hasPools, isDraining: isDraining() };
  return readinessOf(reasons, [{ name: 'workers', ok: serving.length > 0, detail }]);
};

const sharedTrace = ({ trace, crew }: ControlAdminParts): AdminParts['trace'] => ({
  get classes() {
    return trace.classes;
  },
  set(names) {
    trace.set(names);
    crew.workers.tell({ kind: 'trace', classes: traceForWorkers(names) });
  },
});
