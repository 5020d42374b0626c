import type { Socket } from 'node:net';
import type { Refusal } from '../core/report.ts';
import type { Millis } from '../core/types.ts';
import { LineReader } from './http-line-reader.ts';
import { TOO_LARGE } from './http-protocol.ts';
import { MAX_LINE_BYTES, type ProxyLine, refusedLine, writeProxyLine } from './http-stream-protocol.ts';

/**
 * The agent is told of what was taken no more often than this; after a refusal, for which it waits, twice as often. To
 * write these lines costs half as much as to take a report.
 */
const [TELL_EVERY, TELL_AFTER_REFUSAL]: readonly [Millis, Millis] = [2000, 1000];
/** Refusals that an agent is told of in a second. */
const MOST_REFUSALS = 10;
const SECOND: Millis = 1000;
/** Most that may wait for an agent that does not read what it is told. */
const MOST_UNREAD_BYTES = 16_384;

/** What became of one line. `seq`: the number of its report, where it could be read. */
export interface Verdict {
  readonly seq?: number | undefined;
  /** The node of a report that was taken. */
  readonly node?: string | undefined;
  readonly refusal?: Refusal | undefined;
  /** Nothing more is taken from this sender. */
  readonly ends?: boolean;
}

export interface StreamOptions {
  /** Takes one line; called for each in turn. */
  readonly take: (line: string) => Verdict;
  /** Counts what was too long to be a line. */
  readonly tooLong: () => void;
  readonly now: () => Millis;
}

/** The proxy's end of one stream of reports. */
export class ReportStream {
  readonly #socket: Socket;
  readonly #options: StreamOptions;
  readonly #lines = new LineReader(MAX_LINE_BYTES);
  /** The newest report that was taken, while the agent has not been told. */
  #untold: number | undefined;
  #toldAt: Millis = Number.NEGATIVE_INFINITY;
  /** The last that the agent was told is a refusal. */
  #refused = false;
  /** Nothing that still comes is taken. */
  #closed = false;
  readonly #takeLine = (line: string): void => this.#take(line);
  #refusals = 0;
  #refusalsSince: Millis = Number.NEGATIVE_INFINITY;
  /** When the last whole line came. */
  heardAt: Millis;

  constructor(socket: Socket, options: StreamOptions) {
    this.#socket = socket;
    this.#options = options;
    this.heardAt = options.now();
  }

  /** Takes what has come, after each piece before it. */
  read(chunk: Buffer): void {
    if (this.#lines.take(chunk, this.#takeLine) || this.#closed) return;
    this.#options.tooLong();
    this.#say(refusedLine(TOO_LARGE, undefined));
    this.close();
  }

  /** Tells the agent what it has not been told, if it is time for that. Call it about twice a second. */
  tell(now: Millis): void {
    const every = this.#refused ? TELL_AFTER_REFUSAL : TELL_EVERY;
    if (this.#untold === undefined || now - this.#toldAt < every) return;
    this.#say({ taken: this.#untold });
    this.#untold = undefined;
    this.#refused = false;
    this.#toldAt = now;
  }

  /** What was said last is still sent. */
  close(): void {
    this.#closed = true;
    this.#socket.destroySoon();
    this.#socket.pause();
  }

  #take(line: string): void {
    if (this.#closed) return;
    const now = this.#options.now();
    this.heardAt = now;
    const { seq, refusal, ends } = this.#options.take(line);
    if (!refusal) this.#untold = seq;
    else this.#refuse(refusal, seq, now);
    this.tell(now);
    if (ends) this.close();
  }

  #refuse(refusal: Refusal, seq: number | undefined, now: Millis): void {
    this.#refused = true;
    if (now - this.#refusalsSince >= SECOND) {
      this.#refusalsSince = now;
      this.#refusals = 0;
    }
    this.#refusals += 1;
    if (this.#refusals <= MOST_REFUSALS) this.#say(refusedLine(refusal, seq));
  }

  #say(line: ProxyLine): void {
    if (this.#socket.writableLength > MOST_UNREAD_BYTES) {
      this.#closed = true;
      this.#socket.destroy();
    } else this.#socket.write(writeProxyLine(line));
  }
}
