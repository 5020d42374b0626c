import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseListenAddress } from '../config/address.ts';
import { formatProblems } from '../config/format.ts';
import { type ConfigSource, readConfig } from '../config/read.ts';
import type { Config } from '../config/schema.ts';
import { canHoldSockets, type HeldSocket, holdSocket } from '../control/held-sockets.ts';
import { FIRST_SOCKET_FD, Supervisor } from '../control/supervisor.ts';
import { ConfigError } from '../core/errors.ts';
import { configOrError } from './config-file.ts';
import { type LogFlags, logFrom, wantsColor } from './log-flags.ts';
import { CONFIG_TEXT_VARIABLE, LOG_VARIABLE, ROLE_VARIABLE, SOCKETS_VARIABLE } from './serve.ts';

/** Exit code for a start that failed; a service manager should not try again by itself. */
const CANNOT_START = 1;

interface Opened {
  readonly names: readonly string[];
  readonly sockets: readonly HeldSocket[];
}

const openSockets = async ({ listen, admin, agents }: Config): Promise<Opened> => {
  if (!canHoldSockets) return { names: [], sockets: [] };
  const http = (agents?.listen ?? []).map((text, i) => ({ name: `agents ${i}`, text }));
  const wanted = [
    ...listen.map((text, i) => ({ name: `listen ${i}`, text })),
    ...(admin === false ? [] : [{ name: 'admin', text: admin }]),
    ...http.filter(({ text }) => text.startsWith('http:')),
  ];
  const sockets: HeldSocket[] = [];
  try {
    for (const { name, text } of wanted) {
      const address = parseListenAddress(text);
      if (address) sockets.push(await holdSocket(address, text, name === 'admin'));
    }
  } catch (thrown) {
    for (const socket of sockets) socket.close();
    throw thrown;
  }
  return { names: wanted.map(({ name }) => name), sockets };
};

const childEnvironment = (
  source: ConfigSource,
  { log }: Config,
  names: readonly string[],
): NodeJS.ProcessEnv => ({
  ...process.env,
  [ROLE_VARIABLE]: 'serve',
  [LOG_VARIABLE]: JSON.stringify(log),
  [SOCKETS_VARIABLE]: JSON.stringify(names.map((name, i) => [name, FIRST_SOCKET_FD + i])),
  ...('text' in source ? { [CONFIG_TEXT_VARIABLE]: source.text } : {}),
});

const childArguments = (source: ConfigSource): readonly string[] => {
  const main = fileURLToPath(new URL('./main.js', import.meta.url));
  const file = 'file' in source && !('text' in source) ? source.file : '-';
  const flags = process.argv.slice(2, process.argv.indexOf('run'));
  return [...process.execArgv, main, ...flags, 'run', '--config', file];
};

/** Starts the parent: it reads the configuration for its addresses, holds the sockets and watches over the child. */
const supervise = async (source: ConfigSource, flags: LogFlags): Promise<void> => {
  const { config } = await readConfig(source, {
    env: process.env,
    readFile: (file) => readFile(file, 'utf8'),
  });
  const { names, sockets } = await openSockets(config);
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

/** `forehand run`: in the parent, supervise; in the process that the parent started, serve. */
export const run = async (options: { readonly config?: string }, flags: LogFlags): Promise<void> => {
  try {
    if (process.env[ROLE_VARIABLE] === 'serve')
      await (await import('./serve.ts')).serve(options.config, flags);
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
