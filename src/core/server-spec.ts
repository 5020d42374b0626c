import type { Millis } from './types.ts';

/** What a configuration or a report says a server is. */
export interface ServerSpec {
  readonly id: string;
  readonly url: URL;
  readonly tags: readonly string[];
  /** Speed that beats the reported one. */
  readonly arriba?: number;
}

/** What an operator set by hand. */
export interface HandState {
  readonly state: 'ready' | 'drain' | 'maint';
  /** 1 if left out; 0..256. At 0 the server gets no new requests. */
  readonly weight?: number;
  readonly reason: string;
  /** Name of who set it; left out where nobody was asked. */
  readonly by?: string;
  /** Epoch ms; then it is lifted. It holds until somebody lifts it if left out. */
  readonly until?: number;
}

/** What the proxy's own checks of a server have found. */
export interface HealthState {
  readonly state: 'up' | 'down';
  /** Why it is down; empty for one that is up. */
  readonly reason: string;
  /** It takes no connections, or nobody knows whether it does: a request there is lost, as far as anybody knows. */
  readonly isRefused: boolean;
  /** Epoch ms of the check that said so. */
  readonly at: number;
}

/** How the checks of a server go, for people. Times are on the monotonic clock. */
export interface CheckFacts {
  readonly kind: 'http' | 'tcp';
  readonly state: 'up' | 'down' | 'unknown';
  /** Good and bad checks in a row; one of them is 0. */
  readonly passes: number;
  readonly fails: number;
  /** What the last one found; undefined before the first, as are the times. */
  readonly lastResult: string | undefined;
  readonly lastAt: Millis | undefined;
  /** Undefined for a server that is not checked until it is suspected. */
  readonly nextAt: Millis | undefined;
  /** Since when it is up or down. */
  readonly since: Millis | undefined;
}

/** What the server's own agent-check said of it. */
export interface ToldState {
  readonly state: 'ready' | 'drain' | 'maint' | 'down';
  /** 0..256 */
  readonly weight: number;
  readonly reason: string;
  /** Its own numbers, for `stats.custom` beside those of reports. */
  readonly custom?: Readonly<Record<string, number>>;
}
