/** How a process of `forehand run` learns from the one that started it what it is and what it has. */

/** `serve` or `worker`; not set in the process that a person starts. */
export const ROLE_VARIABLE = 'FOREHAND_ROLE';
/** Names and descriptors of held sockets, as JSON. */
export const SOCKETS_VARIABLE = 'FOREHAND_SOCKETS';
/** A configuration that came from a pipe. */
export const CONFIG_TEXT_VARIABLE = 'FOREHAND_CONFIG_TEXT';
/** What the configuration says of the log, as JSON: it is needed before the configuration is read. */
export const LOG_VARIABLE = 'FOREHAND_LOG';
/** How many workers there are to be. */
export const WORKERS_VARIABLE = 'FOREHAND_WORKERS';

/** Arguments of `forehand run` for node, with the global flags of this process. */
export const runArguments = (main: string, more: readonly string[] = []): readonly string[] => {
  const flags = process.argv.slice(2, process.argv.indexOf('run'));
  return [...process.execArgv, main, ...flags, 'run', ...more];
};
