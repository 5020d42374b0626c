import { activate, type FaultHandler, type Model } from '../config/planning/model.ts';
import type { Plan } from '../config/planning/plan.ts';
import type { ConfigSource } from '../config/read.ts';
import type { Config } from '../config/schema/schema.ts';
import { Board } from '../core/board.ts';
import { NO_REQUEST } from '../core/chain.ts';
import type { Choice } from '../core/choose.ts';
import type { DecisionContext } from '../core/decide.ts';
import { ConfigError, messageOf } from '../core/errors.ts';
import { type Random, seededRandom } from '../core/random.ts';
import { setEpochOffset } from '../core/server-stats.ts';
import type { Done, Millis, RequestView, Server } from '../core/types.ts';
import { ScriptLoader } from '../script/load.ts';
import { FileWatch } from '../script/watch.ts';
import { explainQuestion } from './decisions/explain-request.ts';
import { boardEventText } from './events/board-event-text.ts';
import { EventLog } from './events/events.ts';
import { scriptEventText } from './events/script-events.ts';
import { RuleDesk } from './hosts/rule-desk.ts';
import type { InstanceOptions } from './instance-options.ts';
import { diskInputs } from './loading/config-inputs.ts';
import { KeptBundles } from './loading/kept-bundles.ts';
import { prepare } from './loading/loading.ts';
import { problemText } from './loading/problem-text.ts';
import { refusedStatus, reloadedStatus, reloadedText } from './loading/reload-words.ts';
import { tryReload } from './loading/try-reload.ts';
import { waitingSinceStart } from './loading/waiting-keys.ts';
import { traceConfig } from './logs/trace-config.ts';
import { TrafficCounts } from './metrics/traffic-counts.ts';
import type { StuckFunction } from './process/stuck.ts';
import { Recording } from './recording/recording.ts';
import { scriptModules } from './script-modules.ts';
import { followedShadows } from './shadow/shadow-key.ts';
import { firstStatus } from './views/first-status.ts';
import type { ConfigStatus, ExplainAnswer, ExplainQuestion, ReloadResult } from './views/views.ts';

const SWEEP_EVERY_MS = 10_000;

/** A configuration at work: its board, chains and routes. Knows nothing of sockets that carry traffic. */
export class Instance {
  readonly board: Board;
  readonly events: EventLog;
  readonly counts: TrafficCounts;
  readonly recording: Recording;
  readonly rules: RuleDesk;
  readonly #options: InstanceOptions & Required<Pick<InstanceOptions, 'waiting'>>;
  readonly #loader: ScriptLoader;
  readonly #random: Random;
  /** Filled in for each decision, which copies what it keeps. */
  readonly #context: { -readonly [Key in keyof DecisionContext]: DecisionContext[Key] };
  readonly #watch: FileWatch | undefined;
  readonly #sweeper: NodeJS.Timeout;
  #source: ConfigSource;
  #scriptFiles = new Set<string>();
  #plan: Plan | undefined;
  #model: Model | undefined;
  #status: ConfigStatus;
  #reloading: Promise<ReloadResult> | undefined;
  #inputs = diskInputs;
  readonly #bundles = new KeptBundles();
  #beforeReload: (config: Config) => Promise<void> = () => Promise.resolve();
  readonly #onReload: ((ok: boolean) => void | Promise<void>)[] = [];

