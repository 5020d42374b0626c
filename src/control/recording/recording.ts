import { randomBytes } from 'node:crypto';
import type { Model } from '../../config/planning/model.ts';
import type { Board } from '../../core/board.ts';
import type { Decision } from '../../core/decide.ts';
import type { FinishedExchange } from '../../core/exchange.ts';
import type { Millis } from '../../core/types.ts';
import { Recorder } from '../../recording/recorder.ts';
import { TraceFile } from '../../recording/trace-file.ts';
import type { InstanceOptions } from '../instance-options.ts';
import type { ConfigInputs } from '../loading/config-inputs.ts';
import { type RecordedScript, recordedSetup } from './recorded-setup.ts';

/** How often what was recorded is handed over, and files are changed. */
const TEND_MS = 500;
/** Where a disk takes nothing it is tried again so often, and the log says so. */
const PATIENCE_MS: Millis = 10_000;

type Parts = Pick<InstanceOptions, 'log' | 'clock' | 'recordsTo'>;

interface Running {
  /** The key of the configuration that it is for, as text. */
  readonly wanted: string;
  readonly recorder: Recorder;
  readonly file: TraceFile;
  readonly timer: NodeJS.Timeout;
}

/** Records what an instance decides and why, where its configuration asks for it. */
export class Recording {
  readonly #parts: Parts;
  #scripts = new Map<string, RecordedScript>();
  #running: Running | undefined = undefined;
  /** Resolves when what was recorded before is written. */
  #ended: Promise<unknown> = Promise.resolve();
  /** Lost decisions that the log has told. */
  #lost = 0;
  /** Decisions that have got a number so far. */
  #numbered = 0;
  #warnedAt = Number.NEGATIVE_INFINITY;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Remembers the scripts that a configuration is about to be made of: they are a part of what decides. */
  reading(inputs: ConfigInputs): ConfigInputs {
    const scripts = new Map<string, RecordedScript>();
    this.#scripts = scripts;
    const bundle: ConfigInputs['bundle'] = async (order) => {
      const made = await inputs.bundle(order);
      scripts.set(order.reference, { entry: order.entry, reference: order.reference, bundle: made });
      return made;
    };
    return { readFile: inputs.readFile, listDirectory: inputs.listDirectory, bundle };
  }

  /** Takes a configuration that is at work now. */
  follow({ config, routeList }: Model, board: Board): void {
    const { record } = config;
    const { recordsTo } = this.#parts;
    const wanted = record && recordsTo ? JSON.stringify(record) : undefined;
    const isNew = wanted !== this.#running?.wanted;
    if (isNew) this.#stop();
    if (!record || !recordsTo || wanted === undefined) return;
    if (isNew) this.#start({ ...record, file: recordsTo(record.file) }, wanted);
    const known = new Set(board.pools());
    const chains = [...new Set(routeList.map(({ chain }) => chain))].filter(({ pool }) => known.has(pool));
    const setup = recordedSetup(config, [...this.#scripts.values()]);
    this.#running?.recorder.follow({ chains, pools: board.pools(), setup }, isNew ? 'start' : 'reload');
  }

  /** A decision was made just now. */
  decided(decision: Decision, proxies: number): void {
    this.#running?.recorder.decided(decision, proxies);
  }

  /** The exchange of a decision has ended. */
  finished(exchange: FinishedExchange): void {
    this.#running?.recorder.finished(exchange);
  }

  /** Writes what is left, for two seconds at most. */
  async close(): Promise<void> {
    this.#stop();
    await this.#ended;
  }

  #start(options: NonNullable<Model['config']['record']>, wanted: string): void {
    const { clock } = this.#parts;
    const { headers, cookies } = options;
    const file = new TraceFile(
      options,
      (error) => this.#warn(`${options.file} cannot be written: ${error.message}`),
      this.#ended,
    );
    const run = randomBytes(8).toString('hex');
    const recorder = new Recorder({
      ...{ sink: file, now: clock.now, wallClock: clock.wallClock, run, headers, cookies },
      numbered: this.#numbered,
    });
    const timer = setInterval(() => this.#tend(), TEND_MS).unref();
    this.#running = { wanted, recorder, file, timer };
    this.#lost = 0;
  }

  #stop(): void {
    const { recorder, file, timer } = this.#running ?? {};
    this.#running = undefined;
    clearInterval(timer);
    recorder?.close();
    this.#numbered = recorder?.numbered ?? this.#numbered;
    this.#ended = Promise.all([this.#ended, file?.close()]);
  }

  #tend(): void {
    const { recorder, file } = this.#running ?? {};
    if (!recorder || !file) return;
    const isPatient = file.fault && this.#parts.clock.now() - this.#warnedAt < PATIENCE_MS;
    if (isPatient) return;
    recorder.flush();
    recorder.tend();
    if (recorder.lost === this.#lost) return;
    // What the log has no patience for now is told with what comes.
    if (this.#warn(`decisions that could not be written: ${recorder.lost - this.#lost}`))
      this.#lost = recorder.lost;
  }

  /** False if something was said a moment ago, and this is not. */
  #warn(text: string): boolean {
    const now = this.#parts.clock.now();
    if (now - this.#warnedAt < PATIENCE_MS) return false;
    this.#warnedAt = now;
    this.#parts.log.warn(`recording: ${text}`);
    return true;
  }
}
