import type { ServerState } from '../../core/types.ts';

/** One pool, made of what is known of its servers. */
export interface PoolView {
  readonly name: string;
  /** The worst of its servers, but for those that are set aside with `drain` or `maint`. */
  readonly state: ServerState;
  readonly servers: number;
  /** Those whose state is `ready`. */
  readonly ready: number;
  readonly inFlight: number;
  /** Requests sent to its servers, a second: mean of the last ten seconds; null in the first second. */
  readonly requestsPerSecond: number | null;
  /** Of whole requests of the last 30 to 60 s, as far as two digits; null for fewer than 100. */
  readonly p99Ms: number | null;
}

/** A route as it is in use. */
export interface RouteView {
  readonly name: string;
  readonly host: string | null;
  readonly path: string | null;
  readonly methods: readonly string[] | null;
  readonly pool: string | null;
  readonly chain: string | null;
}

/** A virtual host, as it is written in the configuration or was added while the proxy ran. */
export interface HostView {
  readonly name: string;
  readonly aliases: readonly string[];
  /** It serves requests for hosts that nobody knows. */
  readonly default: boolean;
  readonly from: 'config' | 'api';
  readonly locations: readonly unknown[];
}
