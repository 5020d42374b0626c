import type { Millis } from '../core/types.ts';
import type { Check, CheckResult } from './check-spec.ts';
import type { Turns } from './turns.ts';

export interface RepeatedCheckParts {
  readonly turns: Turns;
  readonly now: () => Millis;
  begin(): Check;
  /** Not told of a check that was cancelled. */
  done(result: CheckResult): void;
}

/** One check of one server, made again and again: when it is due, one at a time, in turn with those of others. */
export class RepeatedCheck {
  readonly #parts: RepeatedCheckParts;
  #timer: NodeJS.Timeout | undefined = undefined;
  #check: Check | undefined = undefined;
  #leaveLine: (() => void) | undefined = undefined;
  /** One waits for its turn or is under way. */
  #isBusy = false;
  /** It came due while it was under way. */
  #isDueAgain = false;
  #isClosed = false;
  /** When it is made next; undefined while that is not planned. */
  dueAt: Millis | undefined = undefined;
  /** When the last one began. */
  begunAt: Millis = Number.NEGATIVE_INFINITY;

  constructor(parts: RepeatedCheckParts) {
    this.#parts = parts;
  }

  /** Makes it in so many ms, in place of what was planned; behind the one that is under way, if there is one. */
  plan(wait: Millis): void {
    if (this.#isClosed) return;
    this.cancelPlan();
    this.dueAt = this.#parts.now() + wait;
    this.#timer = setTimeout(() => this.#due(), wait).unref();
  }

  cancelPlan(): void {
    clearTimeout(this.#timer);
    this.dueAt = undefined;
  }

  /** Ends all of it; nobody is told any more. */
  close(): void {
    this.#isClosed = true;
    this.cancelPlan();
    this.#leaveLine?.();
    this.#check?.cancel();
  }

  #due(): void {
    this.dueAt = undefined;
    if (this.#isBusy) this.#isDueAgain = true;
    else this.#enter();
  }

  #enter(): void {
    this.#isDueAgain = false;
    this.#isBusy = true;
    this.#leaveLine = this.#parts.turns.take(() => this.#run());
  }

  async #run(): Promise<void> {
    const { now, begin, done } = this.#parts;
    this.begunAt = now();
    this.#check = begin();
    const result = await this.#check.result;
    this.#check = undefined;
    this.#isBusy = false;
    if (this.#isClosed) return;
    done(result);
    if (this.#isDueAgain) this.#enter();
  }
}
