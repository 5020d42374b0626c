import { createServer, type Server, type Socket } from 'node:net';
import { type HeldFds, heldOr } from '../listeners/held-fds.ts';
import { listenOn } from '../listeners/listening.ts';
import type { AdminParts } from '../views/views.ts';
import { ConsoleConnection } from './console-connection.ts';
import { type ConsoleParts, consoleParts } from './console-parts.ts';

export interface ConsoleListenerParts {
  readonly parts: AdminParts;
  readonly held: HeldFds | undefined;
}

/** A person and a few scripts; more are turned away. */
export const MOST_CONNECTIONS = 16;

/** The socket at which scripts say words: nobody but the owner of the file can connect to it. */
export class ConsoleListener {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(parts: ConsoleParts) {
    this.#server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('error', () => socket.destroy());
      if (this.#sockets.size >= MOST_CONNECTIONS) {
        socket.end('error: too many connections\n\n', () => socket.destroy());
        return;
      }
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      new ConsoleConnection(socket, parts).start();
    });
  }

  /** Listens at `unix:/path`. Rejects with a reason that a person can act on. */
  static async open(text: string, { parts, held }: ConsoleListenerParts): Promise<ConsoleListener> {
    const listener = new ConsoleListener(consoleParts(parts));
    await listenOn(listener.#server, heldOr(held, 'console', text), text, true);
    return listener;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
