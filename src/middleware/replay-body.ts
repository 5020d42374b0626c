import { Readable } from 'node:stream';

/** How much of a body is kept, so that it can be sent once more. */
export const REPLAY_BYTES = 65_536;

/** A source that can be read once. */
export type Source = Pick<Readable, 'on' | 'off' | 'pause' | 'resume'>;

/**
 * The body of a request, for one attempt after the other. While it streams to the first server its beginning is kept;
 * a further attempt gets what was kept and then the rest. Reading stops whenever the server cannot follow.
 */
export class ReplayBody {
  readonly #source: Source;
  readonly #kept: Buffer[] = [];
  readonly #onBytes: (total: number) => void;
  #keptBytes = 0;
  #total = 0;
  #replayable = true;
  #ended = false;
  #stream: Readable | undefined = undefined;
  #listening = false;
  #paused = true;

  /** @param onBytes hears how many bytes have come so far, whenever some come. */
  constructor(source: Source, onBytes: (total: number) => void) {
    this.#source = source;
    this.#onBytes = onBytes;
  }

  /** True while everything that has been read is still at hand. */
  get replayable(): boolean {
    return this.#replayable;
  }

  /** True while the server could take more and the client does not send it. */
  get waitsForClient(): boolean {
    return !this.#ended && !this.#paused;
  }

  /** The whole body as a stream for an attempt. The stream of the attempt before gets no more. */
  stream(): Readable {
    const stream = new Readable({ read: () => void (this.#stream === stream && this.#resume()) });
    this.#stream = stream;
    for (const chunk of this.#kept) stream.push(chunk);
    if (this.#ended) stream.push(null);
    return stream;
  }

  /** Lets the source run out: nobody wants the body any more. */
  discard(): void {
    this.#stream = undefined;
    this.#replayable = false;
    this.#kept.length = 0;
    this.#resume();
  }

  #resume(): void {
    if (!this.#listening) {
      this.#listening = true;
      this.#source.on('data', this.#hear);
      this.#source.on('end', this.#end);
    }
    this.#paused = false;
    this.#source.resume();
  }

  #hear = (chunk: Buffer): void => {
    this.#total += chunk.length;
    this.#keep(chunk);
    this.#onBytes(this.#total);
    if (!this.#stream || this.#stream.push(chunk)) return;
    this.#paused = true;
    this.#source.pause();
  };

  #end = (): void => {
    this.#ended = true;
    this.#stream?.push(null);
  };

  #keep(chunk: Buffer): void {
    if (!this.#replayable) return;
    this.#keptBytes += chunk.length;
    if (this.#keptBytes <= REPLAY_BYTES) {
      this.#kept.push(chunk);
      return;
    }
    this.#replayable = false;
    this.#kept.length = 0;
  }
}