  private constructor(options: InstanceOptions) {
    const { log, clock } = options;
    this.#options = { waiting: waitingSinceStart(), ...options };
    setEpochOffset(clock.epochOffset());
    this.#source = options.source;
    this.recording = new Recording(options);
    this.counts = new TrafficCounts(clock.now, clock.epochOffset);
    this.#random = seededRandom(options.seed);
    this.#context = { request: NO_REQUEST, now: 0, random: this.#random, proxies: 1 };
    this.events = new EventLog(log, clock.wallClock);
    this.rules = new RuleDesk({ ...options, now: clock.now, events: this.events });
    this.board = new Board((event) => this.events.add(event.kind, boardEventText(event)));
    this.#loader = new ScriptLoader({
      modules: scriptModules,
      clock: clock.now,
      heartbeat: options.heartbeat,
      onEvent: (event) => this.events.add(event.kind, ...scriptEventText(event)),
      bundle: (order) => this.#inputs.bundle(order),
      stuck: options.stuck ?? [],
    });
    this.#status = firstStatus(options.source);
    this.#watch = options.watch ? new FileWatch(() => void this.reload()) : undefined;
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_EVERY_MS).unref();
  }

  /** Loads the configuration and puts it to work. Throws a ConfigError if it cannot be used. */
  static async start(options: InstanceOptions): Promise<Instance> {
    const instance = new Instance(options);
    try {
      instance.#take(await instance.#prepare(options.source));
    } catch (thrown) {
      await instance.close();
      throw thrown;
    }
    return instance;
  }

  get model(): Model {
    if (!this.#model) throw new TypeError('the instance has not been started');
    return this.#model;
  }

  get plan(): Plan {
    if (!this.#plan) throw new TypeError('the instance has not been started');
    return this.#plan;
  }

  /** Where the configuration in use comes from. */
  get source(): ConfigSource {
    return this.#source;
  }

  get status(): ConfigStatus {
    return this.#status;
  }

  /** Calls back with each new configuration, before it is put to work; that waits for what comes back. */
  beforeReload(heard: (config: Config) => Promise<void>): void {
    this.#beforeReload = heard;
  }

  /** Calls back after each attempt to reload, in the order of the calls here. A reload ends when what comes back has. */
  onReload(heard: (ok: boolean) => void | Promise<void>): void {
    this.#onReload.push(heard);
  }

  /** view -> route -> decision; counted, but not yet begun. */
  choose(request: RequestView, now = this.#options.clock.now()): Choice | undefined {
    const context = this.#context;
    context.request = request;
    context.now = now;
    context.proxies = this.board.proxies;
    const choice = this.counts.shadows.choose(this.model.routes, context);
    if (!choice) return undefined;
    this.counts.decided(choice.decision);
    this.recording.decided(choice.decision, context.proxies);
    return choice;
  }

  /** Counts an attempt at a server as under way. Whoever ends it tells `counts.ended` as well. */
  begin(server: Server, now: Millis): Done {
    this.counts.begun(server, now);
    return this.board.begin(server, now);
  }

  /** What the chain would answer now. Undefined if no route matches; a TypeError for a question that makes no sense. */
  explain(question: ExplainQuestion): ExplainAnswer | undefined {
    const { now } = this.#options.clock;
    const { proxies } = this.board;
    const context = { now: now(), seed: this.#random.seed(), proxies, clock: now };
    return explainQuestion(question, this.model.routes, context);
  }

  /** This version of a user's function did not return in another process: it is not called here any more. */
  bypass(stuck: StuckFunction): void {
    this.#loader.bypass(stuck);
  }

  /** Reads the configuration again, or from elsewhere. As a whole or not at all; calls during one wait for it. */
  async reload(
    from: ConfigSource | ((now: ConfigSource) => ConfigSource) = (now) => now,
  ): Promise<ReloadResult> {
    while (this.#reloading) await this.#reloading;
    this.#reloading = this.#reload(typeof from === 'function' ? from(this.#source) : from);
    try {
      return await this.#reloading;
    } finally {
      this.#reloading = undefined;
    }
  }

  /** What a reload would say now; changes nothing. */
  tryReload(): Promise<ReloadResult> {
    return tryReload(this.#options, this.#source, this.plan.config);
  }

  async close(): Promise<void> {
    clearInterval(this.#sweeper);
    this.#watch?.close();
    await this.rules.close();
    await this.recording.close();
    await this.#loader.close();
    await this.events.close();
  }

  #sweep(): void {
    this.board.sweep(this.#options.clock.now());
    this.counts.keep(this.board.pools());
  }

  #prepare(source: ConfigSource): Promise<Plan> {
    this.#scriptFiles = new Set();
    const disk = this.#bundles.reading(source.hosts !== this.#source.hosts);
    this.#inputs = this.recording.reading(this.#options.inputs?.(disk) ?? disk);
    return prepare(source, {
      ...this.#options,
      inputs: this.#inputs,
      loader: this.#loader,
      stickyLink: (pool, sticky) => this.rules.sticky.link(pool, sticky),
      scriptFiles: this.#scriptFiles,
    });
  }

  #take(plan: Plan): void {
    this.events.take(plan.config);
    const onFault: FaultHandler = (...fault) => this.counts.fault(...fault);
    this.#model = activate(plan, this.board, this.#options.clock.now(), onFault, this.rules.parts);
    this.rules.follow(this.#model);
    this.#plan = plan;
    traceConfig(this.#options.trace, plan);
    this.counts.chains.follow(this.#model.chains);
    this.recording.follow(this.#model, this.board);
    this.counts.shadows.follow(followedShadows(plan, this.#model));
    this.#watch?.follow([...new Set([...plan.files, ...this.#scriptFiles])]);
    const warnings = plan.warnings.map((warning) => problemText([warning], false));
    for (const warning of warnings) this.events.add('config_warning', warning.trim(), 'warn');
    this.#status = {
      ...this.#status,
      loadedAt: this.#options.clock.wallClock(),
      lastResult: 'ok',
      lastError: null,
      warnings,
    };
  }

  async #reload(source: ConfigSource): Promise<ReloadResult> {
    try {
      const plan = await this.#prepare(source);
      await this.#beforeReload(plan.config);
      const ignored = this.#options.waiting(this.plan.config, plan.config);
      this.#take(plan);
      this.#source = source;
      this.#status = reloadedStatus(this.#status);
      this.events.add('config_reloaded', reloadedText(ignored));
      for (const heard of this.#onReload) await heard(true);
      return { ok: true, text: problemText(plan.warnings, false), ignored };
    } catch (thrown) {
      const text =
        thrown instanceof ConfigError ? problemText(thrown.problems, true) : `${messageOf(thrown)}\n`;
      this.#watch?.follow([...new Set([...this.plan.files, ...this.#scriptFiles])]);
      this.#status = refusedStatus(this.#status, text);
      this.events.add('config_refused', `the new configuration was refused:\n${text}`, 'error');
      for (const heard of this.#onReload) await heard(false);
      return { ok: false, text, ignored: [] };
    }
  }
}
