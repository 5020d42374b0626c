import { type ClientRequest, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Socket } from 'node:net';
import { addressOf, portOf } from '../core/accept.ts';
import { MAXSESSIONSPERSERVER } from '../core/server-stats.ts';
import type { Millis } from '../core/types.ts';
import type { Connection } from './outgoing.ts';

/** A connection used within the last second is surely still open: only such a one may carry a POST. */
const FRESH_MS = 1000;
/** Fewer than the ports that one address has for one server (28,232 on Linux), so that we say so and not the kernel. */
const MOST_CONNECTIONS = 16_384;

type Pair = { readonly http: HttpAgent; readonly https: HttpsAgent };

const pair = (most: number, keepAlive: boolean): Pair => {
  const settings = { keepAlive, scheduling: 'lifo', maxSockets: most, maxFreeSockets: MAXSESSIONSPERSERVER };
  return {
    http: new HttpAgent({ ...settings, scheduling: 'lifo' }),
    https: new HttpsAgent({ ...settings, scheduling: 'lifo' }),
  };
};

interface Pooling extends HttpAgent {
  addRequest(request: ClientRequest, ...rest: unknown[]): void;
  readonly options: { timeout?: Millis };
}

/** What a request hears of the pool before it gets a connection. */
export type Take = (request: ClientRequest, leaveQueue: () => void) => void;

/** The connections to all servers, last used first. */
export class Agents {
  readonly #kinds: Readonly<Record<Connection, Pair>>;

  /** @param most connections to one server at once; further requests wait for one. */
  constructor(most = MOST_CONNECTIONS) {
    this.#kinds = { any: pair(most, true), fresh: pair(most, true), new: pair(most, false) };
  }

  /**
   * The agent for one request. `take` gets the request before it gets a connection: the only place where it can be
   * changed and watched from its first moment on. `idleMs`: how long the connection is kept unused afterwards.
   */
  for(protocol: string, connection: Connection, idleMs: Millis, take: Take): HttpAgent {
    const kind = this.#kinds[connection];
    const agent = (protocol === 'https:' ? kind.https : kind.http) as Pooling;
    // Node applies it to a connection whenever it becomes free.
    agent.options.timeout = connection === 'any' ? idleMs : Math.min(FRESH_MS, idleMs);
    const addRequest = (request: ClientRequest, ...rest: unknown[]): void => {
      take(request, () => leaveQueue(agent, request));
      agent.addRequest(request, ...rest);
    };
    return Object.create(agent, { addRequest: { value: addRequest } });
  }

  /** Closes connections to servers that are not among these: unused ones now, others when their request has ended. */
  retain(servers: Iterable<URL>): void {
    const kept = new Set([...servers].map((url) => `${addressOf(url)}:${portOf(url)}`));
    const isKept = (name: string): boolean => kept.has(hostAndPortIn(name));
    for (const agent of this.#all()) {
      for (const [name, sockets = []] of Object.entries(agent.freeSockets))
        if (!isKept(name)) for (const socket of [...sockets]) socket.destroy();
      for (const [name, sockets = []] of Object.entries(agent.sockets))
        if (!isKept(name)) for (const socket of sockets) closeWhenFree(agent, socket);
    }
  }

  close(): void {
    for (const agent of this.#all()) agent.destroy();
  }

  #all(): readonly HttpAgent[] {
    return Object.values(this.#kinds).flatMap(({ http, https }) => [http, https]);
  }
}

/** The pool's name for a server is `host:port:...`, where the host may be an IPv6 address. */
const hostAndPortIn = (name: string): string => /^(?:[^:]*|[\da-f:.]+):\d+(?=:)/i.exec(name)?.[0] ?? '';

/** Node's own listener comes first: by now the connection carries the next request or is in the list of free ones. */
const closeWhenFree = (agent: HttpAgent, socket: Socket): void => {
  socket.once('free', () => {
    const isFree = Object.values(agent.freeSockets).some((sockets) => sockets?.includes(socket));
    if (isFree) socket.destroy();
  });
};

/** Node forgets a request that still waits for a connection only when it gets one. It never leaves a queue empty. */
const leaveQueue = (agent: HttpAgent, request: ClientRequest): void => {
  const queues = agent.requests as Record<string, unknown[]>;
  for (const [name, queue] of Object.entries(queues)) {
    const at = queue.indexOf(request);
    if (at !== -1) queue.splice(at, 1);
    if (queue.length === 0) delete queues[name];
  }
};
