import type { Server } from '../core/types.ts';
import type { EngineContext } from './engine-context.ts';
import { ServerPool } from './server-pool.ts';
import type { Tunnel } from './tunnel.ts';

/** The connections of all servers. */
export class ServerPools {
  readonly tunnels = new Set<Tunnel>();
  readonly #pools = new Map<Server, ServerPool>();
  #engine!: EngineContext;

  /** To be called once, before anything else. */
  serve(engine: EngineContext): void {
    this.#engine = engine;
  }

  /** `isLocal`: the server is in this process. */
  of(server: Server, isLocal = false): ServerPool {
    const known = this.#pools.get(server);
    if (known) return known;
    const pool = new ServerPool(this.#engine, server, isLocal);
    this.#pools.set(server, pool);
    return pool;
  }

  /** Connections to a server, if it was ever asked for one. */
  counts(server: Server): ServerPool['counts'] | undefined {
    return this.#pools.get(server)?.counts;
  }

  list(): readonly ServerPool[] {
    return [...this.#pools.values()];
  }

  /**
   * For servers that are not among these: closes their connections, and ends their tunnels when it is time. `locals` are
   * those in this process.
   */
  retain(servers: Iterable<Server>, locals: Iterable<Server>): void {
    const real = [...servers];
    const kept = new Set([...real, ...locals]);
    for (const [server, pool] of this.#pools) {
      if (kept.has(server)) {
        pool.configure();
        continue;
      }
      this.#pools.delete(server);
      pool.close();
    }
    for (const tunnel of this.tunnels) if (!kept.has(tunnel.server)) tunnel.leave();
    for (const server of real) {
      const { warmup } = this.#engine.parts.pool(server);
      if (warmup > 0) this.of(server).warmUp(warmup);
    }
  }

  destroy(): void {
    for (const tunnel of [...this.tunnels]) tunnel.close('server_abort');
    for (const pool of this.#pools.values()) pool.destroy();
    this.#pools.clear();
  }
}
