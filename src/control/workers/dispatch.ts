import type { Millis } from '../../core/types.ts';
import type { Instance } from '../instance.ts';
import type { Log } from '../logs/log.ts';
import { isTraceClass, type Trace } from '../logs/trace.ts';
import type { StuckFunction } from '../process/stuck.ts';
import type { BoardHub } from './board-hub.ts';
import type { Joined } from './joined.ts';
import type { LoadNews } from './load-news.ts';
import type { Looks } from './looks.ts';
import type { NumberedConfig, ToControl } from './messages.ts';
import type { WorkerEnds } from './worker-metrics.ts';
import type { WorkerEnd, WorkerProcess } from './worker-process.ts';

export interface DispatchParts {
  readonly instance: Instance;
  readonly log: Log;
  readonly trace: Trace;
  readonly hub: BoardHub;
  readonly joined: Joined;
  readonly looks: Looks;
  /** Takes what servers have said of their load to a worker. */
  heardLoad(worker: WorkerProcess, news: LoadNews): void;
  /** The one that is in use. */
  config(): NumberedConfig;
  /** A worker did not return from this function. */
  stuck(stuck: StuckFunction): void;
}

type Said = Extract<ToControl, { kind: 'said' }>;

/** Does what follows from what workers say, and from their ends. */
export class Dispatch {
  readonly ends: WorkerEnds = { stuck: 0, died: 0, left: 0 };
  /** Connections of clients that were open on workers which died. */
  lostConnections = 0;
  readonly #parts: DispatchParts;

  constructor(parts: DispatchParts) {
    this.#parts = parts;
  }

  heard(worker: WorkerProcess, message: ToControl): void {
    const { instance, hub, joined, looks } = this.#parts;
    switch (message.kind) {
      case 'ready':
        this.#welcome(worker, message.version);
        break;
      case 'configured':
        if (!message.ok) this.#keptOld(worker, message.text);
        break;
      case 'failed':
        instance.events.add(
          'worker_failed',
          `worker ${worker.number} cannot start: ${message.text}`,
          'error',
        );
        break;
      case 'pulse':
        worker.connections = message.connections;
        worker.adopted = message.adopted;
        if (message.load) this.#parts.heardLoad(worker, message.load);
        hub.pulse(worker, message.inFlight);
        break;
      case 'counted':
        joined.take(worker.number, message.count);
        if (message.look !== undefined) looks.answered(worker.number, message.look);
        break;
      case 'said':
        this.#say(worker, message);
        break;
    }
  }

  /** `wait`: how long until its successor starts; undefined if there is none. */
  ended(worker: WorkerProcess, end: WorkerEnd, wait: Millis | undefined): void {
    const { hub, joined, looks } = this.#parts;
    hub.gone(worker);
    joined.gone(worker.number);
    looks.gone(worker.number);
    if (worker.state === 'leaving' && !end.stuck) {
      this.ends.left += 1;
      return;
    }
    this.ends[end.stuck ? 'stuck' : 'died'] += 1;
    this.lostConnections += worker.connections;
    this.#tellEnd(worker, end, wait);
    if (end.stuck) this.#parts.stuck(end.stuck);
  }

  /** What happened while it started. */
  #welcome(worker: WorkerProcess, version: number): void {
    const config = this.#parts.config();
    this.#parts.hub.welcome(worker);
    if (version < config.version) worker.send({ kind: 'config', ...config });
  }

  #keptOld({ number }: WorkerProcess, text: string): void {
    const message = `worker ${number} refused the new configuration and uses the one before:\n${text}`;
    this.#parts.instance.events.add('worker_kept_config', message, 'error');
  }

  #tellEnd({ number, connections }: WorkerProcess, end: WorkerEnd, wait: Millis | undefined): void {
    const { events } = this.#parts.instance;
    const next = wait === undefined ? '' : `; another one starts in ${wait} ms`;
    const lost = `with ${connections} connections`;
    if (end.stuck) {
      const message = `${end.stuck.name} did not return; worker ${number} is replaced ${lost}, and the function bypassed`;
      events.add('worker_stuck', message, 'error');
      return;
    }
    const how = end.signal ?? `exit ${end.code}`;
    events.add('worker_ended', `worker ${number} ended (${how}) ${lost}${next}`, 'error');
  }

  #say({ number }: WorkerProcess, { level, message, fields }: Said): void {
    const { instance, log, trace } = this.#parts;
    const {
      event,
      trace: traced,
      ...rest
    } = fields as { readonly event?: unknown; readonly trace?: unknown };
    if (isTraceClass(traced)) trace.say(traced, message, { ...rest, worker: number });
    else if (typeof event === 'string')
      instance.events.add(event, `worker ${number}: ${message}`, level === 'debug' ? 'info' : level);
    else log[level](message, { ...rest, worker: number });
  }
}
