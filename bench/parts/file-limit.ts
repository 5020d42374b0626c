import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { needCommands } from './need-commands.ts';

/** The soft limit; Node has made it as high as the hard one when it started. */
const fileLimit = (): number =>
  Number(/^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? 0);

/**
 * How many files this process, and each that it starts, may have open: `wanted` at least if that can be had. To go
 * beyond the hard limit takes root.
 */
export const raiseFileLimit = (wanted: number): number => {
  if (fileLimit() >= wanted) return fileLimit();
  const { prlimit } = needCommands('prlimit');
  spawnSync(prlimit, ['--pid', String(process.pid), `--nofile=${wanted}:${wanted}`]);
  return fileLimit();
};
