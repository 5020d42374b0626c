import { type ClientRequest, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { hostAndPort } from '../core/accept.ts';
import { MAXSESSIONSPERSERVER } from '../core/server-stats.ts';

/** Unused connections are kept this long; servers commonly close theirs after 60 s (ours must be gone before). */
const IDLE_MS = 55_000;
/** A connection used within the last second is surely still open: only such a one may carry a POST. */
const FRESH_MS = 1000;

const settings = (timeout: number): object => ({
  keepAlive: true,
  scheduling: 'lifo',
  maxSockets: MAXSESSIONSPERSERVER,
  maxFreeSockets: MAXSESSIONSPERSERVER,
  timeout,
});

interface Pooling extends HttpAgent {
  addRequest(request: ClientRequest, ...rest: unknown[]): void;
}

/** The connections to all servers, last used first. */
export class Agents {
  readonly #idle = { http: new HttpAgent(settings(IDLE_MS)), https: new HttpsAgent(settings(IDLE_MS)) };
  readonly #fresh = { http: new HttpAgent(settings(FRESH_MS)), https: new HttpsAgent(settings(FRESH_MS)) };

  /**
   * The agent for one request. `take` gets the request before it gets a connection: the only place where it can be
   * changed and watched from its first moment on.
   */
  for(protocol: string, careful: boolean, take: (request: ClientRequest) => void): HttpAgent {
    const kind = careful ? this.#fresh : this.#idle;
    const agent = (protocol === 'https:' ? kind.https : kind.http) as Pooling;
    const addRequest = (request: ClientRequest, ...rest: unknown[]): void => {
      take(request);
      agent.addRequest(request, ...rest);
    };
    return Object.create(agent, { addRequest: { value: addRequest } });
  }

  /** Closes unused connections to servers that are not among these. */
  retain(servers: Iterable<URL>): void {
    const kept = new Set([...servers].map(hostAndPort));
    for (const agent of this.#all()) {
      for (const [name, sockets] of Object.entries(agent.freeSockets)) {
        const [host = '', port = ''] = splitName(name);
        if (!kept.has(`${host.includes(':') ? `[${host}]` : host}:${port}`))
          for (const socket of sockets ?? []) socket.destroy();
      }
    }
  }

  close(): void {
    for (const agent of this.#all()) agent.destroy();
  }

  #all(): readonly HttpAgent[] {
    return [...Object.values(this.#idle), ...Object.values(this.#fresh)];
  }
}

/** Host and port of an agent's pool name, which is `host:port:...` where the host may itself have colons. */
const splitName = (name: string): readonly string[] => /^(.*?):(\d+):/.exec(name)?.slice(1) ?? [];
