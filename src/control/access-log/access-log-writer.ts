import type { LogTarget } from './access-log-target.ts';

/** Whole lines that are written together. */
interface Chunk {
  readonly bytes: Buffer;
  readonly lines: number;
  /** How far it is written. */
  at: number;
}

/** After an error the same is tried again: disks are cleared, and readers come back. */
const RETRY_MS = 1000;
/** How long the end waits for what is left. */
const PATIENCE_MS = 2000;
const LINE_FEED = 10;

const linesIn = (bytes: Buffer, from: number): number => {
  let lines = 0;
  for (let at = bytes.indexOf(LINE_FEED, from); at !== -1; at = bytes.indexOf(LINE_FEED, at + 1)) lines += 1;
  return lines;
};

/** Writes chunks in order, one write at a time. Keeps what cannot be written; whoever adds looks at `held` first. */
export class ChunkWriter {
  /** Bytes that wait to be written. */
  held = 0;
  /** Lines that are out of our hands. */
  written = 0;
  /** Why the last write failed; undefined once one has gone well. */
  fault: Error | undefined = undefined;
  readonly #onFault: (error: Error) => void;
  readonly #chunks: Chunk[] = [];
  #target: LogTarget;
  #next: LogTarget | undefined = undefined;
  #spare: ArrayBufferLike | undefined = undefined;
  #isWriting = false;
  #isClosed = false;
  #retry: NodeJS.Timeout | undefined = undefined;
  #heard: (() => void)[] = [];

  constructor(target: LogTarget, onFault: (error: Error) => void) {
    this.#target = target;
    this.#onFault = onFault;
  }

  /** Memory of that size that was added and has been written. */
  takeSpare(size: number): Buffer | undefined {
    const spare = this.#spare;
    this.#spare = undefined;
    return spare?.byteLength === size ? Buffer.from(spare) : undefined;
  }

  get isIdle(): boolean {
    return this.#chunks.length === 0;
  }

  /** Takes the bytes over; they may not be changed after. */
  add(bytes: Buffer, lines: number): void {
    this.held += bytes.length;
    this.#chunks.push({ bytes, lines, at: 0 });
    if (this.#retry === undefined) this.#pump();
  }

  /** Writes to another target from the next whole line on. Resolves when the one before has been let go. */
  async change(target: LogTarget): Promise<void> {
    this.#next?.close();
    this.#next = target;
    if (this.#isWriting) {
      await this.#until(() => this.#next !== target);
      return;
    }
    this.#changeTarget();
    this.#pump();
  }

  /** Writes what is left, for two seconds at most, and closes. Resolves with the number of lines given up. */
  async close(): Promise<number> {
    if (this.#isClosed) return 0;
    this.#isClosed = true;
    this.#next?.close();
    this.#next = undefined;
    this.#pump();
    await this.#until(() => this.isIdle || !this.#isWriting);
    clearTimeout(this.#retry);
    this.#target.close();
    return this.#giveUp();
  }

  #giveUp(): number {
    let lost = 0;
    for (const { bytes, lines, at } of this.#chunks.splice(0)) {
      const left = linesIn(bytes, at);
      this.written += lines - left;
      lost += left;
    }
    this.held = 0;
    return lost;
  }

  #pump(): void {
    const [chunk] = this.#chunks;
    if (this.#isWriting || !chunk) return;
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#isWriting = true;
    this.#target.write(chunk.bytes, chunk.at, (error, upTo) => this.#wrote(chunk, error, upTo));
  }

  #wrote(chunk: Chunk, error: Error | undefined, upTo: number): void {
    this.#isWriting = false;
    if (chunk === this.#chunks[0]) this.#advance(chunk, upTo);
    this.fault = error;
    if (error) this.#onFault(error);
    const isWhole = this.#chunks[0]?.at === 0 || this.isIdle;
    const hasChanged = this.#next !== undefined && (isWhole || error !== undefined);
    if (hasChanged) this.#changeTarget();
    if (!error || hasChanged) this.#pump();
    else if (!this.#isClosed) this.#retry = setTimeout(() => this.#pump(), RETRY_MS).unref();
    for (const heard of this.#heard) heard();
  }

  #advance(chunk: Chunk, upTo: number): void {
    this.held -= upTo - chunk.at;
    chunk.at = upTo;
    if (upTo < chunk.bytes.length) return;
    this.written += chunk.lines;
    this.#chunks.shift();
    this.#spare = chunk.bytes.buffer;
  }

  /** What of a line the old target has already is written to the new one again. */
  #changeTarget(): void {
    const next = this.#next;
    if (!next) return;
    this.#target.close();
    this.#target = next;
    this.#next = undefined;
    const [chunk] = this.#chunks;
    if (!chunk || chunk.at === 0) return;
    const lineStart = chunk.bytes.lastIndexOf(LINE_FEED, chunk.at - 1) + 1;
    this.held += chunk.at - lineStart;
    chunk.at = lineStart;
  }

  /** Resolves when a write has made the condition true, or patience is over. */
  #until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(limit);
        this.#heard = this.#heard.filter((heard) => heard !== look);
        resolve();
      };
      const look = (): void => {
        if (holds()) end();
      };
      const limit = setTimeout(end, PATIENCE_MS);
      this.#heard.push(look);
      look();
    });
  }
}
