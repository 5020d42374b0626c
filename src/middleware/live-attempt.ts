import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Millis } from '../core/types.ts';
import type { Attempt, AttemptEvents } from './outgoing.ts';

/** Interim answers that are heard of one attempt. A server could send them without end. */
const MOST_INTERIM = 32;

const isEncrypted = (socket: Socket): boolean => 'encrypted' in socket;

/**
 * One attempt from the moment its request is made. It fails if it has no connection in time; waiting for one of the
 * server's connections to become free counts too. Once it has failed or was aborted, nothing more is heard of it;
 * once it is answered, the answer itself tells how that goes on.
 */
export class LiveAttempt implements Attempt {
  readonly #target: string;
  readonly #connectMs: Millis;
  readonly #events: AttemptEvents;
  #request: ClientRequest | undefined = undefined;
  #leaveQueue: () => void = () => undefined;
  #timer: NodeJS.Timeout | undefined = undefined;
  #interim = 0;
  /** Nothing more is heard. */
  #over = false;
  #answered = false;
  connected = false;

  constructor(target: string, connectMs: Millis, events: AttemptEvents) {
    this.#target = target;
    this.#connectMs = connectMs;
    this.#events = events;
  }

  get reused(): boolean {
    return this.#request?.reusedSocket === true;
  }

  /** Takes the request before it has a connection. */
  readonly take = (request: ClientRequest, leaveQueue: () => void): void => {
    this.#request = request;
    this.#leaveQueue = leaveQueue;
    // http-proxy would fold slashes that follow one another; the server gets the path as the client sent it.
    request.path = this.#target;
    request.once('socket', (socket) => this.#follow(socket));
    // Node says no more than this where a connection ends in a way that it has no word for.
    request.once('close', () => this.fail(new Error('closed')));
    request.on('information', ({ statusCode, rawHeaders }) => {
      this.#interim += 1;
      if (!this.#over && this.#interim <= MOST_INTERIM) this.#events.informed(statusCode, rawHeaders);
    });
    this.#timer = setTimeout(() => this.#giveUpConnecting(), this.#connectMs);
  };

  readonly fail = (error: Error): void => {
    clearTimeout(this.#timer);
    if (this.#over || this.#answered) return;
    this.#over = true;
    this.#events.failed(error);
  };

  readonly answered = (answer: IncomingMessage): void => {
    this.#answered = true;
    if (this.#over) answer.on('error', () => undefined).destroy();
    else this.#events.answered(answer);
  };

  abort(): void {
    this.#over = true;
    clearTimeout(this.#timer);
    this.#leaveQueue();
    this.#request?.destroy();
  }

  release(): void {
    if (this.#request?.writableFinished === false) this.abort();
  }

  /** A request without a connection says nothing when it is destroyed, so the failure is told here. */
  #giveUpConnecting(): void {
    this.#leaveQueue();
    this.#request?.destroy();
    this.fail(Object.assign(new Error('no connection in time'), { code: 'FOREHAND_CONNECT_TIMEOUT' }));
  }

  #follow(socket: Socket): void {
    if (socket.connecting)
      socket.once(isEncrypted(socket) ? 'secureConnect' : 'connect', () => this.#connect());
    else this.#connect();
  }

  #connect(): void {
    clearTimeout(this.#timer);
    if (this.#over) return;
    this.connected = true;
    this.#events.connected();
    // The head waits for the first piece of the body, to go out with it; but not for long.
    setImmediate(() => {
      if (!this.#over && this.#request?.headersSent === false) this.#request.flushHeaders();
    });
  }
}
