import { constants, type Stats } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import type { Millis } from '../../src/core/types.ts';
import { within } from '../within.ts';
import { MAX_PAGE_BYTES, type Place, READ_TIMEOUT } from './place.ts';

/** A file may change again within the same tick of its clock, 10 ms on the slowest kernels: then it looks unchanged. */
const SETTLED: Millis = 100;

/** A file that the application writes. Renaming a finished file over it is the way to change it. */
export class FilePlace implements Place {
  readonly name: string;
  #bytes = Buffer.alloc(4096);
  #last: { readonly stamp: string; readonly text: string } | undefined;
  #isReading = false;

  /** `path`: absolute, or from the working directory. */
  constructor(path: string) {
    this.name = path;
  }

  read(): Promise<string> {
    const late = `not read within ${READ_TIMEOUT} ms`;
    // A file system that hangs holds one thread, not one more at every reading.
    if (this.#isReading) return Promise.reject(new Error(late));
    this.#isReading = true;
    const text = this.#readAnew().finally(() => {
      this.#isReading = false;
    });
    return within(READ_TIMEOUT, text, late);
  }

  close(): void {}

  /** Opens only what has changed: a look costs a fifth of that. */
  async #readAnew(): Promise<string> {
    const about = await stat(this.name);
    if (!about.isFile()) throw new Error('not a file');
    const stamp = `${about.mtimeMs} ${about.ino} ${about.size}`;
    if (this.#last?.stamp === stamp) return this.#last.text;
    const text = await this.#textNow();
    this.#last = this.#isSettled(about) ? { stamp, text } : undefined;
    return text;
  }

  #isSettled({ mtimeMs }: Stats): boolean {
    return Date.now() - mtimeMs > SETTLED;
  }

  async #textNow(): Promise<string> {
    // Without O_NONBLOCK the open of a pipe that nobody writes to would never end.
    const file = await open(this.name, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      return await this.#textOf(file);
    } finally {
      await file.close();
    }
  }

  /** Up to the end of the file, whatever its size was said to be: a file below /proc says that it has none. */
  async #textOf(file: FileHandle): Promise<string> {
    for (let filled = 0; ; ) {
      const { bytesRead } = await file.read(this.#bytes, filled, this.#bytes.length - filled);
      if (bytesRead === 0) return this.#bytes.toString('utf8', 0, filled);
      filled += bytesRead;
      if (filled > MAX_PAGE_BYTES) throw new Error(`more than ${MAX_PAGE_BYTES} bytes`);
      if (filled === this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes], filled * 2);
    }
  }
}
