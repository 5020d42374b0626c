import { formatProblems } from '../config/shown/format.ts';
import { ConfigError, type Problem } from '../core/errors.ts';
import { type LogFlags, wantsColor } from './log-flags.ts';

/** Prints problems on standard error. */
export const printProblems = (problems: readonly Problem[], flags: LogFlags): void => {
  process.stderr.write(formatProblems(problems, { color: wantsColor(flags) }));
};

/** The end of a verb whose input has problems: prints them, exit code 1. Throws on what is no ConfigError. */
export const endWithProblems = (thrown: unknown, flags: LogFlags): void => {
  if (!(thrown instanceof ConfigError)) throw thrown;
  printProblems(thrown.problems, flags);
  process.exitCode = 1;
};
