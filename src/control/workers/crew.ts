import type { Refusals } from '../events/refusals.ts';
import type { Sign } from '../health/signs.ts';
import type { Instance } from '../instance.ts';
import { LoadReports } from '../load-reports.ts';
import type { Log } from '../logs/log.ts';
import type { Trace } from '../logs/trace.ts';
import type { StuckFunction } from '../process/stuck.ts';
import { processClock } from '../run-clock.ts';
import { BoardHub } from './board-hub.ts';
import { Dispatch, type DispatchParts } from './dispatch.ts';
import { Joined } from './joined.ts';
import { takeLoad } from './load-news.ts';
import { LoadRelay } from './load-relay.ts';
import { Looks } from './looks.ts';
import type { NumberedConfig, WorkerSettings } from './messages.ts';
import { PassingOn } from './passing-on.ts';
import { Questions } from './questions.ts';
import { ServerNumbers } from './server-numbers.ts';
import type { WorkerProgram } from './worker-process.ts';
import { Workers } from './workers.ts';

export interface CrewParts {
  readonly instance: Instance;
  readonly log: Log;
  readonly trace: Trace;
  /** Where refused load reports of servers are counted. */
  readonly refusals?: Refusals;
  /** These are asked before each start of a worker. */
  program(): WorkerProgram;
  config(): NumberedConfig;
  settings(): WorkerSettings;
  /** A worker did not return from this function. */
  stuck(stuck: StuckFunction): void;
  /** Something happened to connections of servers. */
  signs(signs: readonly Sign[]): void;
}

/** How often what has left is forgotten. */
const SWEEP_MS = 10_000;

/** The workers, and all that control keeps of them. */
export class Crew {
  readonly workers: Workers;
  readonly joined: Joined;
  readonly hub: BoardHub;
  readonly dispatch: Dispatch;
  readonly questions = new Questions();
  /** Where clients can connect, as the last worker that started said. */
  addresses: readonly string[] = [];
  readonly #instance: Instance;
  readonly #looks: Looks;
  readonly #load: LoadReports;
  readonly #relay: LoadRelay;
  readonly #sweeper: NodeJS.Timeout;

  constructor(parts: CrewParts) {
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_MS);
    const { instance, log, trace, program, config, settings, stuck } = parts;
    const { now, wallClock } = processClock;
    const numbers = new ServerNumbers();
    this.#instance = instance;
    this.joined = new Joined(numbers);
    this.#looks = new Looks((look) => this.#ask(look));
    this.workers = new Workers({
      program,
      orders: (worker) => ({
        kind: 'start',
        number: worker.number,
        place: worker.place,
        ...config(),
        ...settings(),
        ...this.hub.all(worker),
      }),
      heard: (worker, message, handle) => {
        if (message.kind === 'ready') this.addresses = message.addresses;
        if (message.kind === 'connection') passing.pass(message, handle);
        else if (message.kind === 'answer') this.questions.answered(message);
        else if (message.kind === 'signs') parts.signs(message.signs);
        else this.dispatch.heard(worker, message);
      },
      ended: (worker, end, wait) => {
        this.questions.gone(worker.number);
        this.dispatch.ended(worker, end, wait);
      },
    });
    const passing = new PassingOn(this.workers);
    this.hub = new BoardHub(instance.board, numbers, this.workers, now);
    const load = new LoadReports({
      board: instance.board,
      now,
      refused: (refusal, { id }) => parts.refusals?.add(refusal, `http ${id}`, wallClock()),
    });
    this.#load = load;
    const { joined, hub } = this;
    const relay = new LoadRelay((messageFor) => hub.tell(messageFor), now);
    this.#relay = relay;
    const heardLoad: DispatchParts['heardLoad'] = (worker, news) => {
      takeLoad(news, numbers, load, now());
      relay.take(worker, news.heard);
    };
    const looks = this.#looks;
    this.dispatch = new Dispatch({ instance, log, trace, hub, joined, looks, heardLoad, config, stuck });
  }

  /** Has all workers say what they have counted; resolves when they have, or patience is at its end. */
  look(): Promise<void> {
    return this.#looks.look();
  }

  /** Forgets servers that have left. */
  #sweep(): void {
    this.joined.counts.keep(this.#instance.board.pools());
    this.joined.keep();
  }

  /** Kills the workers that still run. */
  async close(): Promise<void> {
    clearInterval(this.#sweeper);
    this.hub.close();
    this.#load.close();
    this.#relay.close();
    await this.workers.close();
  }

  #ask(look: number): readonly number[] {
    this.workers.tell({ kind: 'look', look });
    return this.workers.serving.map(({ number }) => number);
  }
}
