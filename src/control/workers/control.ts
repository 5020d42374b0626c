import { closeSync } from 'node:fs';
import type { Config } from '../../config/schema/schema.ts';
import { messageOf } from '../../core/errors.ts';
import { Refusals } from '../events/refusals.ts';
import { Fleet } from '../fleet/fleet.ts';
import type { ForehandOptions } from '../forehand.ts';
import type { Instance } from '../instance.ts';
import { ExpiryWatch } from '../listeners/expiry-watch.ts';
import { listenFds } from '../listeners/held-fds.ts';
import { TicketKeyRotation } from '../listeners/ticket-key-rotation.ts';
import { Trace } from '../logs/trace.ts';
import { OperatorDoors } from '../operator-doors.ts';
import type { StuckFunction } from '../process/stuck.ts';
import type { ChildMessage } from '../process/supervisor.ts';
import { processClock } from '../run-clock.ts';
import { ShadowWatch } from '../shadow/shadow-watch.ts';
import type { AdminParts, ReloadResult } from '../views/views.ts';
import { controlAdmin } from './control-admin.ts';
import { ControlReading } from './control-reading.ts';
import { Crew } from './crew.ts';
import type { NumberedConfig, WorkerSettings } from './messages.ts';
import { Overview } from './overview.ts';
import { traceForWorkers } from './trace-for-workers.ts';
import { listensAlike, needsRoll, workersOf } from './worker-config.ts';
import type { WorkerProgram } from './worker-process.ts';

export interface ControlOptions extends ForehandOptions {
  readonly program: Omit<WorkerProgram, 'sockets'>;
  /** Tells the parent. */
  readonly tell: (message: ChildMessage) => void;
}

/**
 * A proxy whose traffic is carried by workers. This process keeps the board, receives reports, serves the admin API
 * and the page, reads the configuration and watches over the workers.
 */
export class Control {
  readonly #options: ControlOptions;
  readonly #instance: Instance;
  readonly #trace: Trace;
  readonly #reading: ControlReading;
  readonly #refusals = new Refusals();
  readonly #crew: Crew;
  readonly #overview: Overview;
  readonly #stuck: StuckFunction[];
  readonly #startedAt = processClock.wallClock();
  /** What goes by the clock. */
  readonly #timed: readonly { close(): void }[];
  #config: NumberedConfig;
  /** The configuration with the listeners that there are; a new one may want others. */
  #running: Config;
  #rolling: Promise<void> = Promise.resolve();
  #ticketKeys: Uint8Array = new Uint8Array();
  #fleet: Fleet | undefined = undefined;
  #doors: OperatorDoors | undefined = undefined;
  #draining = false;

