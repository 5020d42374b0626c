import type { Server } from '../../core/types.ts';
import { sharesOf } from '../cells/shares.ts';
import { chainViews } from '../metrics/chain-counts.ts';
import type { TrafficSnapshot } from '../metrics/traffic-counts.ts';
import { WorkerCounts } from '../metrics/worker-counts.ts';
import { type PlaneLoad, sumLoads } from '../series/plane-load.ts';
import { shadowViews } from '../shadow/shadow-views.ts';
import type { AccessLogView, ChainView, DecisionView, ShadowView } from '../views/views.ts';
import { JoinedDecisions } from './joined-decisions.ts';
import { JoinedFacts } from './joined-facts.ts';
import type { WorkerCount, WorkerUsage } from './messages.ts';
import type { ServerNumbers } from './server-numbers.ts';

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const joinAccessLogs = (views: readonly AccessLogView[]): AccessLogView | undefined => {
  const [first] = views;
  return (
    first && {
      ...first,
      written: sum(views.map(({ written }) => written)),
      lost: sum(views.map(({ lost }) => lost)),
      waitingBytes: sum(views.map(({ waitingBytes }) => waitingBytes)),
      fault: views.find(({ fault }) => fault !== null)?.fault ?? null,
    }
  );
};

/** What all workers have counted and seen, as one. */
export class Joined {
  readonly counts = new WorkerCounts();
  readonly #numbers: ServerNumbers;
  readonly #facts: JoinedFacts;
  readonly #decisions = new JoinedDecisions();
  readonly #usage = new Map<number, WorkerUsage>();

  constructor(numbers: ServerNumbers) {
    this.#numbers = numbers;
    this.#facts = new JoinedFacts(numbers);
  }

  take(worker: number, { traffic, facts, decisions, usage }: WorkerCount): void {
    this.counts.take(worker, traffic);
    this.#facts.take(worker, facts);
    this.#decisions.take(worker, decisions);
    this.#usage.set(worker, usage);
  }

  gone(worker: number): void {
    this.counts.gone(worker);
    this.#facts.gone(worker);
    this.#usage.delete(worker);
  }

  /** Forgets servers that have left. */
  keep(): void {
    this.#facts.keep();
  }

  traffic(): TrafficSnapshot {
    return this.counts.sum();
  }

  chains(): readonly ChainView[] {
    return chainViews(this.traffic().chains);
  }

  shadows(): readonly ShadowView[] {
    return shadowViews(this.traffic().shadows);
  }

  shares(): ReturnType<typeof sharesOf> {
    return sharesOf(this.traffic().recent);
  }

  decisions(newest: number): readonly DecisionView[] {
    return this.#decisions.newest(newest);
  }

  connectionsOf(server: Server): ReturnType<JoinedFacts['connectionsOf']> {
    return this.#facts.connectionsOf(this.#numbers.of(server));
  }

  /** What is under way on all of them. */
  load(): PlaneLoad {
    return sumLoads([...this.#usage.values()].map(({ load }) => load));
  }

  accessLog(): AccessLogView | undefined {
    return joinAccessLogs([...this.#usage.values()].flatMap(({ accessLog }) => accessLog ?? []));
  }

  /** What each worker that runs takes of the machine, by its number. */
  get usage(): ReadonlyMap<number, WorkerUsage> {
    return this.#usage;
  }
}
