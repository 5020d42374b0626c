import { Duplex } from 'node:stream';
import { type Connection, type ConnectionOwner, HEADROOM } from './connection.ts';
import { RECEIVE_BYTES } from './receive-bytes.ts';
import { WrittenChunks } from './written-chunks.ts';

/** Bytes that may wait for the other end to read, beside what its stream takes. */
const AHEAD_BYTES = 64 * 1024;

const errorOf = (code: string): Error => Object.assign(new Error(code), { code });

/** Settings of sockets that servers and applications touch; between two ends in one process they mean nothing. */
const socketWords = <T>(stream: T): object => {
  const same = (): T => stream;
  return { setTimeout: same, setNoDelay: same, setKeepAlive: same, ref: same, unref: same };
};

/** The end of a connection within this process that behaves like one that was opened to a server. */
class LocalConnection implements Connection {
  owner: ConnectionOwner;
  isClosed = false;
  readonly isEncrypted = false;
  remoteAddress = '';
  remotePort = 0;
  localAddress = '';
  localPort = 0;
  readonly #stream: Duplex;
  /** HEADROOM and one piece: what the owner was given stays until it is given more. */
  #received: Buffer | undefined = undefined;
  #wantsData = true;
  #isConnected = false;
  /** What the other end has written and the owner has not read. */
  #written: WrittenChunks | undefined = undefined;
  /** The other end sends no more: called once the owner knows. */
  #streamEnds: (() => void) | undefined = undefined;
  /** The owner has been told so. */
  #hasEnded = false;
  #sent: Buffer[] = [];
  #sentBytes = 0;
  #isFull = false;
  #streamWants = false;
  #isEnding = false;
  #isScheduled = false;

  constructor(owner: ConnectionOwner, accept: (stream: Duplex) => void) {
    this.owner = owner;
    this.#stream = new Duplex({
      read: () => this.#onRead(),
      write: (chunk: Uint8Array, _encoding, done) => this.#onWrite([chunk], done),
      writev: (all, done) =>
        this.#onWrite(
          all.map(({ chunk }) => chunk),
          done,
        ),
      final: (done) => this.#onFinal(done),
      destroy: (error, done) => this.#onDestroyed(error, done),
    });
    // Whoever takes the stream hears of it, too; nobody has to.
    this.#stream.on('error', () => undefined);
    Object.assign(this.#stream, socketWords(this.#stream));
    setImmediate(() => this.#begin(accept));
  }

  write(bytes: Uint8Array): boolean {
    if (this.isClosed) return false;
    this.#sent.push(Buffer.from(bytes));
    this.#sentBytes += bytes.length;
    this.#schedule();
    this.#isFull = this.#sentBytes >= AHEAD_BYTES || this.#stream.destroyed;
    return !this.#isFull;
  }

  readStop(): void {
    this.#wantsData = false;
  }

  readStart(): void {
    this.#wantsData = true;
    this.#schedule();
  }

  end(): void {
    this.#isEnding = true;
    this.#schedule();
  }

  close(): void {
    this.#leave(undefined);
  }

  reset(): void {
    this.#leave(errorOf('ECONNRESET'));
  }

  /** A turn of the loop after everything that calls for it, so that no event comes while a call is under way. */
  #schedule(): void {
    if (this.#isScheduled || this.isClosed) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      if (this.#isConnected) this.#move();
    });
  }

  #begin(accept: (stream: Duplex) => void): void {
    if (this.isClosed) return;
    try {
      accept(this.#stream);
    } catch (thrown) {
      this.#stream.destroy(thrown instanceof Error ? thrown : undefined);
      this.#fail('ECONNREFUSED');
      return;
    }
    this.#isConnected = true;
    this.owner.onConnected();
    this.#schedule();
  }

  /** One step in each direction. */
  #move(): void {
    if (this.isClosed) return;
    this.#moveOut();
    if (!this.isClosed) this.#moveIn();
    // What the other end wrote before it went is heard before that.
    if (!this.isClosed && this.#stream.destroyed && this.#written === undefined) this.#onGone();
  }

  #moveOut(): void {
    const stream = this.#stream;
    while (this.#streamWants && this.#sent.length > 0 && !stream.destroyed) {
      const piece = this.#sent.shift();
      this.#sentBytes -= piece?.length ?? 0;
      this.#push(piece);
    }
    if (this.isClosed || this.#sent.length > 0) return;
    if (this.#isEnding && !stream.destroyed) {
      this.#isEnding = false;
      this.#push(null);
    }
    if (this.#isFull && !stream.destroyed) {
      this.#isFull = false;
      this.owner.onDrained();
    }
  }

  /** Who listens runs within this call. What it throws ends the connection, and nothing else. */
  #push(piece: Buffer | null | undefined): void {
    if (piece === undefined) return;
    this.#streamWants = false;
    try {
      if (this.#stream.push(piece)) this.#streamWants = true;
    } catch (thrown) {
      this.#stream.destroy(thrown instanceof Error ? thrown : undefined);
    }
  }

  #moveIn(): void {
    if (!this.#wantsData) return;
    if (this.#written !== undefined) this.#give(this.#written);
    else if (this.#streamEnds) {
      const done = this.#streamEnds;
      this.#streamEnds = undefined;
      this.#hasEnded = true;
      this.owner.onEnd();
      done();
    }
  }

  /** One piece for the owner. The next one comes a turn later, so that others have theirs. */
  #give(written: WrittenChunks): void {
    this.#received ??= Buffer.allocUnsafeSlow(HEADROOM + RECEIVE_BYTES);
    const end = written.take(this.#received, HEADROOM);
    const { isTaken } = written;
    if (isTaken) this.#written = undefined;
    if (end > HEADROOM) this.owner.onData(this.#received, HEADROOM, end);
    if (isTaken) written.done();
    this.#schedule();
  }

  #onRead(): void {
    this.#streamWants = true;
    this.#schedule();
  }

  #onWrite(chunks: readonly Uint8Array[], done: (error?: Error) => void): void {
    const written = new WrittenChunks(chunks, done);
    if (this.isClosed) written.done(errorOf('EPIPE'));
    else this.#written = written;
    this.#schedule();
  }

  #onFinal(done: () => void): void {
    if (this.isClosed) done();
    else {
      this.#streamEnds = done;
      this.#schedule();
    }
  }

  #onDestroyed(error: Error | null, done: (error: Error | null) => void): void {
    done(error);
    this.#schedule();
  }

  /** The other end is gone, and not in a proper way unless it had ended before and nobody writes to it any more. */
  #onGone(): void {
    if (!this.#hasEnded) this.#fail('ECONNRESET');
    else if (this.#sent.length > 0) this.#fail('EPIPE');
  }

  #fail(code: string): void {
    if (this.isClosed) return;
    this.close();
    this.owner.onFailed(code);
  }

  #leave(error: Error | undefined): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#sent = [];
    this.#stream.destroy(error);
    this.#written?.done(errorOf('EPIPE'));
    this.#written = undefined;
  }
}

/**
 * A connection to something in this process, in place of one over a socket. `accept` gets the other end a turn of the
 * event loop later, such as for `httpServer.emit('connection', stream)`; what it throws is a refused connection. Bytes
 * are copied each way, at the pace of who reads: at most 64 KiB and one piece wait here for the stream, and the stream's
 * writer waits for each of its writes. Each piece takes a turn of the loop.
 */
export const connectLocal = (owner: ConnectionOwner, accept: (stream: Duplex) => void): Connection =>
  new LocalConnection(owner, accept);
