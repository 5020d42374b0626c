import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { formatProblems } from '../config/format.ts';
import { type ConfigSource, readConfig } from '../config/read.ts';
import type { Config } from '../config/schema.ts';
import { withoutActivation } from '../control/activation.ts';
import { FIRST_SOCKET_FD, Supervisor } from '../control/supervisor.ts';
import { workersOf } from '../control/workers/worker-config.ts';
import { ConfigError } from '../core/errors.ts';
import { listenFds } from '../transport/listen-fds.ts';
import { configOrError } from './config-file.ts';
import { type LogFlags, logFrom, wantsColor } from './log-flags.ts';
import { openSockets } from './open-sockets.ts';
import {
  CONFIG_TEXT_VARIABLE,
  LOG_VARIABLE,
  ROLE_VARIABLE,
  runArguments,
  SOCKETS_VARIABLE,
  WORKERS_VARIABLE,
} from './roles.ts';

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

/** Starts the parent: it reads the configuration for its addresses, holds the sockets and watches over the child. */
const supervise = async (source: ConfigSource, flags: LogFlags): Promise<void> => {
  const { config } = await readConfig(source, {
    env: process.env,
    readFile: (file) => readFile(file, 'utf8'),
  });
  const { names, sockets } = await openSockets(config, listenFds(process.env, process.pid));
  const supervisor = new Supervisor({
    args: childArguments(source),
    env: childEnvironment(source, config, names),
    sockets,
    log: logFrom(flags, config.log),
    onEnd: (code) => process.exit(code),
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
