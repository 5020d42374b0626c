import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The Debian package of each command that a measurement may need. */
const PACKAGES = {
  nginx: 'nginx',
  haproxy: 'haproxy',
  wrk: 'wrk',
  taskset: 'util-linux',
  prlimit: 'util-linux',
} as const;

/** A command that measurements use. */
export type SystemCommand = keyof typeof PACKAGES;

/** Debian keeps servers where the PATH of ordinary users does not look. */
const SYSTEM_FOLDERS = ['/usr/sbin', '/sbin'];

const find = (command: SystemCommand): string | undefined =>
  [...(process.env['PATH'] ?? '').split(delimiter), ...SYSTEM_FOLDERS]
    .map((folder) => join(folder, command))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });

/** Paths of these commands. Throws when one is missing, and says how to get it. */
export const needCommands = <Name extends SystemCommand>(
  ...names: readonly Name[]
): Readonly<Record<Name, string>> => {
  const found = names.map((name) => [name, find(name)] as const);
  const missing = found.filter(([, path]) => path === undefined).map(([name]) => name);
  if (missing.length > 0)
    throw new Error(
      `missing: ${missing.join(', ')}. On Debian: apt-get install -y ${missing.map((name) => PACKAGES[name]).join(' ')}`,
    );
  return Object.fromEntries(found) as Record<Name, string>;
};
