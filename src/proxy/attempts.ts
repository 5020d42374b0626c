import { Candidates, isIdempotent } from '../core/candidates.ts';
import type { Server } from '../core/types.ts';
import type { Attempt } from './attempt.ts';
import type { Exchange } from './exchange.ts';
import { type Failure, failureAnswer, HEADER_TIMEOUT, RESET } from './failures.ts';

/** Whether, and where, a request is sent again. Made when the first attempt has failed, or a copy is to be sent. */
export class Attempts {
  /** Servers that are left. */
  readonly candidates: Candidates | undefined;
  readonly #exchange: Exchange;
  #wasRepeated = false;
  /** Repetitions that were sent, 0 or 1. */
  #repeats = 0;

  constructor(exchange: Exchange) {
    const { chosen, decision } = exchange.record;
    this.#exchange = exchange;
    this.candidates = chosen && new Candidates(chosen, decision);
  }

  /** Sending it twice is as good as once, and its content is still at hand. */
  get isRepeatable(): boolean {
    const { record, sent } = this.#exchange;
    return isIdempotent(record.method) && sent?.isWhole === true;
  }

  /** An attempt has failed before an answer began: goes on with the other one, with a further one, or says so. */
  failed(attempt: Attempt, failure: Failure, wasReused: boolean): void {
    const exchange = this.#exchange;
    const unsent = !attempt.wasSent;
    const { reason } = failure;
    attempt.connection = undefined;
    const other = exchange.hedge?.otherThan(attempt);
    if (!other && this.#mayRepeat(failure, wasReused, unsent)) {
      attempt.repeat();
      return;
    }
    // That a server has closed a kept connection says nothing about it; alone, the attempt would be repeated.
    const isOurs = reason === 'no_server' || (other !== undefined && failure === RESET && wasReused);
    attempt.end({ kind: 'failed', side: isOurs ? 'proxy' : 'server', reason, unsent });
    if (other) {
      exchange.hedge?.goOnWith(other);
      return;
    }
    exchange.record.retryReason = reason;
    if (!unsent) exchange.waitEnd = undefined;
    const next = this.#next(failure, unsent);
    if (next) attempt.begin(next);
    else exchange.refuse(failureAnswer(failure), failure.termination);
  }

  /**
   * A server may close a kept connection at any moment, and a request that meets this has most likely not been read:
   * once, it goes to the same server on a new connection (RFC 9112, 9.3.1). This says nothing about the server.
   */
  #mayRepeat(failure: Failure, wasReused: boolean, unsent: boolean): boolean {
    const { record, settings, sent } = this.#exchange;
    if (failure !== RESET || !wasReused || this.#wasRepeated) return false;
    if (!(unsent ? sent?.isWhole : this.isRepeatable)) return false;
    // Also with this one it is sent no more often than the configuration says, but twice in any case.
    if (!unsent && record.attempts > Math.max(1, settings.retry.attempts)) return false;
    this.#wasRepeated = true;
    if (!unsent) this.#repeats = 1;
    return true;
  }

  /**
   * The next server, if one may be tried: always after an attempt that sent nothing, otherwise for an idempotent method
   * and out of the pool's budget. Who waited for an answer in vain has waited long enough.
   */
  #next(failure: Failure, unsent: boolean): Server | undefined {
    const { record, settings, sent } = this.#exchange;
    if (failure === HEADER_TIMEOUT || record.attempts + this.#repeats > settings.retry.attempts)
      return undefined;
    if (!(unsent ? sent?.isWhole : this.isRepeatable)) return undefined;
    const server = this.candidates?.next();
    return server && (unsent || this.#takeToken(server)) ? server : undefined;
  }

  #takeToken(server: Server): boolean {
    const { engine } = this.#exchange;
    return engine.pools.of(server).budget.take(engine.parts.now());
  }
}
