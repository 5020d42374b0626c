import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { isIP } from 'node:net';
import type { Duplex, Readable } from 'node:stream';
import util from 'node:util';
import type HttpProxy from 'http-proxy';
import { addressOf, portOf } from '../core/accept.ts';
import type { Millis } from '../core/types.ts';
import { Agents, type Take } from './agents.ts';
import { LiveAttempt } from './live-attempt.ts';
import type { Attempt, AttemptEvents, Outgoing } from './outgoing.ts';

/** What is heard of an attempt at an upgrade. */
export interface UpgradeEvents extends AttemptEvents {
  /** The server has said 101; what it sent with it may still be changed. Returns false to have the attempt fail. */
  switching(answer: IncomingMessage): boolean;
  /** Bytes flow both ways from now on. */
  opened(server: Duplex): void;
}

/** How long to wait for a connection, and how long to keep it unused afterwards. */
export interface Waits {
  readonly connect: Millis;
  readonly serverIdle: Millis;
}

/**
 * http-proxy 1.18.1 calls util._extend, which is deprecated (DEP0060). It takes the function when it is loaded, so it
 * is given Object.assign for that moment.
 */
const loadHttpProxy = (): typeof HttpProxy => {
  const deprecated = Object.getOwnPropertyDescriptor(util, '_extend');
  Object.defineProperty(util, '_extend', { value: Object.assign, configurable: true, writable: true });
  try {
    return createRequire(import.meta.url)('http-proxy');
  } finally {
    if (deprecated) Object.defineProperty(util, '_extend', deprecated);
  }
};

type Passes = { webPasses: { readonly name: string }[] };

/** http-proxy without the pass that takes the framing off DELETE and OPTIONS (CVE-2026-29057). */
const safeProxy = (): HttpProxy => {
  const proxy = loadHttpProxy().createProxyServer({ xfwd: false, toProxy: true, ignorePath: true });
  const passes = proxy as unknown as Passes;
  passes.webPasses = passes.webPasses.filter(({ name }) => name !== 'deleteLength');
  return proxy;
};

/** The part of a request that http-proxy sees. It reads headers from it and listens on it; both end here. */
interface Carrier {
  readonly method: string;
  readonly url: string;
  readonly httpVersion: string;
  readonly headers: Outgoing['fields'];
  readonly socket: { readonly destroyed: boolean };
  readonly connection: object;
  on(): Carrier;
  /** Gets the head of the answer. */
  readonly answered: (answer: IncomingMessage) => void;
}

const carrierOf = ({ method, fields }: Outgoing, answered: Carrier['answered']): Carrier => {
  const socket = { destroyed: false };
  const carrier: Carrier = {
    method,
    url: '/',
    httpVersion: '1.1',
    headers: fields,
    socket,
    connection: socket,
    on: () => carrier,
    answered,
  };
  return carrier;
};

/**
 * Where a server is. Node would take the name that its certificate must have from the Host field, which is the
 * client's word (and keep a pool of connections for every such name).
 */
const placeOf = (server: URL): { readonly target: object; readonly ssl: object } => {
  const { protocol } = server;
  const hostname = addressOf(server);
  const servername = isIP(hostname) === 0 ? hostname : '';
  return { target: { protocol, hostname, port: portOf(server) }, ssl: { servername } };
};

/** Sends requests to servers by http-proxy, and keeps its faults from everybody else. The one place that imports it. */
export class Forwarder {
  readonly #proxy = safeProxy();
  readonly #agents: Agents;

  constructor(agents = new Agents()) {
    this.#agents = agents;
    this.#proxy.on('proxyRes', (answer, carrier) => (carrier as unknown as Carrier).answered(answer));
    // Every call has its own error callback; this one only keeps a late error from ending the process.
    this.#proxy.on('error', () => undefined);
    this.#proxy.on('econnreset', () => undefined);
  }

  /** Sends a request with its body. */
  web(outgoing: Outgoing, server: URL, body: Readable, waits: Waits, events: AttemptEvents): Attempt {
    const attempt = new LiveAttempt(outgoing.target, waits.connect, events);
    const carrier = carrierOf(outgoing, attempt.answered);
    const take: Take = (request, leaveQueue) => {
      attempt.take(request, leaveQueue);
      request.once('upgrade', (_answer, socket) => refuseSwitch(attempt, socket));
    };
    const agent = this.#agents.for(server.protocol, outgoing.connection, waits.serverIdle, take);
    const options = { ...placeOf(server), agent, buffer: body, selfHandleResponse: true };
    try {
      this.#proxy.web(carrier as unknown as IncomingMessage, {} as ServerResponse, options, attempt.fail);
    } catch (thrown) {
      process.nextTick(attempt.fail, thrown);
    }
    return attempt;
  }

  /** Asks for an upgrade. Only `websocket` passes http-proxy's own check. `head`: what the client sent already. */
  upgrade(
    outgoing: Outgoing,
    server: URL,
    client: { readonly socket: Duplex; readonly head: Buffer },
    waits: Waits,
    events: UpgradeEvents,
  ): Attempt {
    const attempt = new LiveAttempt(outgoing.target, waits.connect, events);
    const take: Take = (request, leaveQueue) => {
      attempt.take(request, leaveQueue);
      // By then http-proxy has put its listeners on the request.
      process.nextTick(() => guardUpgrade(request, attempt, events));
    };
    const agent = this.#agents.for(server.protocol, outgoing.connection, waits.serverIdle, take);
    const carrier = carrierOf(outgoing, attempt.answered) as unknown as IncomingMessage;
    try {
      this.#proxy.ws(carrier, client.socket, client.head, { ...placeOf(server), agent }, attempt.fail);
    } catch (thrown) {
      process.nextTick(attempt.fail, thrown);
    }
    return attempt;
  }

  /** Closes connections to servers that are not among these: unused ones now, others when their request has ended. */
  retain(servers: Iterable<URL>): void {
    this.#agents.retain(servers);
  }

  close(): void {
    this.#agents.close();
  }
}

/**
 * Takes http-proxy's own listeners away. For errors: it ends the client's socket although another server may still be
 * tried. For an answer that is no switch: it writes the head as it is, with framing that is not that of the body it
 * pipes. For a switch: it opens the tunnel whatever was switched to, so it is called when we have looked.
 */
const guardUpgrade = (request: ClientRequest, attempt: LiveAttempt, events: UpgradeEvents): void => {
  request.removeAllListeners('error').on('error', attempt.fail);
  request.removeAllListeners('response').once('response', attempt.answered);
  const open = request.rawListeners('upgrade');
  request.removeAllListeners('upgrade').once('upgrade', (answer: IncomingMessage, server: Duplex, head) => {
    if (!events.switching(answer)) {
      refuseSwitch(attempt, server);
      return;
    }
    for (const listener of open) listener.call(request, answer, server, head);
    events.opened(server);
  });
};

/** The server has switched to what nobody asked for. */
const refuseSwitch = (attempt: LiveAttempt, socket: Duplex): void => {
  socket.on('error', () => undefined).destroy();
  attempt.fail(Object.assign(new Error('switched'), { code: 'FOREHAND_BAD_SWITCH' }));
};
