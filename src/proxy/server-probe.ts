import type { Millis, Server } from '../core/types.ts';
import type { HeadLimits } from '../http1/limits.ts';
import type { Connection, ConnectionOwner, SocketAddress } from '../transport/connection.ts';
import type { Deadlines } from './deadlines.ts';
import { FinalHeads } from './final-head.ts';
import { NO_CONNECTION } from './no-connection.ts';
import { KEPT, type ProbeAnswer, probeAnswer } from './probe-answer.ts';
import type { ProbeResult, ProberParts, ProbeSettings } from './probe-settings.ts';
import { Resolver } from './resolver.ts';
import type { Deadlined } from './sweep.ts';

/** A server is asked no more often: what it said so long ago is as good as new. */
export const PROBE_SPACING: Millis = 5;
/** After a probe without an answer the next one waits this long, and twice as long each further time. */
const FIRST_BACKOFF: Millis = 100;
const LONGEST_BACKOFF: Millis = 30_000;
/** An answer that is late is still waited for that long, for what it says and to keep the connection. */
const LATE: Millis = 1000;
/** Requests that wait for one probe of one server; further ones do without. */
const MOST_ASKERS = 1024;

/** How large the head of an answer may be. */
const HEAD: HeadLimits = { bytes: 16_384, count: 100, target: 8192 };

/** What a connection is at. ASKED: a probe is out and its answer has not come. */
const [CLOSED, OPENING, IDLE, ASKED] = [0, 1, 2, 3];

/** Hears whether a probe was answered in time. Never called while it is asked for. */
type Asker = (isAnswered: boolean) => void;

/** What the probes of all servers share. */
export interface ProbeContext {
  readonly parts: ProberParts;
  readonly deadlines: Deadlines;
  /** Those that have a connection. */
  readonly open: Set<ServerProbe>;
}

