import type { OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { AnswerSink } from './answer-translator.ts';

/** Content that may wait for the client's window, on top of what the engine holds; bytes. */
const PENDING_BYTES = 16 * 1024;

/** Writes an answer to a stream. */
export class AnswerWriter implements AnswerSink {
  /** Some of the content that was given is not out, and must stay as it is until `onDrained`. */
  isBlocked = false;
  readonly #stream: ServerHttp2Stream;
  readonly #onDrained: () => void;
  #trailers: OutgoingHttpHeaders | undefined = undefined;
  #mayTrail = false;
  #hasTrailed = false;
  #then: (() => void) | undefined = undefined;

  constructor(stream: ServerHttp2Stream, onDrained: () => void) {
    this.#stream = stream;
    this.#onDrained = onDrained;
  }

  inform(fields: OutgoingHttpHeaders): void {
    this.#stream.additionalHeaders(fields);
  }

  begin(fields: OutgoingHttpHeaders, isEmpty: boolean, mayTrail: boolean): void {
    this.#mayTrail = mayTrail;
    // Node leaves out END_STREAM at the end of the content then, and asks.
    if (mayTrail) this.#stream.once('wantTrailers', () => this.#sendTrailers());
    this.#stream.respond(fields, {
      endStream: isEmpty,
      waitForTrailers: mayTrail,
      sendDate: false,
    } as object);
  }

  /** A little content is copied, so that the engine is free to go on; more makes it wait. */
  content(bytes: Buffer): void {
    const stream = this.#stream;
    if (stream.writableLength + bytes.length <= PENDING_BYTES) {
      stream.write(Buffer.from(bytes));
      return;
    }
    this.isBlocked = true;
    stream.write(bytes, this.#onWritten);
  }

  finish(trailers: OutgoingHttpHeaders | undefined): void {
    this.#trailers = trailers;
    this.#stream.end();
  }

  /** Calls back when Node has passed on all of an answer that is whole. */
  whenOut(then: () => void): void {
    if (this.#mayTrail ? this.#hasTrailed : this.#stream.writableFinished) then();
    else if (this.#mayTrail) this.#then = then;
    else this.#stream.once('finish', then);
  }

  #sendTrailers(): void {
    this.#stream.sendTrailers(this.#trailers ?? {});
    // Node passes them on in an immediate of its own.
    setImmediate(() => {
      this.#hasTrailed = true;
      this.#then?.();
    });
  }

  readonly #onWritten = (error?: Error | null): void => {
    if (error) return;
    this.isBlocked = false;
    this.#onDrained();
  };
}
