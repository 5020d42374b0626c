import { spawnSync } from 'node:child_process';

/** Debian's package `prometheus` brings it. Tests that need it say so where it is missing, and are skipped. */
export const hasPromtool = spawnSync('promtool', ['--version']).status === 0;

if (!hasPromtool)
  console.warn('promtool is not installed (apt-get install prometheus): metrics and alerts are NOT checked');

/** What promtool says to these arguments, and its exit code. */
export const promtool = (args: readonly string[], input = ''): { status: number | null; text: string } => {
  const { status, stdout, stderr } = spawnSync('promtool', args, {
    input,
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { status, text: `${stdout}${stderr}` };
};
