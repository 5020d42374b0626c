import type { AddressRule } from './accept.ts';
import type { Millis } from './types.ts';

/** Where a report came from, and what its sender may speak for. */
export interface ReportSource {
  /** The sender's IP address; empty where the carrier does not show it (redis). */
  readonly address: string;
  readonly transport: 'memory' | 'http' | 'udp' | 'redis' | 'heartbeat';
  /** Name of the token that was shown or signed with. */
  readonly token?: string;
  /** Pools the sender may report on; undefined: all. */
  readonly pools?: ReadonlySet<string>;
  /** Where the servers that it reports must be, by host; undefined: anywhere. */
  readonly within?: readonly AddressRule[];
  /** When it was sent, on the sender's clock, and when it was received, on ours: ms since 1970. */
  readonly sent?: { readonly at: number; readonly receivedAt: number };
  /** How old it was when it was received, where the carrier knows; 0 if left out. */
  readonly age?: Millis;
}

/** What a message that was refused says it is about. Nobody has checked it. */
export interface Claim {
  readonly node: string | undefined;
  readonly servers: readonly { readonly url: string; readonly pool?: string }[];
}
