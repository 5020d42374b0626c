import { readFile } from 'node:fs/promises';
import type { AgentOptions, AgentTls, ListenAt, ScrapeSource } from '../../agent/index.ts';
import { parseListenAddress } from '../config/schema/address.ts';
import { parseDuration } from '../core/units.ts';

/** The flags of `forehand agent` as commander reads them. */
export interface AgentFlags {
  readonly to?: readonly string[];
  readonly url?: readonly string[];
  readonly pool?: string;
  readonly tag?: readonly string[];
  readonly node?: string;
  readonly interval: string;
  readonly arriba?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly scrape?: readonly string[];
  readonly metric?: readonly string[];
  readonly listen?: string;
  readonly agentCheck?: string;
  readonly drain?: string;
  readonly print?: boolean;
  readonly json?: boolean;
}

const intervalOf = (text: string): number => {
  const interval = parseDuration(text);
  if (interval === undefined || interval < 50)
    throw new Error(`--interval: expected a duration of at least 50ms, got ${JSON.stringify(text)}`);
  return interval;
};

const arribaOf = (text: string | undefined): { arriba?: number } => {
  if (text === undefined) return {};
  const arriba = Number(text);
  if (!(arriba >= 1 && arriba <= 1e6))
    throw new Error(`--arriba: expected a number from 1 to 1000000, got ${JSON.stringify(text)}`);
  return { arriba };
};

/** A file wins: the other may come from the environment. */
const tokenOf = ({ token, tokenFile }: AgentFlags): { token?: string; tokenFile?: string } => {
  if (tokenFile !== undefined) return { tokenFile };
  return token ? { token } : {};
};

const pemOf = async (flag: string, file: string | undefined): Promise<string | undefined> => {
  if (file === undefined) return undefined;
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new Error(`${flag}: ${error.message}`);
  });
  if (text.includes('-----BEGIN ')) return text;
  throw new Error(`${flag}: expected a PEM file, got ${file}`);
};

const tlsOf = async (flags: AgentFlags): Promise<{ tls?: AgentTls }> => {
  if ((flags.cert === undefined) !== (flags.key === undefined))
    throw new Error('--cert and --key: expected both or none');
  const [ca, cert, key] = await Promise.all([
    pemOf('--ca', flags.ca),
    pemOf('--cert', flags.cert),
    pemOf('--key', flags.key),
  ]);
  const tls = { ...(ca ? { ca } : {}), ...(cert ? { cert } : {}), ...(key ? { key } : {}) };
  return Object.keys(tls).length > 0 ? { tls } : {};
};

const metricsOf = (metrics: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(
    metrics.map((text) => {
      const at = text.indexOf('=');
      if (at < 1 || at === text.length - 1)
        throw new Error(`--metric: expected name=series or name=path, got ${JSON.stringify(text)}`);
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );

const scrapeOf = ({ scrape = [], metric = [] }: AgentFlags): { scrape?: readonly ScrapeSource[] } => {
  if (metric.length > 0 && scrape.length === 0)
    throw new Error('--metric: says what to take from a --scrape, and there is none');
  const metrics = metricsOf(metric);
  return scrape.length > 0 ? { scrape: scrape.map((from) => ({ from, metrics })) } : {};
};

/** What the flags say about measuring and reporting, without the way to the proxies. */
export const agentOptionsOf = async (flags: AgentFlags): Promise<Omit<AgentOptions, 'to' | 'driver'>> => ({
  url: [...(flags.url ?? [])],
  // The command measures the servers beside it, not itself.
  pids: 'listening',
  interval: intervalOf(flags.interval),
  ...arribaOf(flags.arriba),
  ...tokenOf(flags),
  ...(await tlsOf(flags)),
  ...scrapeOf(flags),
  ...(flags.pool ? { pool: flags.pool } : {}),
  ...(flags.tag ? { tags: [...flags.tag] } : {}),
  ...(flags.node ? { node: flags.node } : {}),
});

/** Where `--listen` or `--agent-check` is to listen; undefined if that was not said. */
export const listenAtOf = (flag: string, text: string | undefined): ListenAt | undefined => {
  if (text === undefined) return undefined;
  const address = parseListenAddress(text);
  if (address?.kind === 'tcp') return { host: address.host, port: address.port };
  throw new Error(`${flag}: expected host:port such as 0.0.0.0:9777, got ${JSON.stringify(text)}`);
};

/** `--drain` in milliseconds, 0 if not said. */
export const drainOf = (text: string | undefined): number => {
  const drain = text === undefined ? 0 : parseDuration(text);
  if (drain !== undefined) return drain;
  throw new Error(`--drain: expected a duration such as 20s, got ${JSON.stringify(text)}`);
};

/** Throws for flags that go together, or without one another, in no useful way. */
export const checkFlags = ({ to, url, print, json, listen, agentCheck, drain }: AgentFlags): void => {
  if (!to && !print && !listen && !agentCheck)
    throw new Error('agent: expected --to, or one of --listen, --agent-check, --print');
  if (to && !print && !url) throw new Error('--to: expected --url with it, the server to report');
  if (json && !print) throw new Error('--json: goes with --print');
  if (drain !== undefined && !agentCheck) throw new Error('--drain: goes with --agent-check');
};
