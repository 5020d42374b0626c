import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type ConfigSource, type ReadConfig, readConfig } from '../config/read.ts';
import type { Config } from '../config/schema/schema.ts';
import { formatProblems } from '../config/shown/format.ts';
import { withoutActivation } from '../control/listeners/activation.ts';
import { FIRST_SOCKET_FD, Supervisor } from '../control/process/supervisor.ts';
import { workersOf } from '../control/workers/worker-config.ts';
import { ConfigError, messageOf } from '../core/errors.ts';
import { listenFds } from '../transport/listen-fds.ts';
import { configOrError } from './config-file.ts';
import { type LogFlags, logFrom, wantsColor } from './log-flags.ts';
import { type OpenSockets, openSockets } from './open-sockets.ts';
import {
  CONFIG_TEXT_VARIABLE,
  LOG_VARIABLE,
  ROLE_VARIABLE,
  runArguments,
  SOCKETS_VARIABLE,
  WORKERS_VARIABLE,
} from './roles.ts';
import { changeAccount, prepareToRun, type RunAs } from './run-as.ts';

/** Exit code for a start that failed; a service manager should not try again by itself. */
const CANNOT_START = 1;

const childEnvironment = (
  source: ConfigSource,
  config: Config,
  names: readonly string[],
): NodeJS.ProcessEnv => ({
  ...withoutActivation(process.env),
  [ROLE_VARIABLE]: 'serve',
  [LOG_VARIABLE]: JSON.stringify(config.log),
  [WORKERS_VARIABLE]: String(workersOf(config)),
  [SOCKETS_VARIABLE]: JSON.stringify(names.map((name, i) => [name, FIRST_SOCKET_FD + i])),
  ...('text' in source ? { [CONFIG_TEXT_VARIABLE]: source.text } : {}),
});

const childArguments = (source: ConfigSource): readonly string[] => {
  const main = fileURLToPath(new URL('./main.js', import.meta.url));
  const file = 'file' in source && !('text' in source) ? source.file : '-';
  return runArguments(main, ['--config', file]);
};

/** Opens the sockets and goes on as the account of the configuration. Leaves nothing behind if that fails. */
const openAs = async (read: ReadConfig, runAs: RunAs): Promise<OpenSockets> => {
  let opened: OpenSockets | undefined;
  try {
    opened = await openSockets(read.config, listenFds(process.env, process.pid));
    await changeAccount(read, runAs);
    return opened;
  } catch (thrown) {
    for (const socket of opened?.sockets ?? []) socket.close();
    await endRun(runAs);
    throw thrown;
  }
};

const endRun = async ({ pidFile }: RunAs): Promise<void> => {
  await pidFile?.remove().catch(() => undefined);
};

/** Starts the parent: it reads the configuration for its addresses, holds the sockets and watches over the child. */
const supervise = async (source: ConfigSource, flags: LogFlags): Promise<void> => {
  const read = await readConfig(source, {
    env: process.env,
    readFile: (file) => readFile(file, 'utf8'),
  });
  const { config } = read;
  const log = logFrom(flags, config.log);
  const runAs = await prepareToRun(read, log);
  const { names, sockets } = await openAs(read, runAs);
  const supervisor = new Supervisor({
    args: childArguments(source),
    env: childEnvironment(source, config, names),
    sockets,
    log,
    onReady: () => void runAs.pidFile?.write().catch((fault) => log.error(`pidFile: ${messageOf(fault)}`)),
    onEnd: (code) => void endRun(runAs).then(() => process.exit(code)),
  });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const) {
    process.on(signal, () => supervisor.signal(signal));
  }
  supervisor.start();
};

/** `forehand run`: in the parent, supervise; in the processes that it started, serve or carry traffic. */
export const run = async (options: { readonly config?: string }, flags: LogFlags): Promise<void> => {
  try {
    const role = process.env[ROLE_VARIABLE];
    if (role === 'serve') await (await import('./serve.ts')).serve(options.config, flags);
    else if (role === 'worker') (await import('./worker.ts')).work(flags);
    else await supervise(await configOrError(options.config), flags);
  } catch (thrown) {
    const text =
      thrown instanceof ConfigError
        ? formatProblems(thrown.problems, { color: wantsColor(flags) })
        : undefined;
    process.stderr.write(text ?? `forehand: ${thrown instanceof Error ? thrown.message : String(thrown)}\n`);
    process.exit(CANNOT_START);
  }
};
