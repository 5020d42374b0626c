import { type FileHandle, open } from 'node:fs/promises';
import { messageOf } from '../core/errors.ts';
import { type Checkpoint, readCheckpoint } from './checkpoint.ts';
import { FRAME_HEAD, isWhole, MAGIC, readFrameHead } from './frames.ts';

/** A part of a trace, in its order. */
export type TracePart =
  | { readonly kind: 'checkpoint'; readonly file: string; readonly checkpoint: Checkpoint }
  | { readonly kind: 'events'; readonly file: string; readonly bytes: Buffer };

/** Where a file stops making sense. What stands before it is good. */
export interface Damage {
  readonly file: string;
  /** Bytes from the beginning. */
  readonly at: number;
  readonly message: string;
  /** The file just ends early, as one does that is written to, or whose writer was killed. */
  readonly isCut: boolean;
}

const bytesAt = async (handle: FileHandle, at: number, length: number): Promise<Buffer> => {
  const bytes = Buffer.allocUnsafe(length);
  let read = 0;
  while (read < length) {
    const { bytesRead } = await handle.read(bytes, read, length - read, at + read);
    if (bytesRead === 0) break;
    read += bytesRead;
  }
  return bytes.subarray(0, read);
};

/** Reads trace files part by part. Damage ends a file and is told; what came before it has been given. */
export class TraceReader {
  readonly damage: Damage[] = [];

  /** The parts of one file. Rejects if the file cannot be read, or is no trace at all. */
  async *parts(file: string): AsyncGenerator<TracePart> {
    const handle = await open(file, 'r');
    try {
      const { size } = await handle.stat();
      const magic = await bytesAt(handle, 0, MAGIC.length);
      if (!magic.equals(MAGIC)) throw new Error(`${file} is not a trace of forehand, or of another version`);
      let at = MAGIC.length;
      while (at < size) {
        const part = await this.#part(handle, file, at, size);
        if (!part) return;
        at = part.next;
        yield part.part;
      }
    } finally {
      await handle.close();
    }
  }

  /** What went wrong with events that were whole. */
  note(file: string, thrown: unknown): void {
    this.damage.push({ file, at: 0, message: messageOf(thrown), isCut: false });
  }

  async #part(
    handle: FileHandle,
    file: string,
    at: number,
    size: number,
  ): Promise<{ readonly part: TracePart; readonly next: number } | undefined> {
    const head = await bytesAt(handle, at, FRAME_HEAD);
    if (head.length < FRAME_HEAD) return this.#cut(file, at);
    const frame = readFrameHead(head);
    if (!frame) return this.#broken(file, at, 'what stands there is no part of a trace');
    const next = at + FRAME_HEAD + frame.length;
    if (next > size) return this.#cut(file, at);
    const bytes = await bytesAt(handle, at + FRAME_HEAD, frame.length);
    if (!isWhole(bytes, frame.sum)) return this.#broken(file, at, 'a part is not what was written');
    if (frame.kind === 'events') return { part: { kind: 'events', file, bytes }, next };
    try {
      return { part: { kind: 'checkpoint', file, checkpoint: readCheckpoint(bytes) }, next };
    } catch (thrown) {
      return this.#broken(file, at, messageOf(thrown));
    }
  }

  #cut(file: string, at: number): undefined {
    this.damage.push({ file, at, message: 'the file ends in the middle of a part', isCut: true });
  }

  #broken(file: string, at: number, message: string): undefined {
    this.damage.push({ file, at, message, isCut: false });
  }
}
