import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Attempt, AttemptEvents } from './outgoing.ts';

const isEncrypted = (socket: Socket): boolean => 'encrypted' in socket;

/**
 * One attempt from the moment its request is made. It fails if it has no connection in time; waiting for one of the
 * server's connections to become free counts too. Once it has failed or was aborted, nothing more is heard of it.
 */
export class LiveAttempt implements Attempt {
  readonly #target: string;
  readonly #connectMs: number;
  readonly #onConnected: () => void;
  readonly #events: AttemptEvents;
  #request: ClientRequest | undefined = undefined;
  #timer: NodeJS.Timeout | undefined = undefined;
  #over = false;
  connected = false;

  constructor(target: string, connectMs: number, onConnected: () => void, events: AttemptEvents) {
    this.#target = target;
    this.#connectMs = connectMs;
    this.#onConnected = onConnected;
    this.#events = events;
  }

  /** Takes the request before it has a connection. */
  readonly take = (request: ClientRequest): void => {
    this.#request = request;
    // http-proxy would fold slashes that follow one another; the server gets the path as the client sent it.
    request.path = this.#target;
    request.once('socket', (socket) => this.#follow(socket));
    request.once('close', () => clearTimeout(this.#timer));
    request.on('information', ({ statusCode, headers }) => {
      if (!this.#over) this.#events.informed(statusCode, headers['link'] as string | undefined);
    });
    this.#timer = setTimeout(() => {
      request.destroy(
        Object.assign(new Error('no connection in time'), { code: 'FOREHAND_CONNECT_TIMEOUT' }),
      );
    }, this.#connectMs);
  };

  readonly fail = (error: Error): void => {
    if (this.#over) return;
    this.#over = true;
    this.#events.failed(error);
  };

  readonly answered = (answer: IncomingMessage): void => {
    if (this.#over) answer.on('error', () => undefined).destroy();
    else this.#events.answered(answer);
  };

  abort(): void {
    this.#over = true;
    clearTimeout(this.#timer);
    this.#request?.destroy();
  }

  #follow(socket: Socket): void {
    if (socket.connecting)
      socket.once(isEncrypted(socket) ? 'secureConnect' : 'connect', () => this.#connect());
    else this.#connect();
  }

  #connect(): void {
    clearTimeout(this.#timer);
    this.connected = true;
    if (!this.#over) this.#onConnected();
  }
}
