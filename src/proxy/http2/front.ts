import type { Socket } from 'node:net';
import { connectionOn } from '../../transport/connection-on.ts';
import { type ConnectionEnds, endsOf } from '../../transport/tls-proxy-header.ts';
import type { Engine } from '../engine.ts';
import { ClientSession } from './client-session.ts';
import { UndecidedClient } from './preface.ts';
import { ResetBudgets } from './reset-budget.ts';

/** How long a client that has requests under way may be silent before it is asked for a sign of life, ms. */
const SILENCE_MS = 5000;

/**
 * Serves clients that speak HTTP/2, on sockets of Node's that somebody else accepted with `allowHalfOpen`. `ends` are
 * those of a PROXY header, `listener` is the name of who accepted it.
 */
export interface Http2Front {
  /** A client that speaks HTTP/2: by TLS and ALPN, or because it said so. */
  serve(socket: Socket, ends?: ConnectionEnds, listener?: string): void;
  /** A client without TLS that speaks HTTP/1.1, or HTTP/2 if the preface of that comes first. */
  serveEither(socket: Socket, ends?: ConnectionEnds, listener?: string): void;
}

/**
 * HTTP/2 in front of an engine, by node:http2. Sessions count among the engine's clients: its limit for connections,
 * its drain and its end are theirs, too.
 */
export const createHttp2Front = (engine: Engine, silence = SILENCE_MS): Http2Front => {
  const budgets = new ResetBudgets();

  const isTooMany = (socket: Socket): boolean => {
    if (engine.clients.size < engine.settings.connections) return false;
    engine.turnedAway += 1;
    socket.on('error', () => {}).destroy();
    return true;
  };

  const serve: Http2Front['serve'] = (socket, ends = endsOf(socket), listener = '') => {
    if (isTooMany(socket)) return;
    try {
      const commons = { engine, silence, listener };
      new ClientSession(socket, ends, budgets.of(ends.remoteAddress, engine.sweep.now), commons);
    } catch {
      // Node throws at a socket that is closed already.
      socket.on('error', () => {}).destroy();
    }
  };

  const serveHttp1 = (socket: Socket, ends: ConnectionEnds, listener: string): void => {
    const connection = connectionOn(socket, { isEncrypted: false, isOpened: false });
    engine.accept(Object.assign(connection, ends, { listener }));
    if (!connection.isClosed) socket.resume();
  };

  const serveEither: Http2Front['serveEither'] = (socket, ends = endsOf(socket), listener = '') => {
    if (isTooMany(socket)) return;
    new UndecidedClient(socket, listener, engine, (isHttp2) =>
      isHttp2 ? serve(socket, ends, listener) : serveHttp1(socket, ends, listener),
    );
  };

  return { serve, serveEither };
};
