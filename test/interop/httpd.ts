import { mkdirSync } from 'node:fs';
import { hasProgram, runProgram } from './run-program.ts';

/** Debian's Apache httpd is there. */
export const hasHttpd = hasProgram('apache2', '-v');

const MODULES = '/usr/lib/apache2/modules';

/** The least that httpd needs to serve on a port of 127.0.0.1 and keep everything of its own in a folder. */
const baseConfig = (folder: string, port: number): readonly string[] => {
  mkdirSync(`${folder}/run`);
  return [
    `LoadModule mpm_event_module ${MODULES}/mod_mpm_event.so`,
    `LoadModule authz_core_module ${MODULES}/mod_authz_core.so`,
    `ServerRoot ${folder}`,
    'ServerName localhost',
    `DefaultRuntimeDir ${folder}/run`,
    `PidFile ${folder}/run/pid`,
    'Mutex sem',
    `ErrorLog ${folder}/run/log`,
    'LogLevel warn',
    'User www-data',
    'Group www-data',
    `Listen 127.0.0.1:${port}`,
    'StartServers 1',
    'ServerLimit 1',
    'ThreadsPerChild 8',
    'MaxRequestWorkers 8',
    'MinSpareThreads 1',
    'MaxSpareThreads 8',
  ];
};

/** Runs httpd, as one process, with these modules and lines until the returned function is called. */
export const runHttpd = (
  port: number,
  modules: readonly string[],
  lines: readonly string[],
): Promise<() => Promise<void>> =>
  runProgram({
    command: 'apache2',
    config: (folder) =>
      [
        ...baseConfig(folder, port),
        ...modules.map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`),
        ...lines,
        '',
      ].join('\n'),
    args: (file) => ['-X', '-f', file],
    port,
  });
