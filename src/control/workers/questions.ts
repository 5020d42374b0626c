import type { Millis } from '../../core/types.ts';
import type { ToControl, WorkerAnswer, WorkerQuestion } from './messages.ts';
import type { WorkerProcess } from './worker-process.ts';

/** How long an answer is waited for: a worker that is so busy has better to do. */
const PATIENCE_MS: Millis = 1000;

interface Asked {
  readonly worker: number;
  readonly end: (answer: WorkerAnswer | undefined) => void;
}

/** What control asks workers when a person wants to know what only they can say. */
export class Questions {
  readonly #open = new Map<number, Asked>();
  #last = 0;

  /** Undefined if the worker is gone, does not know, or says nothing in time. */
  ask(
    worker: Pick<WorkerProcess, 'number' | 'send'>,
    question: WorkerQuestion,
  ): Promise<WorkerAnswer | undefined> {
    this.#last += 1;
    const number = this.#last;
    return new Promise((resolve) => {
      const end = (answer: WorkerAnswer | undefined): void => {
        clearTimeout(late);
        this.#open.delete(number);
        resolve(answer);
      };
      const late = setTimeout(end, PATIENCE_MS, undefined);
      this.#open.set(number, { worker: worker.number, end });
      worker.send({ kind: 'question', number, question }, undefined, (error) => {
        if (error) this.#open.get(number)?.end(undefined);
      });
    });
  }

  answered({ number, answer }: Extract<ToControl, { kind: 'answer' }>): void {
    this.#open.get(number)?.end(answer);
  }

  /** A worker has ended. */
  gone(worker: number): void {
    for (const asked of [...this.#open.values()]) if (asked.worker === worker) asked.end(undefined);
  }
}
