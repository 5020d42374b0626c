import type { Server } from 'node:http';
import { messageOf } from '../../core/errors.ts';
import { addressFrom, type HeldFds, heldOr } from '../held-fds.ts';
import { listeningAt, listenOn } from '../listening.ts';
import type { Log } from '../log.ts';
import type { AdminParts } from '../views.ts';
import { createAdminHandler, createAdminServer, type PageHandler } from './admin.ts';

export interface AdminListenerParts {
  readonly parts: AdminParts;
  readonly page: PageHandler;
  readonly held: HeldFds | undefined;
  readonly log: Log;
}

/** The place where people and programs ask about the proxy. */
export class AdminListener {
  readonly #server: Server;
  readonly #text: string;

  private constructor(server: Server, text: string) {
    this.#server = server;
    this.#text = text;
  }

  /** Listens; `text` is the address as the configuration has it. Rejects with a reason that a person can act on. */
  static async open(text: string, { parts, page, held, log }: AdminListenerParts): Promise<AdminListener> {
    const address = addressFrom(text);
    const handler = createAdminHandler(parts, page, {
      hosts: () => (address.kind === 'tcp' ? [address.host] : []),
      onError: (error) => log.error(`admin: ${messageOf(error)}`),
    });
    const server = createAdminServer(handler);
    await listenOn(server, heldOr(held, 'admin', text), text, true);
    return new AdminListener(server, text);
  }

  /** As people write it. */
  get address(): string {
    return listeningAt(this.#server) || this.#text;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }
}
