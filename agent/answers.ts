import type { EventEmitter } from 'node:events';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { LOAD_FIELD } from '../src/core/load-probe.ts';
import type { Ending, EndRequest, Requests } from './requests.ts';

/** What an application does next. */
type Next = (error?: unknown) => void;

/** What counts requests in an application and says its load with every answer, for Express and its like. */
export type LoadMiddleware = (request: IncomingMessage, response: ServerResponse, next: Next) => void;

/** What comes with an event of a server; the first two are there with `request`. */
type Emitted = [IncomingMessage, ServerResponse, ...unknown[]];

export interface AnswersParts {
  readonly requests: Requests;
  /** The value of `endpoint-load-metrics` as of now; empty if nothing is known. */
  readonly load: () => string;
  /** Whether answers of the application say it too. */
  readonly saysLoad: boolean;
  /** The path that is answered with the load alone; undefined: none is. */
  readonly probePath: string | undefined;
}

/** Requests that have not ended, by their answers. */
type UnderWay = Map<ServerResponse, EndRequest>;

const endingOf = ({ writableEnded, writableFinished, statusCode }: ServerResponse): Ending => {
  // What HTTP/2 has cut off says that it is finished, also where nobody has ended it.
  if (!writableEnded || !writableFinished) return 'cut';
  return statusCode >= 500 ? 'failed' : 'answered';
};

/** Proxies ask often, so the answer is as short as it can be. */
export const answerProbe = (response: ServerResponse, load: string): void => {
  response.sendDate = false;
  response.writeHead(204, { [LOAD_FIELD]: load, 'cache-control': 'no-store' }).end();
};

/** Counts what an HTTP server serves, lets each answer say its load, and answers probes in the application's place. */
export class Answers {
  readonly #parts: AnswersParts;
  /** By connection: of answers that wait for their turn on one, Node does not tell that it is gone. */
  readonly #onSocket = new WeakMap<EventEmitter, UnderWay>();
  /** Those of HTTP/2, which end one by one. */
  readonly #onStreams: UnderWay = new Map();

  constructor(parts: AnswersParts) {
    this.#parts = parts;
  }

  /** Takes what a server is asked, before its application does, until the answer is called. */
  watch(server: EventEmitter): () => void {
    const emit = server.emit;
    let isWatching = true;
    // Not a listener: those of the application would hear of a probe all the same, and answer it again.
    const watched = (event: string | symbol, ...given: Emitted): boolean => {
      if (event === 'request' && isWatching && this.take(given[0], given[1])) return true;
      return emit.call(server, event, ...given);
    };
    server.emit = watched;
    this.#parts.requests.counted = true;
    return () => {
      isWatching = false;
      if (server.emit === watched) server.emit = emit;
    };
  }

  readonly middleware: LoadMiddleware = (request, response, next) => {
    if (!this.take(request, response)) next();
  };

  /** The same around what listens to the requests of a server. */
  listener(listener: RequestListener): RequestListener {
    return (request, response) => {
      if (!this.take(request, response)) listener(request, response);
    };
  }

  /** A request is here. True: it was a probe, which has been answered. */
  take(request: IncomingMessage, response: ServerResponse): boolean {
    const { requests, load, saysLoad, probePath } = this.#parts;
    if (probePath !== undefined && request.url === probePath && request.method === 'GET') {
      answerProbe(response, load());
      return true;
    }
    const underWay = request.httpVersionMajor === 1 ? this.#on(request.socket) : this.#onStreams;
    // An application may have both a watched server and the middleware.
    if (underWay.has(response) || response.destroyed) return false;
    const end = requests.begin();
    underWay.set(response, end);
    response.on('close', () => {
      underWay.delete(response);
      end(endingOf(response));
    });
    if (saysLoad) this.#sayLoad(response);
    return false;
  }

  #on(socket: EventEmitter): UnderWay {
    const known = this.#onSocket.get(socket);
    if (known) return known;
    const underWay: UnderWay = new Map();
    this.#onSocket.set(socket, underWay);
    socket.once('close', () => {
      for (const end of underWay.values()) end('cut');
      underWay.clear();
    });
    return underWay;
  }

  /** Numbers are to be those of the moment in which the head goes out, however that comes about. */
  #sayLoad(response: ServerResponse): void {
    const { load } = this.#parts;
    const writeHead = response.writeHead;
    response.writeHead = (...given: readonly unknown[]): ServerResponse => {
      if (!response.headersSent && !response.hasHeader(LOAD_FIELD)) {
        const text = load();
        if (text !== '') response.setHeader(LOAD_FIELD, text);
      }
      return Reflect.apply(writeHead, response, given);
    };
  }
}
