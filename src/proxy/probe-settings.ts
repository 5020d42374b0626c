import type { LoadReportFormat } from '../core/orca.ts';
import type { Millis, Server } from '../core/types.ts';
import type { Connection, ConnectionOwner, SocketAddress } from '../transport/connection.ts';

/** How a server is asked for its load. */
export interface ProbeSettings {
  readonly path: string;
  /** Of an agent beside the server; undefined: the server's own. */
  readonly port: number | undefined;
  /** What comes later is no answer. */
  readonly timeout: Millis;
  /** Value of Authorization; undefined for none. */
  readonly authorization: string | undefined;
}

/** How a probe ended: with a load report in time; without any in time; or with something else. */
export type ProbeResult = 'answered' | 'timeout' | 'failed';

/** What probing needs of whoever runs it. */
export interface ProberParts {
  now(): Millis;
  /** 0 <= x < 1 */
  random(): number;
  settings(server: Server): ProbeSettings;
  /** Opens a connection for probes to an address of `server`, the port of its settings in place. */
  connect(server: Server, address: SocketAddress, owner: ConnectionOwner): Connection;
  /** When the server last said its load, by an answer or a probe; -Infinity if it never did. */
  heardAt(server: Server): Millis;
  /** A server has answered, perhaps later than in time. Told before whoever asked for it goes on. */
  heard(server: Server, format: LoadReportFormat, text: string): void;
  /** A probe has ended. */
  ended(server: Server, result: ProbeResult): void;
  /** A fault of ours, which ends nothing else. */
  onFault(error: unknown): void;
}
