import { constants } from 'node:fs';
import { type FileHandle, open, rename } from 'node:fs/promises';
import type { TraceSink } from './event-chunks.ts';
import { FRAME_HEAD, type FrameKind, frameHead, MAGIC } from './frames.ts';

export interface TraceFileOptions {
  readonly file: string;
  /** Bytes; a file is left a little behind this. */
  readonly maxSize: number;
  /** How many files there may be: `file`, and before it `file.1`, `file.2` and so on. */
  readonly files: number;
}

const FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC;
/** What was requested is nobody else's business. */
const MODE = 0o600;
/** Bytes of a file that a fault has ended. */
const WORTH_KEEPING = 1024 * 1024;
/** How long the end waits for what is left. */
const PATIENCE_MS = 2000;

interface Piece {
  readonly kind: FrameKind | 'turn';
  readonly content: Buffer;
  readonly done: (ok: boolean) => void;
}

/**
 * Writes a trace, one write at a time, beside what else the process does. A new file is begun at the start and when one
 * is full; those before it get higher numbers, and the last one goes. What cannot be written is lost, and the next piece
 * is tried in a new file.
 */
export class TraceFile implements TraceSink {
  /** Why the last write failed; undefined once one has gone well. */
  fault: Error | undefined = undefined;
  readonly #options: TraceFileOptions;
  readonly #onFault: (error: Error) => void;
  readonly #queue: Piece[] = [];
  #after: Promise<unknown> | undefined;
  #handle: FileHandle | undefined = undefined;
  /** Bytes that the present file has or will have. */
  #size = MAGIC.length;
  #at = 0;
  #work: Promise<void> | undefined = undefined;

  /** `after`: nothing is opened or renamed before this resolves, such as the end of another that has the same file. */
  constructor(options: TraceFileOptions, onFault: (error: Error) => void, after?: Promise<unknown>) {
    this.#options = options;
    this.#after = after;
    this.#onFault = onFault;
  }

  get isFull(): boolean {
    return this.#size >= this.#options.maxSize;
  }

  write(kind: FrameKind, content: Buffer, done: (ok: boolean) => void): void {
    this.#size += FRAME_HEAD + content.length;
    this.#add({ kind, content, done });
  }

  turn(): void {
    this.#size = MAGIC.length;
    this.#add({ kind: 'turn', content: Buffer.alloc(0), done: () => undefined });
  }

  /** Writes what is left, for two seconds at most, and closes the file. Never rejects. */
  async close(): Promise<void> {
    let limit: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      limit = setTimeout(resolve, PATIENCE_MS);
    });
    // A disk that takes nothing more holds the end of the file up as well.
    const end = (this.#work ?? Promise.resolve()).then(() => this.#leave());
    await Promise.race([end.catch((thrown: unknown) => this.#fail(thrown)), late]);
    clearTimeout(limit);
    for (const { done } of this.#queue.splice(0)) done(false);
  }

  #add(piece: Piece): void {
    this.#queue.push(piece);
    this.#work ??= this.#run().finally(() => {
      this.#work = undefined;
    });
  }

  async #run(): Promise<void> {
    await this.#after;
    this.#after = undefined;
    // What comes during a write is taken after it, so nothing is left when this ends.
    for (let piece = this.#queue.shift(); piece; piece = this.#queue.shift()) {
      const ok = await this.#write(piece);
      piece.done(ok);
    }
  }

  async #write({ kind, content }: Piece): Promise<boolean> {
    try {
      if (kind === 'turn') {
        await this.#leave();
        return true;
      }
      // A file without a checkpoint at its head says nothing.
      if (!this.#handle && kind !== 'checkpoint') return false;
      this.#handle ??= await this.#enter();
      await this.#put(this.#handle, frameHead(kind, content), content);
      this.fault = undefined;
      return true;
    } catch (thrown) {
      await this.#fail(thrown);
      return false;
    }
  }

  async #put(handle: FileHandle, ...pieces: Buffer[]): Promise<void> {
    for (let left = pieces; left.length > 0; ) {
      const { bytesWritten } = await handle.writev(left, this.#at);
      this.#at += bytesWritten;
      left = without(left, bytesWritten);
    }
  }

  async #enter(): Promise<FileHandle> {
    const { file, files } = this.#options;
    // What holds next to nothing, because a disk is full, does not push out what says more.
    for (let i = this.fault && this.#at < WORTH_KEEPING ? 0 : files - 1; i >= 1; i--)
      await rename(i === 1 ? file : `${file}.${i - 1}`, `${file}.${i}`).catch(ifMissing);
    const handle = await open(file, FLAGS, MODE);
    await handle.chmod(MODE);
    this.#at = 0;
    await this.#put(handle, MAGIC);
    return handle;
  }

  async #leave(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  async #fail(thrown: unknown): Promise<void> {
    this.fault = thrown instanceof Error ? thrown : new Error(String(thrown));
    this.#onFault(this.fault);
    this.#size = MAGIC.length;
    await this.#leave().catch(() => undefined);
  }
}

const ifMissing = (thrown: NodeJS.ErrnoException): void => {
  if (thrown.code !== 'ENOENT') throw thrown;
};

/** What is left of these when so many bytes are taken from their beginning. */
const without = (pieces: readonly Buffer[], taken: number): Buffer[] => {
  const left: Buffer[] = [];
  let skip = taken;
  for (const piece of pieces) {
    if (skip < piece.length) left.push(piece.subarray(skip));
    skip = Math.max(0, skip - piece.length);
  }
  return left;
};
