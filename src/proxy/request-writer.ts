import type { Connection } from '../transport/connection.ts';

/** Writes a request to a server, and what cannot be written yet once it can. */
export class RequestWriter {
  /** Something that was sent is not with the kernel yet. */
  isWriting = false;
  /** Content that came while an earlier piece was not with the kernel. */
  #next: Uint8Array | undefined = undefined;

  /** False: the bytes must stay as they are until `drained` is true. Bytes that have to wait are copied. */
  write(connection: Connection, bytes: Uint8Array): boolean {
    if (this.isWriting) this.#next = this.#next ? Buffer.concat([this.#next, bytes]) : Buffer.from(bytes);
    else this.isWriting = !connection.write(bytes);
    return !this.isWriting;
  }

  /** What was written is with the kernel. True if nothing waits any more. */
  drained(connection: Connection): boolean {
    const next = this.#next;
    this.#next = undefined;
    this.isWriting = next !== undefined && !connection.write(next);
    return !this.isWriting;
  }

  /** Nothing more is to be written. */
  reset(): void {
    this.#next = undefined;
  }
}
