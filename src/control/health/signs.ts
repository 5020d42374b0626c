import type { Board } from '../../core/board.ts';
import type { ServerRecord } from '../../core/server-record.ts';
import type { Outcome, Server } from '../../core/types.ts';
import { isDown } from '../../core/usable-servers.ts';
import type { ConnectionEvent } from '../../proxy/settings.ts';

/** Something that happened to a connection of a server and makes it worth a look. */
export interface Sign {
  readonly pool: string;
  /** Id of the server. */
  readonly server: string;
  /** It may be gone, or one that took no connections takes some again. */
  readonly kind: 'gone' | 'back';
}

/** How a connection ends when the server ends it, or the system in its place. */
const BY_SERVER: ReadonlySet<string> = new Set(['ended', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE']);

/** Reads signs in what happens to connections. */
export class Signs {
  readonly #board: Pick<Board, 'pool'>;
  /** By the list of a pool's servers, which is another one after every change: whether any is down. */
  readonly #anyDown = new WeakMap<readonly ServerRecord[], boolean>();

  constructor(board: Pick<Board, 'pool'>) {
    this.#board = board;
  }

  /** Undefined for what says nothing. */
  of({ kind, pool, server, detail }: ConnectionEvent): Sign | undefined {
    if (kind === 'closed' || kind === 'failed')
      return BY_SERVER.has(detail) ? { pool, server, kind: 'gone' } : undefined;
    return kind === 'opened' && this.#isDown(pool, server) ? { pool, server, kind: 'back' } : undefined;
  }

  #isDown(name: string, id: string): boolean {
    const pool = this.#board.pool(name);
    if (!pool) return false;
    const { servers } = pool;
    const known = this.#anyDown.get(servers);
    const anyDown = known ?? servers.some(isDown);
    if (known === undefined) this.#anyDown.set(servers, anyDown);
    const record = anyDown ? pool.byId(id) : undefined;
    return record !== undefined && isDown(record);
  }
}

/** Calls back with the signs in what happens to the connections of a data plane. */
export const hearSigns = (
  plane: { hearConnections(heard: (event: ConnectionEvent) => void): void },
  board: Pick<Board, 'pool'>,
  heard: (sign: Sign) => void,
): void => {
  const signs = new Signs(board);
  plane.hearConnections((event) => {
    const sign = signs.of(event);
    if (sign) heard(sign);
  });
};

const BROKEN: ReadonlySet<string> = new Set(['connect_refused', 'reset', 'body_cut']);

/** The signs in how a request ended, for a door that tells of no connections. */
export const signsOfOutcome = ({ pool, id }: Server, outcome: Outcome): readonly Sign[] => {
  const isBroken = outcome.kind === 'failed' && outcome.side === 'server' && BROKEN.has(outcome.reason);
  return isBroken ? [{ pool, server: id, kind: 'gone' }] : [];
};
