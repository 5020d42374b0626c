import type { Millis } from '../../core/types.ts';
import type { Heartbeat } from '../../script/heartbeat.ts';
import type { DataPlane } from '../data-plane.ts';
import { Instance } from '../instance.ts';
import { type HandedConfig, handedInputs } from '../loading/config-inputs.ts';
import type { Log } from '../logs/log.ts';
import { Trace } from '../logs/trace.ts';
import { FIRST_SOCKET_FD } from '../process/supervisor.ts';
import { processClock } from '../run-clock.ts';
import type { Traffic } from '../traffic.ts';
import { BoardCopy } from './board-copy.ts';
import { LoadTeller, takeLoad } from './load-news.ts';
import type { BoardNews, NumberedConfig, Others, ToControl, ToWorker, WorkerCount } from './messages.ts';
import { type Carrier, openPlane } from './open-plane.ts';
import { partOfConfig } from './part-of-config.ts';
import { packFacts } from './server-facts.ts';
import { SharedListeners } from './shared-listeners.ts';
import { ToldDecisions } from './told-decisions.ts';
import { answerQuestion } from './worker-answers.ts';
import { workersOf } from './worker-config.ts';

/** How often a worker says what it has under way, and what it has counted. */
const PULSE_MS = 100;
const COUNT_MS = 1000;

export interface WorkerOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
  readonly heartbeat: Heartbeat;
  /** Tells control. `sent` hears when the message is on its way, or why it cannot be. */
  readonly send: (message: ToControl, handle?: object, sent?: (error: Error | null) => void) => void;
}

/** The first message to a worker. */
export type StartOrders = Extract<ToWorker, { kind: 'start' }>;

interface WorkerParts extends Carrier {
  readonly options: WorkerOptions;
  readonly instance: Instance;
  readonly trace: Trace;
  /** What the configuration is read from; another one before each reload. */
  readonly handed: { config: HandedConfig };
}

/** What is under way in a process that accepts connections and forwards, with a board that is fed by control. */
export class Worker {
  readonly #options: WorkerOptions;
  readonly #instance: Instance;
  readonly #traffic: Traffic;
  readonly #plane: DataPlane;
  readonly #trace: Trace;
  readonly #copy: BoardCopy;
  readonly #load: LoadTeller;
  readonly #told = new ToldDecisions();
  readonly #handed: WorkerParts['handed'];
  #configuring: Promise<void> = Promise.resolve();
  readonly #shared: SharedListeners;
  #timers: readonly NodeJS.Timeout[] = [];

