import { readFile } from 'node:fs/promises';
import { startAgent } from '../../agent/index.ts';
import { parseDuration } from '../core/options.ts';
import { type LogFlags, logFrom } from './log-flags.ts';

interface AgentFlags {
  readonly to: readonly string[];
  readonly url: readonly string[];
  readonly pool?: string;
  readonly tag?: readonly string[];
  readonly node?: string;
  readonly interval: string;
  readonly arriba?: string;
  readonly token?: string;
  readonly tokenFile?: string;
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

const tokenOf = async ({ token, tokenFile }: AgentFlags): Promise<{ token?: string }> => {
  if (tokenFile !== undefined) return { token: (await readFile(tokenFile, 'utf8')).trim() };
  return token ? { token } : {};
};

/** `forehand agent`: reports until a signal ends it. */
export const agent = async (flags: AgentFlags, logFlags: LogFlags): Promise<void> => {
  const log = logFrom(logFlags, {});
  const { to, url, pool, tag, node } = flags;
  const running = await startAgent({
    to: [...to],
    url: [...url],
    interval: intervalOf(flags.interval),
    ref: true,
    ...arribaOf(flags.arriba),
    ...(await tokenOf(flags)),
    ...(pool ? { pool } : {}),
    ...(tag ? { tags: [...tag] } : {}),
    ...(node ? { node } : {}),
    onProblem: (problem) => log.warn(String(problem)),
  });
  log.info(`reporting ${url.join(', ')} to ${to.join(', ')} every ${flags.interval}`);
  const end = (): void => void running.close().then(() => process.exit(0));
  process.once('SIGTERM', end).once('SIGINT', end);
};
