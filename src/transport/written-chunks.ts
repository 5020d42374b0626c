/** Chunks that a stream has been asked to write, while they are taken piece by piece. */
export class WrittenChunks {
  readonly #chunks: readonly Uint8Array[];
  readonly #done: (error?: Error) => void;
  /** The chunk that is being taken, and the offset in it. */
  #index = 0;
  #offset = 0;

  /** @param done to be called once they are taken, or are not going to be. */
  constructor(chunks: readonly Uint8Array[], done: (error?: Error) => void) {
    this.#chunks = chunks;
    this.#done = done;
  }

  get isTaken(): boolean {
    return this.#index >= this.#chunks.length;
  }

  /** Copies as much as there is, or as there is room for, to `out[from...]`. The offset behind it. */
  take(out: Uint8Array, from: number): number {
    let at = from;
    while (at < out.length) {
      const chunk = this.#chunks[this.#index];
      if (!chunk) break;
      const piece = chunk.subarray(this.#offset, this.#offset + out.length - at);
      out.set(piece, at);
      at += piece.length;
      this.#offset += piece.length;
      if (this.#offset < chunk.length) continue;
      this.#index += 1;
      this.#offset = 0;
    }
    return at;
  }

  done(error?: Error): void {
    this.#done(error);
  }
}
