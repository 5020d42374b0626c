import { isAbsolute } from 'node:path';
import type { ReadConfig } from '../config/read.ts';
import type { Log } from '../control/logs/log.ts';
import { PidFile } from '../control/process/pid-file.ts';
import { type Account, accountFor, become, giveSockets, unreadable } from '../control/process/privileges.ts';

/** What is settled before the sockets are open. */
export interface RunAs {
  /** Undefined where the process stays who it is. */
  readonly account: Account | undefined;
  readonly pidFile: PidFile | undefined;
}

/** Looks whether the process can become who the configuration wants, and claims the pid file. Rejects if not. */
export const prepareToRun = async ({ config }: ReadConfig, log: Log): Promise<RunAs> => {
  const account = await accountFor(config);
  if (config.user === undefined && process.getuid?.() === 0)
    log.warn('running as root: whoever breaks in has the machine; give an account with `user`');
  const pidFile = config.pidFile === undefined ? undefined : await PidFile.claim(config.pidFile);
  return { account, pidFile };
};

/**
 * Goes on as the account that was found, once the sockets are open. Rejects where it could not read what the proxy reads
 * at its start and at each reload.
 */
export const changeAccount = async (
  { config, files }: ReadConfig,
  { account, pidFile }: RunAs,
): Promise<void> => {
  if (!account) return;
  await giveSockets(config, account);
  await pidFile?.give(account.uid, account.gid);
  become(account);
  const closed = await unreadable(files.filter(isAbsolute));
  if (closed.length > 0)
    throw new Error(
      `user: "${account.name}" may not read ${closed.join(', ')}, read at the start and at each reload; give the account, or its group, the right to`,
    );
};
