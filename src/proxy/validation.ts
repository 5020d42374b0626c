import type { Millis } from '../core/types.ts';
import { persists } from '../http1/connection-options.ts';
import type { ConnectionOwner } from '../transport/connection.ts';
import { ENDLESS, type FinalHead, FinalHeads } from './final-head.ts';
import type { ServerConnection } from './server-connection.ts';
import type { Ping, Validate } from './settings.ts';
import type { Deadlined } from './sweep.ts';

/** Hears why a connection is of no use any more; empty if it is. */
type Verdict = (fault: string) => void;

/** A kept connection that was not used for so long is tried before it is used, ms; Infinity: none ever is. */
export const validateAfter = (validate: Validate): Millis => {
  if (validate === 'never') return Number.POSITIVE_INFINITY;
  return validate === 'always' ? 0 : validate.afterIdle;
};

/**
 * Tries a kept connection that nobody uses, and says how it went, once and never before this returns. One that is found
 * to be of no use is closed by then. Meanwhile it must not be given to anybody.
 */
export const tryConnection = (kept: ServerConnection, ping: Ping, verdict: Verdict): void => {
  if (ping === 'tcp') look(kept, verdict);
  else new HeadPing(kept, ping, verdict);
};

/** A FIN or RST that has arrived is heard within one turn of the loop; the first step may end one that has read already. */
const look = (kept: ServerConnection, verdict: Verdict): void => {
  setImmediate(() => setImmediate(() => verdict(kept.connection.isClosed ? 'closed by the server' : '')));
};

const TOO_MUCH = 'more than the answer to the ping';

const faultOf = ({ head, isAlone }: FinalHead): string => {
  const { status } = head;
  if (!isAlone) return TOO_MUCH;
  if (status === 101 || status >= 500) return `the ping was answered ${status}`;
  return persists(head) ? '' : 'the server keeps it no longer';
};

/** Asks for a path by HEAD: any answer below 500 that leaves the connection in order will do. */
class HeadPing implements ConnectionOwner, Deadlined {
  deadline: Millis;
  readonly #kept: ServerConnection;
  readonly #verdict: Verdict;
  readonly #answer = new FinalHeads();
  /** The question is with the kernel; TLS may say so only behind the answer. */
  #isSent: boolean;
  #isAnswered = false;

  constructor(kept: ServerConnection, { path, timeout }: Exclude<Ping, 'tcp'>, verdict: Verdict) {
    this.#kept = kept;
    this.#verdict = verdict;
    this.deadline = kept.engine.parts.now() + timeout;
    // What holds for the time in which nobody uses it.
    kept.deadline = Number.POSITIVE_INFINITY;
    kept.connection.owner = this;
    kept.engine.sweep.add(this);
    const { host } = kept.origin.server.url;
    this.#isSent = kept.connection.write(Buffer.from(`HEAD ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`));
  }

  onConnected(): void {}

  onDrained(): void {
    this.#isSent = true;
    if (this.#isAnswered) this.#end('');
  }

  onData(bytes: Buffer, start: number, end: number): void {
    if (this.#isAnswered) {
      this.#end(TOO_MUCH);
      return;
    }
    const found = this.#answer.take(bytes, start, end, this.#kept.engine.settings.head);
    if (found === undefined) return;
    const fault = typeof found === 'string' ? found : faultOf(found);
    if (fault === '' && !this.#isSent) this.#isAnswered = true;
    else this.#end(fault === ENDLESS ? TOO_MUCH : fault);
  }

  onEnd(): void {
    this.#end('closed by the server');
  }

  onFailed(code: string): void {
    this.#end(code);
  }

  overdue(): void {
    this.#end('no answer to the ping in time');
  }

  #end(fault: string): void {
    const kept = this.#kept;
    kept.engine.sweep.delete(this);
    kept.connection.owner = kept;
    if (fault === '') kept.rest();
    else kept.drop(fault);
    this.#verdict(fault);
  }
}
