import { EventBytes } from './event-bytes.ts';
import { EVENT, HEAD_BIT, KIND_BITS } from './event-kinds.ts';
import type { FrameKind } from './frames.ts';

/** Events that are written together, and what of it is kept free so that the last of them need not be measured. */
const EVENT_BYTES = 192 * 1024;
const LAST_EVENT_BYTES = 64 * 1024;
/** Of these the last event has 136 KiB. */
const TEXT_BYTES = 200 * 1024;
const CHUNK_BYTES = EVENT_BYTES + TEXT_BYTES;
/** Chunks that may wait to be written, usually of less than 192 KiB each. What comes beyond is lost, whole, until all are written. */
const MOST_WAITING = 8;

/** Where what was recorded goes. */
export interface TraceSink {
  /** Takes the content over. `done` is called once when it is written, or lost (false). */
  write(kind: FrameKind, content: Buffer, done: (ok: boolean) => void): void;
  /** Goes on in another file. A checkpoint follows. */
  turn(): void;
  /** The file has taken as much as it may. */
  readonly isFull: boolean;
}

/**
 * Gathers events in chunks. Never waits for whoever writes them: what cannot be kept is lost, and from then on
 * everything is, until a checkpoint makes up for it.
 */
export class EventChunks {
  readonly bytes = new EventBytes(Buffer.allocUnsafeSlow(CHUNK_BYTES), TEXT_BYTES);
  /** Decisions in the chunk that is being filled. */
  decisions = 0;
  /** Decisions that no file holds. */
  lost = 0;
  readonly #sink: TraceSink;
  readonly #free: Buffer[] = [];
  #waiting = 0;
  #isOpen = false;
  #start = 0;
  /** Where the last decision begins and ends in the chunk; 0 if it does not stand in it. */
  #decisionAt = 0;
  #decisionEnd = 0;
  #pool = 0;
  #server = 0;

  constructor(sink: TraceSink) {
    this.#sink = sink;
  }

  /** Whether events are taken. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Nothing waits to be written. */
  get isIdle(): boolean {
    return this.#waiting === 0;
  }

  /** The decision that was written just now, whose chosen server is that of that pool and number. */
  noteDecision(at: number, pool: number, server: number): void {
    this.#decisionAt = at;
    this.#decisionEnd = this.bytes.at;
    this.#pool = pool;
    this.#server = server;
  }

  /** A request begins. Says whether it is that of the decision just now, to its server, at its time: that is noted there. */
  markBegun(pool: number, server: number, now: number): boolean {
    const { bytes } = this;
    const isIt = bytes.at === this.#decisionEnd && server === this.#server && pool === this.#pool;
    if (!isIt || !bytes.isNow(now)) return false;
    bytes.mark(this.#decisionAt, HEAD_BIT.extra);
    this.#decisionEnd = 0;
    return true;
  }

  /** Says whether an event may be written now. */
  start(): boolean {
    this.#start = this.bytes.at;
    return this.#isOpen;
  }

  /** The event is written. */
  end(): void {
    const { bytes } = this;
    if (bytes.isFull || bytes.texts.isFull) this.#drop();
    else if (bytes.at > EVENT_BYTES - LAST_EVENT_BYTES || bytes.texts.isAlmostFull) this.seal();
  }

  /** Hands over what there is. */
  seal(): void {
    const { bytes, decisions } = this;
    if (bytes.isEmpty) return;
    this.decisions = 0;
    this.#decisionEnd = 0;
    const chunk = bytes.bytes;
    if (this.#waiting >= MOST_WAITING) {
      bytes.use(chunk);
      this.#lose(decisions);
      return;
    }
    this.#waiting += 1;
    const content = bytes.content();
    bytes.use(this.#free.pop() ?? Buffer.allocUnsafeSlow(CHUNK_BYTES));
    this.#sink.write('events', content, (ok) => {
      this.#waiting -= 1;
      this.#free.push(chunk);
      if (!ok) this.#lose(decisions);
    });
  }

  /** Events are taken from now on: they follow from this. What is left of those before is handed over first. */
  begin(checkpoint: Buffer): void {
    this.seal();
    this.#isOpen = true;
    this.#waiting += 1;
    this.#sink.write('checkpoint', checkpoint, (ok) => {
      this.#waiting -= 1;
      if (!ok) this.#lose(0);
    });
  }

  /** The event did not fit: those before it are good, and those after it need a checkpoint. */
  #drop(): void {
    const { bytes } = this;
    bytes.at = this.#start;
    this.#decisionEnd = 0;
    if (((bytes.bytes[this.#start] ?? 0) & KIND_BITS) === EVENT.decision) {
      this.decisions -= 1;
      this.lost += 1;
    }
    if (bytes.isEmpty) bytes.use(bytes.bytes);
    else this.seal();
    this.#isOpen = false;
  }

  #lose(decisions: number): void {
    this.lost += decisions;
    this.#isOpen = false;
  }
}
