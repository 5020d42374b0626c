import { MAX_REPORT_BYTES } from '../../core/report.ts';
import type { Millis } from '../../core/types.ts';

/** The names of everything that is kept in redis, or goes through it. */
export interface RedisKeys {
  /** Key: the last report of a node, for proxies that come late. */
  report(node: string): string;
  /** Channel: every report when it is made. */
  readonly reports: string;
  /** Key: a proxy is alive. */
  proxy(id: string): string;
  /** Channel: proxies say that they are alive, and when they leave. */
  readonly proxies: string;
  /** Key of a hash, and name of the channel where its changes are told: states set by hand. */
  readonly hands: string;
}

/** All names under a prefix. Channels know no database number: only the prefix keeps two fleets in one redis apart. */
export const keysUnder = (prefix: string): RedisKeys => ({
  report: (node) => `${prefix}report:${node}`,
  reports: `${prefix}reports`,
  proxy: (id) => `${prefix}proxy:${id}`,
  proxies: `${prefix}proxies`,
  hands: `${prefix}hands`,
});

/** A report outlives its agent for so long: less than SERVER_TIMEOUT, so no late proxy takes a dead node for a live one. */
export const REPORT_KEPT: Millis = 15_000;
/** A proxy that was silent for so long is gone. Five of its signs of life. */
export const PROXY_KEPT: Millis = 5000;
/** Largest message: a report and its signature. */
export const MAX_MESSAGE_BYTES = MAX_REPORT_BYTES + 128;
