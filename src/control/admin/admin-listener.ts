import { constants } from 'node:crypto';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import type { AdminAuth } from '../../config/completing/admin-auth.ts';
import type { Config } from '../../config/schema/schema.ts';
import { isLoopback } from '../../core/accept.ts';
import { messageOf } from '../../core/errors.ts';
import type { Instance } from '../instance.ts';
import { addressFrom, type HeldFds, heldOr } from '../listeners/held-fds.ts';
import { listeningAt, listenOn } from '../listeners/listening.ts';
import type { Log } from '../logs/log.ts';
import { processClock } from '../run-clock.ts';
import type { AdminParts } from '../views/views.ts';
import { ADMIN_LIMITS, createAdminHandler, createAdminServer, type PageHandler } from './admin.ts';
import { AdminAccess } from './auth/admin-access.ts';

export interface AdminListenerParts {
  readonly parts: AdminParts;
  readonly page: PageHandler;
  readonly held: HeldFds | undefined;
  readonly log: Log;
  /** Whose configuration says who may come, also when it was read again. */
  readonly instance: Pick<Instance, 'model' | 'events' | 'onReload'>;
}

/** What TLS is made of. Without tickets, so that a certificate is looked at anew on every connection. */
const tlsFrom = ({ adminTls, adminAuth }: Config): object | undefined =>
  adminTls && {
    cert: adminTls.cert,
    key: adminTls.key,
    minVersion: 'TLSv1.2',
    secureOptions: constants.SSL_OP_NO_TICKET,
    ...(adminAuth?.certificates && {
      ca: adminAuth.certificates.ca,
      requestCert: true,
      rejectUnauthorized: false,
    }),
  };

/** From other rules to the end of connections that were made before, ms. */
const LET_GO_MS = 1000;

/** The place where people and programs ask about the proxy. */
export class AdminListener {
  readonly #server: Server;
  readonly #text: string;
  readonly #access: AdminAccess;
  readonly #sockets = new Set<Socket>();
  #config: Config;
  #auth: AdminAuth | undefined;

  private constructor(text: string, { parts, page, log, instance }: AdminListenerParts) {
    const { config } = instance.model;
    this.#text = text;
    this.#config = config;
    this.#access = new AdminAccess({ events: instance.events, now: processClock.now });
    const address = addressFrom(text);
    const handler = createAdminHandler(parts, page, {
      authorize: (req, path, changes) => this.#access.authorize(req, path, changes),
      session: this.#access,
      hosts: () => [
        ...(address.kind === 'tcp' ? [address.host] : []),
        ...this.#config.adminHosts.map((name) => name.replace(/^\[|\]$/g, '')),
      ],
      onError: (error) => log.error(`admin: ${messageOf(error)}`),
    });
    this.#server = createAdminServer(handler, ADMIN_LIMITS, tlsFrom(config));
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    this.#follow(config.adminAuth);
  }

  /** Listens; `text` is the address as the configuration has it. Rejects with a reason that a person can act on. */
  static async open(text: string, parts: AdminListenerParts): Promise<AdminListener> {
    const listener = new AdminListener(text, parts);
    await listenOn(listener.#server, heldOr(parts.held, 'admin', text), text, true);
    const { instance } = parts;
    instance.onReload((ok) => (ok ? listener.update(instance.model.config) : undefined));
    return listener;
  }

  /** As people write it. */
  get address(): string {
    return listeningAt(this.#server) || this.#text;
  }

  /** For a browser; `unix:/path` where none can come. */
  get url(): string {
    const { address } = this;
    if (this.#text.startsWith('unix:')) return this.#text;
    return `${this.#server instanceof TlsServer ? 'https' : 'http'}://${address}/`;
  }

  /**
   * Takes who may come, names and certificates from another configuration. Address and TLS as such stay as they are
   * until the next start; so does who may come, where others could reach the address and nobody would be asked.
   */
  update(config: Config): void {
    const { adminTls, adminAuth } = config;
    const before = this.#config;
    this.#config = config;
    const asked = JSON.stringify(this.#auth);
    this.#follow(adminAuth ?? (this.#isOpen() ? this.#auth : undefined));
    const isRenewed = JSON.stringify(tlsFrom(before)) !== JSON.stringify(tlsFrom(config));
    if (adminTls && isRenewed && this.#server instanceof TlsServer)
      this.#server.setSecureContext({ ...tlsFrom(config) });
    if (isRenewed || JSON.stringify(this.#auth) !== asked) this.#letGo();
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  /**
   * Who is connected was let in, or had his certificate looked at, by the old rules. The answer to whoever asked for the
   * reload is still to come.
   */
  #letGo(): void {
    const before = [...this.#sockets];
    const end = (): void => {
      for (const socket of before) socket.destroy();
    };
    setTimeout(end, LET_GO_MS).unref();
  }

  #follow(auth: AdminAuth | undefined): void {
    this.#auth = auth;
    this.#access.follow(auth);
  }

  /** Other machines can reach it. */
  #isOpen(): boolean {
    const address = addressFrom(this.#text);
    return address.kind === 'tcp' && !isLoopback(address.host);
  }
}