  private constructor(parts: WorkerParts) {
    this.#options = parts.options;
    this.#instance = parts.instance;
    this.#traffic = parts.traffic;
    this.#plane = parts.plane;
    this.#trace = parts.trace;
    this.#handed = parts.handed;
    this.#copy = new BoardCopy(parts.instance.board, processClock.now);
    this.#load = new LoadTeller(parts.traffic.loadReports, processClock.now);
    this.#shared = new SharedListeners({
      now: processClock.now,
      connections: () => parts.plane.connections,
      send: parts.options.send,
    });
  }

  /** Loads the configuration that was handed over, and listens. Leaves nothing open if any of it fails. */
  static async start(orders: StartOrders, options: WorkerOptions): Promise<Worker> {
    const { env, log, heartbeat } = options;
    const trace = new Trace(log, processClock.now, orders.trace);
    const handed = { config: orders.config };
    const instance = await Instance.start({
      source: handed.config.source,
      inputs: () => handedInputs(handed.config),
      adapt: (config) => partOfConfig(config, workersOf(config)),
      env,
      log,
      trace,
      clock: processClock,
      seed: Math.floor(Math.random() * 2 ** 32),
      watch: false,
      heartbeat,
      stuck: orders.stuck,
      secret: orders.secret,
      recordsTo: (file) => `${file}.w${orders.place}`,
    });
    let worker: Worker | undefined;
    try {
      worker = new Worker({
        options,
        instance,
        ...(await openPlane(instance, trace, options)),
        trace,
        handed,
      });
      await worker.#begin(orders);
      return worker;
    } catch (thrown) {
      await (worker ?? instance).close();
      throw thrown;
    }
  }

  /** Does what control says. `handle`: what came with it. */
  hear(message: ToWorker, handle?: unknown): void {
    switch (message.kind) {
      case 'config':
        this.#configuring = this.#configuring.then(() => this.#configure(message));
        break;
      case 'board':
        this.#takeNews(message);
        break;
      case 'others':
        this.#takeOthers(message);
        this.#shared.take(message.connections);
        break;
      case 'load':
        takeLoad(message, this.#copy, this.#traffic.loadReports, processClock.now());
        break;
      case 'connection':
        this.#shared.adopt(message.listener, handle);
        break;
      case 'stuck':
        this.#instance.bypass(message.stuck);
        break;
      case 'trace':
        this.#trace.set(message.classes);
        break;
      case 'ticketKeys':
        this.#plane.setTicketKeys(Buffer.from(message.ticketKeys));
        break;
      case 'reopenLogs':
        void this.#plane.requests.reopen();
        break;
      case 'look':
        this.#count(message.look);
        break;
      case 'question':
        this.#options.send(answerQuestion({ instance: this.#instance, traffic: this.#traffic }, message));
        break;
    }
  }

  /** How long what is under way may take when the process has to end. */
  get grace(): Millis {
    return this.#instance.model.config.shutdown.grace;
  }

  /** Accepts no more, and lets what is under way end for up to `grace`. False if something had to be cut. */
  async drain(grace: Millis): Promise<boolean> {
    this.#plane.stopListening();
    const clean = await this.#plane.engine.drain(grace);
    this.#count();
    await this.close();
    return clean;
  }

  /** Closes everything now. */
  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    this.#plane.close();
    await this.#plane.requests.close();
    this.#traffic.close();
    await this.#instance.close();
  }

  async #begin(orders: StartOrders): Promise<void> {
    this.#takeNews(orders);
    this.#plane.setTicketKeys(Buffer.from(orders.ticketKeys));
    for (const [i, listener] of orders.listeners.entries())
      await this.#plane.listen(
        { kind: 'held', fd: FIRST_SOCKET_FD + i, shared: this.#shared.share(i) },
        listener,
      );
    this.#timers = [setInterval(() => this.#pulse(), PULSE_MS), setInterval(() => this.#count(), COUNT_MS)];
    this.#options.send({ kind: 'ready', version: orders.version, addresses: this.#plane.addresses });
  }

  async #configure({ version, config }: NumberedConfig): Promise<void> {
    const before = this.#handed.config;
    this.#handed.config = config;
    const { ok, text } = await this.#instance.reload(config.source);
    if (!ok) this.#handed.config = before;
    this.#options.send({ kind: 'configured', version, ok, text });
  }

  #takeNews({ batch, others }: BoardNews): void {
    this.#takeOthers(others);
    this.#copy.take(batch);
  }

  #takeOthers({ inFlight }: Others): void {
    this.#copy.elsewhere.set(inFlight);
  }

  #pulse(): void {
    const { connections } = this.#plane;
    const inFlight = this.#copy.inFlightHere();
    const load = this.#load.news(this.#copy.records());
    const { adopted } = this.#shared;
    this.#options.send({ kind: 'pulse', inFlight, connections, adopted, ...(load && { load }) });
    this.#shared.pulse();
  }

  #count(look?: number): void {
    const count = this.#counted();
    this.#options.send({ kind: 'counted', count, ...(look === undefined ? {} : { look }) });
  }

  #counted(): WorkerCount {
    const now = processClock.now();
    const { user, system } = process.cpuUsage();
    return {
      traffic: this.#instance.counts.take(now),
      facts: packFacts(this.#copy.records(), (server) => this.#plane.engine.pools.counts(server), now),
      decisions: this.#told.news(this.#traffic.decisions(Number.POSITIVE_INFINITY)),
      usage: {
        connections: this.#plane.connections,
        load: this.#plane.load,
        cpuSeconds: (user + system) / 1e6,
        residentBytes: process.memoryUsage.rss(),
        accessLog: this.#plane.requests.view() ?? null,
      },
    };
  }
}