const requestFor = ({ url }: Server, { path, port, authorization }: ProbeSettings): Buffer => {
  const host = port === undefined ? url.host : `${url.hostname}:${port}`;
  const more = authorization === undefined ? '' : `Authorization: ${authorization}\r\n`;
  return Buffer.from(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${more}\r\n`, 'latin1');
};

/** Asks one server for its load, over a connection of its own: one probe at a time, whose answer all askers share. */
export class ServerProbe implements ConnectionOwner, Deadlined {
  deadline: Millis = Number.POSITIVE_INFINITY;
  readonly #context: ProbeContext;
  readonly #server: Server;
  readonly #settings: ProbeSettings;
  readonly #request: Buffer;
  readonly #resolver: Resolver;
  readonly #answers = new FinalHeads();
  #connection: Connection = NO_CONNECTION;
  #state = CLOSED;
  /** A probe is under way whose time is not over. */
  #isWaitedFor = false;
  /** The connection has served before: its server may have closed it meanwhile. */
  #wasKept = false;
  #isWriting = false;
  #askers: Asker[] = [];
  #failures = 0;
  #notBefore: Millis = Number.NEGATIVE_INFINITY;

  constructor(context: ProbeContext, server: Server) {
    const { parts } = context;
    this.#context = context;
    this.#server = server;
    this.#settings = parts.settings(server);
    this.#request = requestFor(server, this.#settings);
    this.#resolver = new Resolver(server.url, parts.now);
  }

  /** Asks, or waits with those who have asked already. False: it is not to be asked now, and nobody will be told. */
  ask(now: Millis, asker?: Asker): boolean {
    if (this.#isWaitedFor) {
      if (asker && this.#askers.length >= MOST_ASKERS) return false;
      if (asker) this.#askers.push(asker);
      return true;
    }
    if (now < this.#notBefore || this.#state === ASKED || this.#isWriting) return false;
    this.#isWaitedFor = true;
    this.#notBefore = now + PROBE_SPACING;
    if (asker) this.#askers.push(asker);
    this.#endBy(now + this.#settings.timeout);
    if (this.#state === IDLE) this.#send();
    else if (this.#state === CLOSED) this.#open();
    return true;
  }

  onConnected(): void {
    this.#state = IDLE;
    this.#wasKept = false;
    if (this.#isWaitedFor) this.#send();
    else this.#rest(KEPT);
  }

  onData(bytes: Buffer, start: number, end: number): void {
    if (this.#state !== ASKED) {
      this.#broken();
      return;
    }
    const found = this.#answers.take(bytes, start, end, HEAD);
    if (found !== undefined) this.#take(probeAnswer(found));
  }

  onDrained(): void {
    this.#isWriting = false;
  }

  onEnd(): void {
    this.#broken();
  }

  onFailed(): void {
    this.#broken();
  }

  overdue(): void {
    if (!this.#isWaitedFor) {
      this.close();
      return;
    }
    this.#end('timeout');
    this.#endBy(this.#context.parts.now() + LATE);
  }

  /** Closes its connection; whoever waits is told that there is no answer. */
  close(): void {
    this.#drop();
    if (this.#isWaitedFor) this.#end('failed');
  }

  #open(): void {
    this.#state = OPENING;
    this.#context.open.add(this);
    const { known } = this.#resolver;
    if (known) this.#connect(known);
    else
      this.#resolver.resolve((address) => {
        if (this.#state !== OPENING || this.#connection !== NO_CONNECTION) return;
        if (address) this.#connect(address);
        else this.#broken();
      });
  }

  #connect(address: SocketAddress): void {
    const { parts } = this.#context;
    const { port } = this.#settings;
    const at = port === undefined || address.kind === 'unix' ? address : { ...address, port };
    try {
      this.#connection = parts.connect(this.#server, at, this);
    } catch {
      // A certificate that cannot be used, say, which every request there meets and tells as well.
      setImmediate(() => {
        if (this.#connection === NO_CONNECTION) this.#broken();
      });
    }
  }

  #send(): void {
    this.#state = ASKED;
    this.#isWriting = !this.#connection.write(this.#request);
  }

  #take({ load, keep }: ProbeAnswer): void {
    const { parts } = this.#context;
    if (!load) {
      this.close();
      return;
    }
    if (keep > 0) this.#rest(keep);
    else this.#drop();
    this.#failures = 0;
    this.#notBefore = Math.min(this.#notBefore, parts.now() + PROBE_SPACING);
    try {
      parts.heard(this.#server, load.format, load.text);
    } catch (thrown) {
      parts.onFault(thrown);
    }
    if (this.#isWaitedFor) this.#end('answered');
  }

  #rest(most: Millis): void {
    this.#state = IDLE;
    this.#wasKept = true;
    this.#endBy(this.#context.parts.now() + most);
  }

  /** The connection is gone. A kept one may have been closed just when it was used again: that says nothing. */
  #broken(): void {
    const mayRepeat = this.#isWaitedFor && this.#wasKept && !this.#answers.hasBegun;
    if (!mayRepeat) {
      this.close();
      return;
    }
    this.#forget();
    this.#open();
  }

  #end(result: ProbeResult): void {
    const { parts } = this.#context;
    const askers = this.#askers;
    this.#isWaitedFor = false;
    this.#askers = [];
    if (result !== 'answered') {
      const wait = Math.min(LONGEST_BACKOFF, FIRST_BACKOFF * 2 ** this.#failures);
      this.#failures += 1;
      this.#notBefore = parts.now() + wait;
    }
    parts.ended(this.#server, result);
    for (const asker of askers) asker(result === 'answered');
  }

  #forget(): void {
    // It may have other addresses.
    if (this.#state === OPENING) this.#resolver.failed();
    this.#connection.close();
    this.#connection = NO_CONNECTION;
    this.#state = CLOSED;
    this.#wasKept = false;
    this.#isWriting = false;
    this.#answers.reset();
  }

  #drop(): void {
    const { deadlines, open } = this.#context;
    this.#forget();
    this.deadline = Number.POSITIVE_INFINITY;
    deadlines.delete(this);
    open.delete(this);
  }

  #endBy(deadline: Millis): void {
    this.deadline = deadline;
    this.#context.deadlines.add(this);
  }
}
