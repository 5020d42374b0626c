import type { ToControl } from './messages.ts';
import type { WorkerProcess } from './worker-process.ts';
import type { Workers } from './workers.ts';

type Passed = Extract<ToControl, { kind: 'connection' }>;

const close = (handle: object): void => (handle as { close(): void }).close();

/** Hands connections from the worker that accepted them to the one that is to serve them. */
export class PassingOn {
  readonly #workers: Pick<Workers, 'serving'>;

  constructor(workers: Pick<Workers, 'serving'>) {
    this.#workers = workers;
  }

  /** Where the other one is gone the connection goes to any that serves. One that is closed by then has no handle. */
  pass({ to, listener }: Passed, handle: unknown): void {
    if (typeof handle !== 'object' || handle === null) return;
    const { serving } = this.#workers;
    const other = serving.find(({ number }) => number === to) ?? serving[0];
    if (other) this.#give(other, listener, handle, serving);
    else close(handle);
  }

  #give(worker: WorkerProcess, listener: number, handle: object, candidates: readonly WorkerProcess[]): void {
    worker.passed += 1;
    worker.send({ kind: 'connection', listener }, handle, (error) => {
      if (!error) {
        close(handle);
        return;
      }
      const left = candidates.filter((candidate) => candidate !== worker);
      const [next] = left;
      if (next) this.#give(next, listener, handle, left);
      else close(handle);
    });
  }
}
