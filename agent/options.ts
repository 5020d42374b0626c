import type { EventEmitter } from 'node:events';
import os from 'node:os';
import { parseServerUrl, portOf } from '../src/core/accept.ts';
import { PROBE_PATH } from '../src/core/load-probe.ts';
import type { Millis, Stats } from '../src/core/types.ts';
import type { StateDriver } from '../src/state/driver.ts';
import { publisherTo } from '../src/state/driver-from-url.ts';
import type { Pids } from './live-arriba.ts';
import type { AgentProblem } from './problems.ts';
import type { ScrapeSource } from './scrape/wanted.ts';

/** Worker slots of an application: how many requests it can serve at a time, and how many more just now. */
export interface Slots {
  readonly total: number;
  readonly available: number;
}

/** What `https://` and `rediss://` take beside the system's certificates, as PEM texts. */
export interface AgentTls {
  /** Authorities that are believed in place of the system's. */
  readonly ca?: string;
  /** Shown to proxies that ask who reports; goes with `key`. */
  readonly cert?: string;
  readonly key?: string;
}

export interface AgentOptions {
  /** Where to report: `http://proxy:9091`, `https://`, `udp://`, `redis://`, `rediss://`. Each gets every report. */
  readonly to?: string | readonly string[];
  /** Reports this way instead. It stays open when the agent closes. */
  readonly driver?: StateDriver;
  /** What the proxies know their agents by. Without one only proxies on this machine listen. */
  readonly token?: string;
  /** A file with the token in its first line, in place of `token`. Read again within a minute when it changes. */
  readonly tokenFile?: string;
  readonly tls?: AgentTls;
  /** The servers that this agent speaks for, as the proxies reach them: `http://10.0.0.5:3001`. None only with `driver`. */
  readonly url: string | readonly string[];
  /** The pool of the servers. May be missing where the proxies have one pool. */
  readonly pool?: string;
  readonly tags?: readonly string[];
  /** A name that no other agent has. Default: `<host name>:<port of the first url>`. */
  readonly node?: string;
  /** Time between two reports, give or take a fifth; 50 ms to an hour, 250 ms if not said. */
  readonly interval?: Millis;
  /** Speed of one core, 1000 is the reference machine. Default: a short benchmark, kept on disk. */
  readonly arriba?: number;
  /**
   * An HTTP server whose requests in flight and service times are reported. Its answers say the load of that moment
   * (`endpoint-load-metrics`), and probes are answered in the application's place.
   */
  readonly server?: EventEmitter;
  /** Whether answers say the load. Default true; forehand takes the field off, so clients of a proxy never see it. */
  readonly sayLoad?: boolean;
  /** The path that is answered with the load alone, `/.well-known/forehand/load` if not said; false for none. */
  readonly probePath?: string | false;
  /** Takes the place of all measuring of the machine. */
  readonly sample?: () => Stats | Promise<Stats>;
  /**
   * Whose work shows how much of a core the application obtains: processes by number, a function that tells them, or
   * `listening` for those that listen on the ports of `url` on this machine. Default: this process, and then the
   * delay of its event loop is reported too.
   */
  readonly pids?: Pids;
  /** How many requests the application can serve at a time, or a function that tells the slots. */
  readonly slots?: number | (() => Slots);
  /** Where to read more numbers of the application. What the application tells the agent itself goes before these. */
  readonly scrape?: readonly ScrapeSource[];
  /** Hears of each problem once when it begins. */
  readonly onProblem?: (problem: AgentProblem) => void;
  /** Keeps the process alive. Default false: an agent in an application lets it end. */
  readonly ref?: boolean;
}

const DEFAULT_INTERVAL: Millis = 250;
const MIN_INTERVAL: Millis = 50;
const MAX_INTERVAL: Millis = 3_600_000;

const listOf = (value: string | readonly string[]): readonly string[] =>
  typeof value === 'string' ? [value] : value;

/** The interval, or TypeError. */
export const intervalOf = ({ interval = DEFAULT_INTERVAL }: AgentOptions): Millis => {
  if (interval >= MIN_INTERVAL && interval <= MAX_INTERVAL) return interval;
  throw new TypeError(
    `interval: expected ${MIN_INTERVAL} to ${MAX_INTERVAL} milliseconds, got ${String(interval)}`,
  );
};

/** The path of probes, undefined for none, or TypeError. */
export const probePathOf = ({ probePath = PROBE_PATH }: AgentOptions): string | undefined => {
  if (probePath === false) return undefined;
  if (/^\/[^\s?#]*$/.test(probePath)) return probePath;
  throw new TypeError(`probePath: expected a path without query, got ${JSON.stringify(probePath)}`);
};

/** The servers as reports name them, or TypeError. */
export const serversOf = ({ url, pool, tags, driver }: AgentOptions) => {
  const urls = listOf(url);
  if (urls.length === 0 && !driver) throw new TypeError('url: expected at least one server');
  for (const text of urls)
    if (!parseServerUrl(text))
      throw new TypeError(`url: expected http://host:port, got ${JSON.stringify(text)}`);
  return urls.map((text) => ({
    url: text,
    ...(pool === undefined ? {} : { pool }),
    ...(tags === undefined ? {} : { tags }),
  }));
};

/**
 * The name of this agent. The host alone would not do: two applications on one machine would share it, and each
 * would make the proxies take the other's reports for old ones.
 */
export const nodeOf = ({ node, url }: AgentOptions): string => {
  if (node !== undefined) return node;
  const first = parseServerUrl(listOf(url)[0] ?? '');
  const host = os
    .hostname()
    .replace(/[^\w.-]/g, '-')
    .slice(0, 120);
  return first ? `${host}:${portOf(first)}` : host;
};

/** The way to the proxies, or TypeError. */
export const driverOf = ({ to, driver, tls }: AgentOptions, token?: string): StateDriver => {
  if (driver && to === undefined) return driver;
  if (driver || to === undefined) throw new TypeError('expected either `to` or `driver`');
  return publisherTo(to, { ...(token === undefined ? {} : { token }), ...(tls ? { tls } : {}) });
};