  private constructor(options: ControlOptions, instance: Instance, trace: Trace, reading: ControlReading) {
    this.#options = options;
    this.#instance = instance;
    this.#trace = trace;
    this.#reading = reading;
    this.#stuck = [...(options.stuck ?? [])];
    this.#running = instance.model.config;
    this.#config = { version: 1, config: reading.handed(instance) };
    this.#crew = new Crew({
      instance,
      log: options.log,
      trace,
      refusals: this.#refusals,
      program: () => ({ ...options.program, sockets: listenFds(options.held, this.#running) }),
      config: () => this.#config,
      settings: () => this.#settings(),
      stuck: (stuck) => this.#bypass(stuck),
      signs: (signs) => this.#fleet?.watch.hearAll(signs),
    });
    const { version } = options;
    this.#overview = new Overview({ instance, crew: this.#crew, refusals: this.#refusals, version });
    this.#timed = this.#startTimers();
    instance.onReload((ok) => this.#reloaded(ok));
  }

  /** Loads the configuration and starts the workers. Leaves nothing open if any of it fails. */
  static async start(options: ControlOptions): Promise<Control> {
    const trace = options.trace ?? new Trace(options.log, processClock.now);
    const reading = new ControlReading(options.source);
    const instance = await reading.start(options, trace);
    const control = new Control(options, instance, trace, reading);
    try {
      await control.#open();
    } catch (thrown) {
      await control.close();
      throw thrown;
    }
    return control;
  }

  /** Where clients can connect, as people write it. */
  get addresses(): readonly string[] {
    return this.#crew.addresses;
  }

  get adminAddress(): string | undefined {
    return this.#doors?.address;
  }

  get adminUrl(): string | undefined {
    return this.#doors?.url;
  }

  get agentAddresses(): readonly string[] {
    return this.#fleet?.health().map(({ detail }) => detail) ?? [];
  }

  /** Reads the configuration again, for all workers; resolves when they use it. */
  reload(): Promise<ReloadResult> {
    return this.#instance.reload();
  }

  /** Has workers open their log files anew, once they were moved away. */
  async reopenLogs(): Promise<void> {
    this.#crew.workers.tell({ kind: 'reopenLogs' });
    await this.#instance.events.reopen();
  }

  /** What there is to know, for a person who looks for a fault. */
  async dump(): Promise<object> {
    await this.#crew.look();
    return this.#overview.dump();
  }

  /** As Forehand's: the workers end first, then this process does. */
  async drain(): Promise<boolean> {
    const { delay, grace } = this.#instance.model.config.shutdown;
    this.#draining = true;
    await new Promise((resolve) => setTimeout(resolve, delay));
    const ended = this.#crew.workers.drain(grace);
    for (const fd of listenFds(this.#options.held, this.#running)) closeSync(fd);
    this.#options.tell({ kind: 'deaf' });
    const clean = await ended;
    await this.close();
    return clean;
  }

  /** Closes everything now. */
  async close(): Promise<void> {
    for (const one of this.#timed) one.close();
    await this.#fleet?.close();
    await this.#crew.close();
    this.#overview.close();
    await this.#doors?.close();
    await this.#instance.close();
  }

  async #open(): Promise<void> {
    const instance = this.#instance;
    const { config } = instance.model;
    const { held, page, log, onQuit } = this.#options;
    const changed = (): void => this.#crew.hub.changed();
    const common = { instance, refusals: this.#refusals, trace: this.#trace };
    const fleet = await Fleet.open({ ...common, changed, held });
    this.#fleet = fleet;
    this.#overview.countFleet(fleet);
    await this.#crew.workers.start(workersOf(config));
    this.#doors = await OperatorDoors.open({
      parts: this.#adminParts(fleet),
      page,
      held,
      log,
      instance,
      onQuit,
    });
  }

  #startTimers(): readonly { close(): void }[] {
    const instance = this.#instance;
    const renew = (keys: Uint8Array): void => {
      this.#ticketKeys = keys;
      this.#crew.workers.tell({ kind: 'ticketKeys', ticketKeys: keys });
    };
    return [
      new TicketKeyRotation(renew),
      new ExpiryWatch(() => instance.model.config, instance.events, processClock.wallClock),
      new ShadowWatch(() => this.#crew.joined.shadows(), instance.events),
    ];
  }

  #settings(): WorkerSettings {
    return {
      listeners: this.#running.listen,
      stuck: this.#stuck,
      trace: traceForWorkers(this.#trace.classes),
      ticketKeys: this.#ticketKeys,
      secret: this.#instance.rules.secret,
    };
  }

  /** Nobody runs this function any more: not the other workers, not this process, not those that come after. */
  #bypass(stuck: StuckFunction): void {
    this.#stuck.push(stuck);
    this.#instance.bypass(stuck);
    this.#crew.workers.tell({ kind: 'stuck', stuck });
    this.#options.tell({ kind: 'stuck', stuck });
  }

  async #reloaded(ok: boolean): Promise<void> {
    this.#overview.metrics.reloaded(ok);
    if (!ok) return;
    this.#config = { version: this.#config.version + 1, config: this.#reading.handed(this.#instance) };
    this.#crew.joined.counts.reloaded();
    await this.#crew.workers.configure(this.#config);
    this.#crew.hub.changed();
    const before = this.#running;
    const wanted = this.#instance.model.config;
    this.#running = { ...wanted, listen: listensAlike(before, wanted) ? wanted.listen : before.listen };
    const needed = needsRoll(before, this.#running);
    this.#rolling = this.#rolling.then(() => this.#adapt(needed));
  }

  /** Puts into effect what takes other workers. */
  async #adapt(needsRoll: boolean): Promise<void> {
    const { grace } = this.#running.shutdown;
    const { events } = this.#instance;
    try {
      await this.#crew.workers.resize(workersOf(this.#running), grace);
      if (!needsRoll) return;
      await this.#crew.workers.roll(grace);
      events.add('workers_replaced', 'all workers were replaced for the new configuration');
    } catch (thrown) {
      if (this.#draining) return;
      const message = `not all workers could be replaced for the new configuration: ${messageOf(thrown)}`;
      events.add('workers_not_replaced', message, 'error');
    }
  }

  #adminParts(fleet: Fleet): AdminParts {
    return controlAdmin({
      instance: this.#instance,
      crew: this.#crew,
      overview: this.#overview,
      refusals: this.#refusals,
      fleet,
      trace: this.#trace,
      version: this.#options.version,
      startedAt: this.#startedAt,
      isDraining: () => this.#draining,
    });
  }
}
