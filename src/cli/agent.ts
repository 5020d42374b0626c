import { Leaving } from '../../agent/agent-check-leave.ts';
import { startAgent } from '../../agent/index.ts';
import { Nowhere } from '../../agent/nowhere.ts';
import { type AgentFlags, agentOptionsOf, checkFlags, drainOf, listenAtOf } from './agent-flags.ts';
import { openListeners } from './agent-listeners.ts';
import { printReport } from './agent-print.ts';
import { type LogFlags, logFrom } from './log-flags.ts';

/** Resolves at the first signal to end; the second one ends the process at once. */
const endSignal = (): Promise<void> =>
  new Promise((resolve) => {
    let asked = false;
    const end = (): void => {
      if (asked) process.exit(0);
      asked = true;
      resolve();
    };
    process.on('SIGTERM', end).on('SIGINT', end);
  });

/** A URL for the log: a redis one may hold a password. */
const withoutSecrets = (url: string): string => url.replace(/\/\/[^/]*@/, '//');

/** What the agent does, for the log. */
const sentenceOf = ({ to, url = [], interval }: AgentFlags): string =>
  to
    ? `reporting ${url.join(', ')} to ${to.map(withoutSecrets).join(', ')} every ${interval}`
    : `measuring every ${interval}`;

/** `forehand agent`: measures and reports until a signal ends it, or prints one report. */
export const agent = async (flags: AgentFlags, logFlags: LogFlags): Promise<void> => {
  checkFlags(flags);
  const log = logFrom(logFlags, {});
  const onProblem = (problem: unknown): void => log.warn(String(problem));
  const options = { ...(await agentOptionsOf(flags)), onProblem };
  if (flags.print) return printReport(options, { json: flags.json === true });
  const drain = drainOf(flags.drain);
  const places = {
    probe: listenAtOf('--listen', flags.listen),
    agentCheck: listenAtOf('--agent-check', flags.agentCheck),
  };
  const end = endSignal();
  const way = flags.to ? { to: [...flags.to] } : { driver: new Nowhere() };
  const running = await startAgent({ ...options, ...way, ref: true });
  const leaving = new Leaving();
  const listeners = await openListeners(running, places, leaving).catch(async (thrown: unknown) => {
    await running.close();
    throw thrown;
  });
  log.info(`${sentenceOf(flags)}${listeners.said}`);

  await end;
  if (drain > 0) await leaving.leave(drain);
  await Promise.all([running.close(), listeners.close()]);
  process.exit(0);
};
