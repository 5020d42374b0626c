import { close, closeSync, constants, fstatSync, openSync, statSync, write } from 'node:fs';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';

/** Where lines go. Takes one write at a time. */
export interface LogTarget {
  /**
   * Writes of bytes[from..] what goes at once, and says up to where it went. With an error nothing went, and the same
   * may be tried again. `done` is called once.
   */
  write(bytes: Buffer, from: number, done: (error: Error | undefined, upTo: number) => void): void;
  /** Ends once a write under way has ended; a pipe at once. */
  close(): void;
}

/** Not blocking matters for pipes alone, which would otherwise hold open() until somebody reads. */
const FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;
/** The owner writes, the group reads: lines tell who did what. */
const MODE = 0o640;
const LINE_FEED = 10;
/** So many bytes go into a pipe whole or not at all on Linux (pipe(7)), whoever else writes into it. */
const WHOLE_IN_PIPE = 4096;

/** A file, a terminal or a device. Written by libuv's threads: a slow disk holds up nothing but the log. */
class FileTarget implements LogTarget {
  readonly #fd: number;
  readonly #isOurs: boolean;
  #isWriting = false;
  #isClosing = false;

  constructor(fd: number, isOurs: boolean) {
    this.#fd = fd;
    this.#isOurs = isOurs;
  }

  write(bytes: Buffer, from: number, done: (error: Error | undefined, upTo: number) => void): void {
    this.#isWriting = true;
    write(this.#fd, bytes, from, bytes.length - from, null, (error, count) => {
      this.#isWriting = false;
      if (this.#isClosing) this.#end();
      done(error ?? undefined, error ? from : from + count);
    });
  }

  /** Never under a write: its number could be another file's by the time a thread takes it up. */
  close(): void {
    this.#isClosing = true;
    if (!this.#isWriting) this.#end();
  }

  #end(): void {
    if (this.#isOurs) close(this.#fd, () => undefined);
  }
}

const pieceEnd = (bytes: Buffer, from: number): number => {
  const end = from + WHOLE_IN_PIPE;
  if (end >= bytes.length) return bytes.length;
  const before = bytes.lastIndexOf(LINE_FEED, end - 1) + 1;
  return before > from ? before : bytes.indexOf(LINE_FEED, end) + 1;
};

/**
 * A pipe or a socket, opened when there is something to write, and again after an error. Goes through the event loop: a
 * thread that waits for a reader could not be ended, not even with the process.
 */
export class StreamTarget implements LogTarget {
  readonly #open: () => Writable;
  readonly #isOurs: boolean;
  #stream: Writable | undefined = undefined;

  constructor(open: () => Writable, isOurs: boolean) {
    this.#open = open;
    this.#isOurs = isOurs;
  }

  write(bytes: Buffer, from: number, done: (error: Error | undefined, upTo: number) => void): void {
    const upTo = pieceEnd(bytes, from);
    try {
      const stream = this.#opened();
      stream.write(bytes.subarray(from, upTo), (error) => {
        if (error) this.close();
        done(error ?? undefined, error ? from : upTo);
      });
    } catch (thrown) {
      done(thrown instanceof Error ? thrown : new Error(String(thrown)), from);
    }
  }

  close(): void {
    if (!this.#isOurs) return;
    this.#stream?.destroy();
    this.#stream = undefined;
  }

  #opened(): Writable {
    const stream = this.#stream ?? this.#open();
    if (!stream.listeners('error').includes(ignore)) stream.on('error', ignore);
    this.#stream = stream;
    return stream;
  }
}

/** The callback of each write is told the same. Never taken off: an error may come after its callback. */
const ignore = (): void => undefined;

const openPipe = (file: string): Writable => {
  const fd = openSync(file, FLAGS, MODE);
  try {
    return new Socket({ fd, readable: false, writable: true }).unref();
  } catch (thrown) {
    closeSync(fd);
    throw thrown;
  }
};

const standardOutput = (): LogTarget => {
  const kind = fstatSync(1);
  if (kind.isFIFO() || kind.isSocket()) return new StreamTarget(() => process.stdout, false);
  return new FileTarget(1, false);
};

const isPipe = (file: string): boolean => statSync(file, { throwIfNoEntry: false })?.isFIFO() ?? false;

/** Opens a file to add lines to, or `stdout`. Throws where that cannot be; a named pipe may wait for its reader. */
export const openTarget = (file: string): LogTarget => {
  if (file === 'stdout') return standardOutput();
  if (isPipe(file)) return new StreamTarget(() => openPipe(file), true);
  return new FileTarget(openSync(file, FLAGS, MODE), true);
};
