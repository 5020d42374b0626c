import type { Decision } from './decide.ts';
import type { Server } from './types.ts';

/** Methods whose effect is that of sending them once, however often they are sent (RFC 9110, 9.2.2). */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

export const isIdempotent = (method: string): boolean => IDEMPOTENT.has(method);

/** Where to try next, one after the other: the ranking of a decision, without servers that have left or are drained. */
export class Candidates {
  readonly #decision: Decision | undefined;
  readonly #tried = new Set<Server>();

  /** Without a decision there is only the first. */
  constructor(first: Server, decision: Decision | undefined) {
    this.#decision = decision;
    this.#tried.add(first);
  }

  /** The next one; it counts as tried from now on. */
  next(): Server | undefined {
    const server = this.peek();
    if (server) this.#tried.add(server);
    return server;
  }

  /** What `next` would give. */
  peek(): Server | undefined {
    const { ranked, chain } = this.#decision ?? {};
    const eligible: readonly Server[] = chain?.pool.eligible ?? [];
    return ranked?.find((server) => !this.#tried.has(server) && eligible.includes(server));
  }

  /** It was tried, or is about to be. */
  tried(server: Server): void {
    this.#tried.add(server);
  }
}
