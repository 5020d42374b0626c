import { execFile } from 'node:child_process';
import { chown, open } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Config } from '../../config/schema/schema.ts';

/** An account of this system. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** All that it is in, as the system has it. */
  readonly groups: readonly number[];
}

type Wanted = Pick<Config, 'user' | 'group'>;

const run = promisify(execFile);
const TIME_LIMIT_MS = 10_000;

/** Asks the system as its own tools do, so that LDAP and the like count too. Empty for a name it does not know. */
const numbersOf = async (program: string, ...args: readonly string[]): Promise<readonly number[]> => {
  try {
    const { stdout } = await run(program, [...args], { timeout: TIME_LIMIT_MS });
    // `id` prints numbers, `getent group` a line `name:password:number:members`.
    const text = stdout.includes(':') ? (stdout.split(':')[2] ?? '') : stdout;
    return text
      .trim()
      .split(/\s+/)
      .filter((word) => /^\d+$/.test(word))
      .map(Number);
  } catch {
    return [];
  }
};

/** Finds the account. Rejects where there is none, with a reason that a person can act on. */
export const findAccount = async (user: string, group: string | undefined): Promise<Account> => {
  const [uid] = await numbersOf('id', '-u', user);
  if (uid === undefined) throw new Error(`user: there is no user "${user}" on this system`);
  const [gid] = await (group === undefined
    ? numbersOf('id', '-g', user)
    : numbersOf('getent', 'group', group));
  if (gid === undefined) throw new Error(`group: there is no group "${group ?? user}" on this system`);
  return { name: user, uid, gid, groups: await numbersOf('id', '-G', user) };
};

/**
 * The account to go on as; undefined where this process stays who it is. Rejects where that cannot be, before anything
 * was changed.
 */
export const accountFor = async ({ user, group }: Wanted): Promise<Account | undefined> => {
  if (user === undefined) return undefined;
  if (!process.getuid || !process.getgid) throw new Error('user: this system has no users to change to');
  const account = await findAccount(user, group);
  const [uid, gid] = [process.getuid(), process.getgid()];
  if (uid === account.uid && gid === account.gid) return undefined;
  if (uid !== 0)
    throw new Error(`user: only root can become "${user}"; start as root, or leave \`user\` out`);
  return account;
};

const pathsOf = ({ admin, console, listen }: Config): readonly string[] =>
  [admin, console, ...listen.map(({ address }) => address)].flatMap((text) =>
    typeof text === 'string' && text.startsWith('unix:') ? [text.slice('unix:'.length)] : [],
  );

/** The sockets in the file system belong to whoever serves on them: some are for their owner alone. */
export const giveSockets = async (config: Config, { uid, gid }: Account): Promise<void> => {
  for (const path of pathsOf(config)) await chown(path, uid, gid);
};

/** Goes on as the account, for good, and so do the processes that are started from now on. */
export const become = ({ uid, gid, groups }: Account): void => {
  process.setgroups?.([...new Set([gid, ...groups])]);
  process.setgid?.(gid);
  process.setuid?.(uid);
};

/** The files, of those named, that this process may not read. */
export const unreadable = async (files: readonly string[]): Promise<readonly string[]> => {
  const found = await Promise.all(
    files.map(async (file) => {
      try {
        await (await open(file, 'r')).close();
        return undefined;
      } catch {
        return file;
      }
    }),
  );
  return found.filter((file) => file !== undefined);
};
