import { constants, type ServerHttp2Stream } from 'node:http2';
import type { Millis } from '../../core/types.ts';
import type { Connection, ConnectionOwner } from '../../transport/connection.ts';
import { NOBODY } from '../../transport/nobody.ts';
import type { ConnectionEnds } from '../../transport/tls-proxy-header.ts';
import type { Deadlined, Sweep } from '../sweep.ts';
import { AnswerTranslator } from './answer-translator.ts';
import { AnswerWriter } from './answer-writer.ts';
import type { RawFields } from './field-rules.ts';
import { RequestContent } from './request-content.ts';
import type { TranslatedHead } from './translate-request.ts';

/** How a stream ended: its answer is out, we cut it off, or the client (or node:http2, at its fault) reset it. */
export type StreamEnd = 'answered' | 'cut' | 'reset';

/** What a stream needs of the session that it belongs to. */
export interface StreamHost {
  readonly isEncrypted: boolean;
  /** Name of the listener that accepted it. */
  readonly listener: string;
  readonly ends: ConnectionEnds;
  readonly sweep: Sweep;
  /** How long an answer that is whole may take to go out. */
  readonly patience: Millis;
  /** Content of a request came. */
  received(bytes: number): void;
  ended(stream: StreamConnection, how: StreamEnd): void;
  onFault(fault: unknown): void;
}

/**
 * One stream of HTTP/2 as the engine sees it: a connection on which one request of HTTP/1.1 comes, and which ends with
 * its answer. So every rule for HTTP/1.1 holds for HTTP/2 too.
 */
export class StreamConnection implements Connection, Deadlined {
  readonly httpVersion = '2.0';
  readonly isEncrypted: boolean;
  readonly listener: string;
  owner: ConnectionOwner = NOBODY;
  isClosed = false;
  remoteAddress: string;
  remotePort: number;
  localAddress: string;
  localPort: number;
  deadline: Millis = Number.POSITIVE_INFINITY;
  readonly #stream: ServerHttp2Stream;
  readonly #host: StreamHost;
  readonly #head: TranslatedHead;
  readonly #content: RequestContent;
  readonly #translator: AnswerTranslator;
  readonly #writer: AnswerWriter;
  #hasWholeRequest: boolean;
  #isEnding = false;
  /** We reset the stream. */
  #isAborting = false;
  /** We did so for other reasons than the client's. */
  #isCut = false;

