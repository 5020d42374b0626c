import {
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  performServerHandshake,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Socket } from 'node:net';
import type { Millis } from '../../core/types.ts';
import type { ConnectionEnds } from '../../transport/tls-proxy-header.ts';
import type { Engine } from '../engine.ts';
import type { Client } from '../engine-context.ts';
import type { Deadlined, Sweep } from '../sweep.ts';
import type { RawFields } from './field-rules.ts';
import { NoiseBudget } from './noise-budget.ts';
import type { ResetBudget } from './reset-budget.ts';
import { SESSION_WINDOW, sessionOptions } from './session-options.ts';
import { StreamConnection, type StreamEnd, type StreamHost } from './stream-connection.ts';
import { translateRequest } from './translate-request.ts';

/** How often a session looks at itself. */
const LOOK_EVERY_MS = 300;
/** How long a client may take to end its side when ours has ended. */
const LINGER_MS = 1000;
/** Of what we send, the part that comes back as WINDOW_UPDATE frames at most: two of 13 bytes for a kilobyte. */
const UPDATES_PART = 1 / 32;

/** What sessions of a front have in common. */
export interface SessionCommons {
  readonly engine: Engine;
  /** How long a client that has requests under way may be silent before it is asked for a sign of life. */
  readonly silence: Millis;
  /** Name of the listener that accepted it. */
  readonly listener: string;
}

/** One connection of a client that speaks HTTP/2: hands each of its streams to the engine, and bounds what it may cost. */
export class ClientSession implements Client, Deadlined, StreamHost {
  readonly isEncrypted: boolean;
  readonly listener: string;
  readonly carries = 'http2';
  readonly ends: ConnectionEnds;
  deadline: Millis;
  readonly #engine: Engine;
  readonly #silence: Millis;
  readonly #socket: Socket;
  readonly #session: ServerHttp2Session;
  readonly #resets: ResetBudget;
  readonly #noise: NoiseBudget;
  readonly #streams = new Set<StreamConnection>();
  #idleUntil: Millis;
  #isRetired = false;
  #heardAt: Millis;
  #isAsked = false;
  /** Bytes that had a purpose since the last look, and what the socket had counted then. */
  #purposeful = 0;
  #bytesRead = 0;
  #bytesWritten = 0;

