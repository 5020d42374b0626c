import type { AddressRule } from './accept.ts';
import type { ServerSpec } from './server-spec.ts';
import type { Server } from './types.ts';

/** What a configuration says of a pool. */
export interface PoolSpec {
  readonly name: string;
  readonly servers: readonly ServerSpec[];
  /** What agents may announce into this pool. Empty: only configured servers. */
  readonly accept: readonly AddressRule[];
  /** Id of the server on this proxy's own machine. */
  readonly self?: string;
}

/** What decide() needs of a pool. */
export interface PoolView {
  readonly name: string;
  /** Servers that may get new requests: all but those in drain or maintenance. The same array until that changes. */
  readonly eligible: readonly Server[];
  readonly servers: readonly Server[];
  /** Record by slot; undefined for a slot whose server has left. */
  readonly table: readonly (Server | undefined)[];
  /** The server on this proxy's own machine, while it may get new requests. */
  readonly self: Server | undefined;
  /** Grows whenever an answer that was kept may be wrong. */
  readonly version: number;
}
