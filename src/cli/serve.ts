import { fileURLToPath } from 'node:url';
import { createPage } from '../../dashboard/page.ts';
import type { ConfigSource } from '../config/read.ts';
import { Forehand, type ForehandOptions } from '../control/forehand.ts';
import type { Log } from '../control/logs/log.ts';
import { STUCK_FD, stuckFunctions } from '../control/process/stuck.ts';
import type { ChildMessage } from '../control/process/supervisor.ts';
import { Control, type ControlOptions } from '../control/workers/control.ts';
import { Heartbeat } from '../script/heartbeat.ts';
import { startWatchdog } from '../script/watchdog.ts';
import { type LogFlags, type LogSettings, logFrom, traceFrom } from './log-flags.ts';
import {
  CONFIG_TEXT_VARIABLE,
  LOG_VARIABLE,
  ROLE_VARIABLE,
  runArguments,
  SOCKETS_VARIABLE,
  WORKERS_VARIABLE,
} from './roles.ts';
import { versionText } from './version.ts';

const sourceOf = (file: string | undefined): ConfigSource => {
  const text = process.env[CONFIG_TEXT_VARIABLE];
  return text === undefined ? { file: file ?? 'forehand.yaml' } : { file: 'standard input', text };
};

const heldFds = (): ReadonlyMap<string, number> =>
  new Map(JSON.parse(process.env[SOCKETS_VARIABLE] ?? '[]') as [string, number][]);

/** What serves, with or without workers. */
interface Serving {
  readonly addresses: readonly string[];
  readonly adminUrl: string | undefined;
  readonly agentAddresses: readonly string[];
  reload(): Promise<unknown>;
  reopenLogs(): Promise<void>;
  drain(): Promise<boolean>;
  dump(): Promise<object>;
}

/** TERM and the parent's end drain; HUP reloads; USR2 dumps the state; USR1 opens log files anew. */
const obeySignals = (serving: Serving, log: Log): void => {
  let ending = false;
  const end = (): void => {
    if (ending) return;
    ending = true;
    log.info('draining');
    void serving.drain().then((clean) => process.exit(clean ? 0 : 3));
  };
  process.on('SIGTERM', end).on('disconnect', end);
  // The terminal sends INT to the whole group; the parent passes its own on as TERM.
  process.on('SIGINT', () => undefined);
  process.on('SIGHUP', () => void serving.reload());
  process.on('SIGUSR1', () => void serving.reopenLogs());
  process.on('SIGUSR2', () => void serving.dump().then((state) => log.info('state', state)));
};

const announce = (serving: Serving, source: ConfigSource, log: Log): void => {
  const { addresses, adminUrl, agentAddresses } = serving;
  log.info(`serving on ${addresses.join(', ')} with ${'file' in source ? source.file : 'a configuration'}`);
  if (adminUrl) log.info(`admin on ${adminUrl}`);
  for (const detail of agentAddresses) log.info(`reports: ${detail}`);
};

const tellParent = (message: ChildMessage): void => {
  if (process.connected) process.send?.(message, undefined, {}, () => undefined);
};

/** How a worker is started: as this process, in another role. */
const workerProgram = (): ControlOptions['program'] => {
  const { [SOCKETS_VARIABLE]: _, [CONFIG_TEXT_VARIABLE]: __, ...env } = process.env;
  const main = fileURLToPath(new URL('./main.js', import.meta.url));
  return { args: runArguments(main), env: { ...env, [ROLE_VARIABLE]: 'worker' } };
};

/** Several workers need sockets that they can share. */
const start = async (options: ForehandOptions): Promise<Serving> => {
  const workers = Number(process.env[WORKERS_VARIABLE] ?? 1);
  const canShare = options.held?.has('listen 0') === true;
  if (workers > 1 && canShare)
    return Control.start({ ...options, program: workerProgram(), tell: tellParent });
  if (workers > 1) options.log.warn('sockets cannot be shared on this system: there is one worker');
  return Forehand.start({ ...options, onDeaf: () => tellParent({ kind: 'deaf' }) });
};

/** Serves until told to end. Throws a ConfigError if the configuration cannot be used. */
export const serve = async (file: string | undefined, flags: LogFlags): Promise<void> => {
  const source = sourceOf(file);
  const settings = JSON.parse(process.env[LOG_VARIABLE] ?? '{}') as LogSettings;
  const log = logFrom(flags, settings);
  const heartbeat = new Heartbeat();
  startWatchdog({
    heartbeat: heartbeat,
    onStuck: process.send ? { kind: 'kill', fd: STUCK_FD } : { kind: 'report' },
    onLost: (why) =>
      log.error(`the watchdog ended: ${why}; a function that never returns would go unnoticed`),
  });
  const serving = await start({
    heartbeat,
    source,
    env: process.env,
    log,
    trace: traceFrom(flags, settings),
    version: versionText(),
    page: createPage(),
    watch: !('text' in source),
    held: heldFds(),
    stuck: stuckFunctions(process.env),
    onQuit: () => tellParent({ kind: 'quit' }),
  });
  obeySignals(serving, log);
  tellParent({ kind: 'ready' });
  announce(serving, source, log);
};
