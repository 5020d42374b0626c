import type { Board } from '../../core/board.ts';
import type { Millis } from '../../core/types.ts';
import { BoardFeed } from './board-feed.ts';
import { Elsewhere } from './elsewhere.ts';
import { type CountPairs, InFlightSums } from './in-flight-sums.ts';
import type { BoardNews, Others, ToWorker } from './messages.ts';
import type { ServerNumbers } from './server-numbers.ts';
import type { WorkerProcess } from './worker-process.ts';
import type { Workers } from './workers.ts';

/** Reports that come within this time go to the workers together. */
const BATCH_MS: Millis = 20;
/** A worker that has been silent for so long gets no news, lest they pile up; it is told everything when it is back. */
const SILENCE_MS: Millis = 2000;

/** Its connections, with those that are on the way to it. */
const loadOf = ({ connections, passed, adopted }: WorkerProcess): number => connections + passed - adopted;

/** Spreads what control's board knows, and what each worker has under way, over all workers. */
export class BoardHub {
  readonly #workers: Pick<Workers, 'serving'>;
  readonly #feed: BoardFeed;
  readonly #sums = new InFlightSums();
  readonly #own: Elsewhere;
  readonly #now: () => Millis;
  /** Workers that have missed news. */
  readonly #behind = new Set<number>();
  #batch: NodeJS.Timeout | undefined = undefined;

  constructor(board: Board, numbers: ServerNumbers, workers: Pick<Workers, 'serving'>, now: () => Millis) {
    this.#workers = workers;
    this.#feed = new BoardFeed(board, numbers, now);
    this.#own = new Elsewhere(board, (number) => numbers.record(number));
    this.#now = now;
  }

  /** The board has changed: workers are told soon. */
  changed(): void {
    this.#batch ??= setTimeout(() => this.flush(), BATCH_MS);
  }

  /** Tells the workers now. */
  flush(): void {
    clearTimeout(this.#batch);
    this.#batch = undefined;
    const batch = this.#feed.news();
    if (!batch) return;
    for (const worker of this.#workers.serving)
      if (this.#now() - worker.heardAt > SILENCE_MS) this.#behind.add(worker.number);
      else worker.send({ kind: 'board', batch, others: this.#othersOf(worker) });
  }

  /** Everything, for a worker that starts. */
  all(worker: WorkerProcess): BoardNews {
    this.flush();
    return { batch: this.#feed.all(), others: this.#othersOf(worker) };
  }

  /** A worker serves now: it is told what came while it started, and all are told of it. */
  welcome(worker: WorkerProcess): void {
    worker.send({ kind: 'board', ...this.all(worker) });
    for (const other of this.#workers.serving) other.send({ kind: 'others', ...this.#othersOf(other) });
  }

  /** A worker has said what it has under way; it is told what the others have. */
  pulse(worker: WorkerProcess, inFlight: CountPairs): void {
    this.#sums.take(worker.number, inFlight);
    this.#own.set(this.#sums.total());
    if (this.#behind.delete(worker.number)) worker.send({ kind: 'board', ...this.all(worker) });
    else worker.send({ kind: 'others', ...this.#othersOf(worker) });
    this.flush();
  }

  /** Tells each worker what is made for it; not those that have been silent, who are told everything later. */
  tell(messageFor: (worker: WorkerProcess) => ToWorker | undefined): void {
    for (const worker of this.#workers.serving) {
      const message = this.#now() - worker.heardAt > SILENCE_MS ? undefined : messageFor(worker);
      if (message) worker.send(message);
    }
  }

  gone(worker: WorkerProcess): void {
    this.#sums.gone(worker.number);
    this.#behind.delete(worker.number);
    this.#own.set(this.#sums.total());
  }

  close(): void {
    clearTimeout(this.#batch);
  }

  #othersOf({ number }: WorkerProcess): Others {
    const others = this.#workers.serving.filter((other) => other.number !== number);
    return {
      inFlight: this.#sums.elsewhere(number),
      connections: Int32Array.from(others.flatMap((other) => [other.number, loadOf(other)])),
    };
  }
}
