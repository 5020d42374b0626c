import type { Millis } from '../core/types.ts';
import { ResponseHead, scanResponseHead } from '../http1/response-head.ts';
import type { ConnectionOwner } from '../transport/connection.ts';
import { PartialHead } from './partial-head.ts';
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

/** Heads of an answer to a ping, interim ones included; bytes. */
const MOST_BYTES = 64 * 1024;
const TOO_MUCH = 'more than the answer to the ping';

/** Scanned heads are used up before anything else is scanned, so that one record serves all pings. */
const head = new ResponseHead();

/** Asks for a path by HEAD: any answer below 500 that leaves the connection in order will do. */
class HeadPing implements ConnectionOwner, Deadlined {
  deadline: Millis;
  readonly #kept: ServerConnection;
  readonly #verdict: Verdict;
  #partial: PartialHead | undefined = undefined;
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
    this.#partial?.add(bytes, start, end);
    this.#partial ??= new PartialHead(bytes, start, end);
    const held = this.#partial;
    if (held.end - held.start > MOST_BYTES) this.#end(TOO_MUCH);
    else this.#scan(held);
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

  /** Passes over interim answers. */
  #scan(held: PartialHead): void {
    let start: number = held.start;
    for (;;) {
      const found = scanResponseHead(head, held.bytes, start, held.end, this.#kept.engine.settings.head);
      if (found < 0) this.#end(head.fault);
      if (found <= 0) return;
      start = found;
      if (head.status >= 200 || head.status === 101) break;
    }
    const fault = start < held.end ? TOO_MUCH : this.#answerFault();
    if (fault === '' && !this.#isSent) this.#isAnswered = true;
    else this.#end(fault);
  }

  #answerFault(): string {
    const { status, minor, close, keepAlive } = head;
    if (status === 101 || status >= 500) return `the ping was answered ${status}`;
    const isKept = !close && (minor === 1 || keepAlive);
    return isKept ? '' : 'the server keeps it no longer';
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
