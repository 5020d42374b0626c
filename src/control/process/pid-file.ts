import { constants } from 'node:fs';
import { type FileHandle, open, readFile, rm } from 'node:fs/promises';
import { messageOf } from '../../core/errors.ts';

const isAlive = (pid: number): boolean => {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM';
  }
};

const pidIn = async (path: string): Promise<number | undefined> => {
  const text = await readFile(path, 'utf8').catch(() => '');
  return /^\d{1,10}\s*$/.test(text) && Number(text) > 0 ? Number(text) : undefined;
};

/** Never follows a link that somebody else has put there. */
const create = (path: string): Promise<FileHandle> =>
  open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o644);

/** A file with the number of this process while it runs. */
export class PidFile {
  readonly #path: string;
  readonly #file: FileHandle;

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  /**
   * Creates the file, still empty. One that a dead process left behind is replaced; with one of a live process, and where
   * none can be made, it rejects with a reason that a person can act on.
   */
  static async claim(path: string): Promise<PidFile> {
    const pid = await pidIn(path);
    if (pid !== undefined && isAlive(pid))
      throw new Error(
        `pidFile ${path}: process ${pid} runs already; end it, or remove the file if it is another program`,
      );
    try {
      await rm(path, { force: true });
      return new PidFile(path, await create(path));
    } catch (thrown) {
      throw new Error(`pidFile ${path}: ${messageOf(thrown)}`, { cause: thrown });
    }
  }

  /** For a process that goes on as somebody else. */
  async give(uid: number, gid: number): Promise<void> {
    await this.#file.chown(uid, gid);
  }

  /** Writes the number. May be called again. */
  async write(): Promise<void> {
    await this.#file.truncate(0);
    await this.#file.write(`${process.pid}\n`, 0);
  }

  /** Removes the file; where that is no longer allowed, empties it, which counts as none. */
  async remove(): Promise<void> {
    await rm(this.#path, { force: true }).catch(() => this.#file.truncate(0));
    await this.#file.close();
  }
}
