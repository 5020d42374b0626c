import {
  createServer,
  type IncomingMessage,
  type Server as NodeServer,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import type { Duplex } from 'node:stream';
import type { Server } from '../core/types.ts';
import type { Connection, ConnectionOwner } from '../transport/connection.ts';
import { connectLocal } from '../transport/local-connection.ts';
import { answerFiles } from './answer-files.ts';
import { answerHandler } from './answer-handler.ts';
import { type LocalFacts, localFacts } from './local-field.ts';
import type { HandlerParts, LocalSource } from './local-source.ts';

/** Name of the pool that servers inside this process seem to be in. No configuration can have one of that name. */
const POOL = '(local)';
/** Nobody connects there. An address, so that no name is looked up. */
const NOWHERE = new URL('http://127.0.0.1:0');

const serverNamed = (id: string): Server =>
  Object.freeze({
    id,
    pool: POOL,
    url: NOWHERE,
    tags: new Set<string>(),
    isSelf: false,
    slot: 0,
    stats: undefined,
    heardAt: Number.NEGATIVE_INFINITY,
    inFlight: 0,
    inFlightAtReport: 0,
    isCountFresh: false,
    arriba: undefined,
    weight: 1,
    latency: Number.NaN,
    failures: 0,
    forwarded: 0,
    columns: [],
  });

/** Servers inside this process, reached through memory: files of a folder, and users' handlers. */
export class LocalServers {
  readonly #sources = new WeakMap<Server, LocalSource>();
  /** Which server a connection was made to. */
  readonly #ends = new WeakMap<object, Server>();
  readonly #parts: HandlerParts;
  readonly #node: NodeServer;

  constructor(parts: HandlerParts) {
    this.#parts = parts;
    // Times and sizes are limited by the engine, which is the only client.
    this.#node = createServer({ keepAliveTimeout: 0, maxHeaderSize: 2 ** 21, requireHostHeader: false });
    this.#node.timeout = 0;
    this.#node.headersTimeout = 0;
    this.#node.requestTimeout = 0;
    this.#node.maxHeadersCount = 0;
    this.#node.on('request', (req, res) => {
      const server = this.#ends.get(req.socket);
      const source = server && this.#sources.get(server);
      if (source) this.#answer(server, source, req, res, localFacts(req));
      else res.destroy();
    });
  }

  /** A server that answers with this. @param name for logs and metrics: that of its route. */
  server(name: string, source: LocalSource): Server {
    const server = serverNamed(name);
    this.#sources.set(server, source);
    return server;
  }

  /** It is one of these: nothing of it is counted on the board. */
  has(server: Server): boolean {
    return server.pool === POOL && this.#sources.has(server);
  }

  /** Connects to one of these; undefined for any other server. */
  connect(server: Server, owner: ConnectionOwner): Connection | undefined {
    return this.has(server) ? connectLocal(owner, (stream) => this.#accept(stream, server)) : undefined;
  }

  /**
   * What answers a request of an application's own server; undefined for any other server. `request`: its view, which
   * is believed in place of what the client says.
   */
  listener(
    server: Server,
    request: Pick<LocalFacts, 'clientIp' | 'scheme' | 'path'>,
  ): RequestListener | undefined {
    const source = this.#sources.get(server);
    if (!source) return undefined;
    const { clientIp, scheme, path } = request;
    return (req, res) =>
      this.#answer(server, source, req, res, { clientIp, scheme, path, host: req.headers.host ?? '' });
  }

  #answer(
    server: Server,
    source: LocalSource,
    req: IncomingMessage,
    res: ServerResponse,
    facts: LocalFacts,
  ): void {
    res.on('error', () => undefined);
    if (source.kind === 'files') void answerFiles({ source, req, res, facts });
    else
      void answerHandler({ handler: source.handler, route: server.id, parts: this.#parts, req, res, facts });
  }

  #accept(stream: Duplex, server: Server): void {
    this.#ends.set(stream, server);
    stream.on('error', () => undefined);
    this.#node.emit('connection', stream);
  }
}
