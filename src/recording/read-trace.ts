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

/** Damage in words. */
export const damageText = ({ file, at, message }: Damage): string =>
  `${file}: from byte ${at} on: ${message}; what stands before it was used`;

const unreadable = (file: string, thrown: unknown): Error =>
  new Error(`${file} cannot be read: ${messageOf(thrown)}`);

/** A trace file that is being read. */
interface OpenFile {
  readonly file: string;
  readonly handle: FileHandle;
  readonly size: number;
}

const openFile = async (file: string): Promise<OpenFile> => {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, 'r');
    return { file, handle, size: (await handle.stat()).size };
  } catch (thrown) {
    await handle?.close();
    throw unreadable(file, thrown);
  }
};

const bytesAt = async ({ file, handle }: OpenFile, at: number, length: number): Promise<Buffer> => {
  const bytes = Buffer.allocUnsafe(length);
  let read = 0;
  while (read < length) {
    const { bytesRead } = await handle
      .read(bytes, read, length - read, at + read)
      .catch((thrown) => Promise.reject(unreadable(file, thrown)));
    if (bytesRead === 0) break;
    read += bytesRead;
  }
  return bytes.subarray(0, read);
};

/** Reads trace files part by part. Damage ends a file and is told; what came before it has been given. */
export class TraceReader {
  readonly damage: Damage[] = [];
  /** Where the part that was given last begins. */
  #at = 0;

  /** The parts of one file. Rejects if the file cannot be read, or is no trace at all. */
  async *parts(file: string): AsyncGenerator<TracePart> {
    const opened = await openFile(file);
    try {
      const magic = await bytesAt(opened, 0, MAGIC.length);
      if (!magic.equals(MAGIC)) throw new Error(`${file} is not a trace of forehand, or of another version`);
      let at = MAGIC.length;
      while (at < opened.size) {
        const part = await this.#part(opened, at);
        if (!part) return;
        this.#at = at;
        at = part.next;
        yield part.part;
      }
    } finally {
      await opened.handle.close();
    }
  }

  /** What went wrong with the part that was given last, which is as it was written. */
  note(file: string, thrown: unknown): void {
    this.#broken(file, this.#at, messageOf(thrown));
  }

  async #part(
    opened: OpenFile,
    at: number,
  ): Promise<{ readonly part: TracePart; readonly next: number } | undefined> {
    const { file, size } = opened;
    const head = await bytesAt(opened, at, FRAME_HEAD);
    if (head.length < FRAME_HEAD) return this.#cut(file, at);
    const frame = readFrameHead(head);
    if (!frame) return this.#broken(file, at, 'what stands there is no part of a trace');
    const next = at + FRAME_HEAD + frame.length;
    if (next > size) return this.#cut(file, at);
    const bytes = await bytesAt(opened, at + FRAME_HEAD, frame.length);
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
