import { hasProgram, runProgram } from './run-program.ts';

/** The command is there. */
export const hasHaproxy = hasProgram('haproxy', '-v');

/** Runs HAProxy with this configuration until the returned function is called. Resolves once `port` is listened on. */
export const runHaproxy = (config: string, port: number): Promise<() => Promise<void>> =>
  runProgram({ command: 'haproxy', config: () => config, args: (file) => ['-db', '-f', file], port });