  constructor(stream: ServerHttp2Stream, host: StreamHost, head: TranslatedHead) {
    this.#stream = stream;
    this.#host = host;
    this.#head = head;
    this.#hasWholeRequest = head.length === 0;
    this.#content = new RequestContent(head.length);
    this.#translator = new AnswerTranslator(head.isHead);
    this.#writer = new AnswerWriter(stream, () => this.#onDrained());
    this.isEncrypted = host.isEncrypted;
    this.listener = host.listener;
    this.remoteAddress = host.ends.remoteAddress;
    this.remotePort = host.ends.remotePort;
    this.localAddress = host.ends.localAddress;
    this.localPort = host.ends.localPort;
    stream.once('close', () => this.#onClose()).once('aborted', () => this.#onAborted());
    if (!this.#hasWholeRequest) this.#listen();
  }

  /** Hands the head of the request to the owner, who is there by now. */
  begin(): void {
    const bytes = Buffer.from(this.#head.text, 'latin1');
    if (!this.isClosed) this.owner.onData(bytes, 0, bytes.length);
  }

  write(bytes: Uint8Array): boolean {
    if (this.isClosed || this.#isAborting || this.#stream.closed) return false;
    const view = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    try {
      this.#translator.take(view, this.#writer);
    } catch (thrown) {
      this.#host.onFault(thrown);
      this.#cut(constants.NGHTTP2_INTERNAL_ERROR);
      return false;
    }
    return !this.#writer.isBlocked;
  }

  readStop(): void {
    if (!this.isClosed) this.#stream.pause();
  }

  readStart(): void {
    if (!this.isClosed && !this.#isEnding) this.#stream.resume();
  }

  /** The engine has said all that it will, so the stream is over, and the owner need not wait for the client. */
  end(): void {
    if (this.isClosed || this.#isEnding) return;
    this.#isEnding = true;
    if (!this.#translator.end(this.#writer)) this.#cut(constants.NGHTTP2_INTERNAL_ERROR);
    process.nextTick(() => {
      if (!this.isClosed) this.owner.onEnd();
    });
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    if (this.#translator.isDone) this.#flush();
    else if (this.owner === NOBODY) this.#cut(constants.NGHTTP2_REFUSED_STREAM);
    else this.#cut(constants.NGHTTP2_INTERNAL_ERROR);
  }

  reset(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#cut(constants.NGHTTP2_INTERNAL_ERROR);
  }

  /** The client does not take the rest of an answer that is whole. */
  overdue(): void {
    this.deadline = Number.POSITIVE_INFINITY;
    this.#abort(constants.NGHTTP2_CANCEL);
  }

  /**
   * What is missing of the answer will not come, and the client is not to take what it got for whole: without this,
   * Node ends a stream with END_STREAM before it resets it.
   */
  breakOff(): void {
    this.#stream._final = (done) => done();
  }

  #listen(): void {
    this.#stream
      .on('data', (content: Buffer) => this.#onContent(content))
      .on('trailers', (_fields: object, _flags: number, raw: RawFields) => this.#onTrailers(raw))
      .on('end', () => this.#onEnd());
  }

  #onContent(content: Buffer): void {
    this.#host.received(content.length);
    if (!this.isClosed && !this.#isAborting && !this.#stream.closed) this.#give(this.#content.take(content));
  }

  #onTrailers(fields: RawFields): void {
    if (!this.#content.takeTrailers(fields)) this.#abort(constants.NGHTTP2_PROTOCOL_ERROR);
  }

  /** Node says so for a stream that was reset, too: that content is not whole. */
  #onEnd(): void {
    if (this.isClosed || this.#isAborting || this.#stream.closed) return;
    this.#hasWholeRequest = true;
    this.#give(this.#content.end());
  }

  /** Undefined: what came does not agree with Content-Length (RFC 9113, 8.1.1). */
  #give(bytes: Buffer | undefined): void {
    if (bytes === undefined) this.#abort(constants.NGHTTP2_PROTOCOL_ERROR);
    else if (bytes.length > 0) this.owner.onData(bytes, 0, bytes.length);
  }

  #onDrained(): void {
    if (!this.isClosed) this.owner.onDrained();
  }

  /** What the client still sends is not wanted, and it is told so behind the answer (RFC 9113, 8.1). */
  #flush(): void {
    const stream = this.#stream;
    if (stream.destroyed) return;
    this.deadline = this.#host.sweep.now + this.#host.patience;
    this.#host.sweep.add(this);
    if (this.#hasWholeRequest) return;
    stream.resume();
    this.#writer.whenOut(() => this.#abort(constants.NGHTTP2_NO_ERROR));
  }

  #cut(code: number): void {
    this.#isCut = true;
    this.#abort(code);
  }

  /** Resets the stream a turn of the loop later, when Node has passed on what was written in this one. */
  #abort(code: number): void {
    if (this.#isAborting) return;
    this.#isAborting = true;
    if (code !== constants.NGHTTP2_NO_ERROR) this.breakOff();
    setImmediate(() => this.#stream.close(code));
  }

  /** Comes before `close`, which waits for a paused stream to be read. */
  #onAborted(): void {
    if (this.#isAborting) return;
    this.#stream.resume();
    this.#lose();
  }

  #onClose(): void {
    this.#host.sweep.delete(this);
    const isAnswered = this.#translator.isDone && this.#stream.rstCode === constants.NGHTTP2_NO_ERROR;
    this.#host.ended(this, isAnswered ? 'answered' : this.#isCut ? 'cut' : 'reset');
    this.#lose();
  }

  #lose(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.owner.onFailed('ECONNRESET');
  }
}