  /** Takes over the socket: what it has received stands in it to be read. Throws if it is closed already. */
  constructor(
    socket: Socket,
    ends: ConnectionEnds,
    resets: ResetBudget,
    { engine, silence, listener }: SessionCommons,
  ) {
    const { sweep, settings } = engine;
    this.#engine = engine;
    this.#silence = silence;
    this.listener = listener;
    this.#socket = socket;
    this.#resets = resets;
    this.ends = ends;
    this.#noise = new NoiseBudget(sweep.now);
    this.#idleUntil = sweep.now + settings.timeouts.requestHeaders;
    this.#heardAt = sweep.now;
    this.deadline = sweep.now + LOOK_EVERY_MS;
    // A client that sends no more is gone: it could not even take what it is sent, by its windows.
    socket.allowHalfOpen = false;
    this.#session = performServerHandshake(socket, sessionOptions(settings.head));
    this.isEncrypted = this.#session.encrypted === true;
    this.#session
      .on('stream', this.#onStream)
      .on('error', () => {})
      .once('close', () => this.#forget())
      .setLocalWindowSize(SESSION_WINDOW);
    engine.clients.add(this);
    sweep.add(this);
  }

  get sweep(): Sweep {
    return this.#engine.sweep;
  }

  get patience(): Millis {
    return this.#engine.settings.timeouts.responseIdle;
  }

  get isIdle(): boolean {
    return this.#streams.size === 0;
  }

  /** GOAWAY: requests that are under way are answered, and no other is taken. */
  retire(): void {
    if (this.#isRetired) return;
    this.#isRetired = true;
    this.#linger();
    this.#session.close();
  }

  close(): void {
    for (const stream of this.#streams) stream.breakOff();
    this.#session.destroy();
    this.#socket.destroy();
  }

  overdue(): void {
    const { now } = this.sweep;
    this.deadline = now + LOOK_EVERY_MS;
    if (!this.#isQuiet(now)) this.#throwOut();
    else if (!this.#isAlive(now)) this.#socket.destroy();
    else if (this.isIdle && now >= this.#idleUntil) this.#part();
  }

  received(bytes: number): void {
    this.#purposeful += bytes;
  }

  ended(stream: StreamConnection, how: StreamEnd): void {
    this.#streams.delete(stream);
    if (how === 'answered') this.#resets.give();
    else if (how === 'reset') this.#charge();
    if (!this.isIdle) return;
    if (this.#isRetired) this.#linger();
    else if (this.#engine.isDraining) this.retire();
    else this.#idleUntil = this.sweep.now + this.#engine.settings.timeouts.clientIdle;
  }

  onFault(fault: unknown): void {
    this.#engine.parts.onFault(fault);
  }

  readonly #onStream = (
    stream: ServerHttp2Stream,
    _record: IncomingHttpHeaders,
    flags: number,
    fields: RawFields,
  ): void => {
    stream.on('error', () => {});
    this.#purposeful += this.#engine.settings.head.bytes;
    // Reset by the bytes that began it, or behind the end of the session: no server hears of it.
    if (stream.closed || stream.destroyed) {
      this.#charge();
      return;
    }
    try {
      this.#begin(stream, fields, (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0);
    } catch (thrown) {
      this.onFault(thrown);
      stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    }
  };

  #begin(stream: ServerHttp2Stream, fields: RawFields, isWhole: boolean): void {
    const head = translateRequest(fields, isWhole);
    if (head.kind === 'malformed') {
      this.#charge();
      stream.close(constants.NGHTTP2_PROTOCOL_ERROR);
    } else if (head.kind === 'unserved') {
      this.#engine.refused(head.status);
      const answer: OutgoingHttpHeaders = { ':status': head.status, allow: head.allow };
      stream.respond(answer, { endStream: true });
    } else {
      const connection = new StreamConnection(stream, this, head);
      this.#streams.add(connection);
      this.#engine.accept(connection);
      connection.begin();
    }
  }

  #charge(): void {
    if (!this.#resets.take(this.sweep.now)) this.#throwOut();
  }

  #throwOut(): void {
    if (this.#session.destroyed) return;
    this.#isRetired = true;
    this.#linger();
    for (const stream of this.#streams) stream.breakOff();
    this.#session.destroy(new Error('the client is too noisy'), constants.NGHTTP2_ENHANCE_YOUR_CALM);
  }

  /** First we end our side, then both. */
  #part(): void {
    if (this.#isRetired) this.#socket.destroy();
    else this.retire();
  }

  /**
   * Node does not tell when it has ended a session over a fault of the client's: it reads nothing more then, and all
   * that is under way would stay so. A client that is only waiting answers a PING.
   */
  #isAlive(now: Millis): boolean {
    const silence = now - this.#heardAt;
    if (this.isIdle || silence < this.#silence) return true;
    if (!this.#isAsked && !this.#session.destroyed) this.#session.ping(() => {});
    this.#isAsked = true;
    return silence < this.#silence + this.patience;
  }

  #isQuiet(now: Millis): boolean {
    const { bytesRead, bytesWritten } = this.#socket;
    const read = bytesRead - this.#bytesRead;
    if (read > 0 || this.isIdle) {
      this.#heardAt = now;
      this.#isAsked = false;
    }
    const updates = (bytesWritten - this.#bytesWritten) * UPDATES_PART;
    const purposeful = this.#purposeful + updates;
    this.#purposeful = 0;
    this.#bytesRead = bytesRead;
    this.#bytesWritten = bytesWritten;
    return this.#noise.spend(read, purposeful, now);
  }

  #linger(): void {
    this.#idleUntil = this.sweep.now + LINGER_MS;
  }

  #forget(): void {
    this.#engine.clients.delete(this);
    this.sweep.delete(this);
  }
}
