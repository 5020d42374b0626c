import { type FSWatcher, statSync, watch } from 'node:fs';
import { dirname } from 'node:path';
import type { Millis } from '../core/types.ts';

export interface WatchSettings {
  /** From the first sign of a change to a look at the files, and between looks until nothing changes any more. */
  readonly debounceMs: Millis;
  /** How often the files are looked at without any sign: what the system does not tell is seen then. */
  readonly pollMs: Millis;
}

const DEFAULTS: WatchSettings = { debounceMs: 50, pollMs: 5000 };

/** What tells one state of a file from another, links followed; empty while there is none. */
const stateOf = (file: string): string => {
  try {
    const { dev, ino, size, mtimeNs } = statSync(file, { bigint: true });
    return `${dev} ${ino} ${size} ${mtimeNs}`;
  } catch {
    return '';
  }
};

/** What tells one folder from another that comes to be under the same path; the system may reuse its number. */
const identityOf = (folder: string): string => {
  try {
    const { dev, ino, birthtimeNs } = statSync(folder, { bigint: true });
    return `${dev} ${ino} ${birthtimeNs}`;
  } catch {
    return '';
  }
};

interface Folder {
  readonly watcher: FSWatcher;
  /** Which folder it was: a path may come to mean another one. */
  readonly identity: string;
}

/**
 * Says when files change. It watches their folders, so that editors which replace files and files yet to come are
 * seen, and looks at the files themselves every few seconds for what goes unseen there: a link on the way that is
 * switched, a network drive, a system that is out of watches. It speaks once the files have stood still between two
 * looks. Does not keep the process alive.
 */
export class FileWatch {
  readonly #onChange: () => void;
  readonly #settings: WatchSettings;
  #states = new Map<string, string>();
  readonly #folders = new Map<string, Folder>();
  #changed = false;
  #look: NodeJS.Timeout | undefined = undefined;
  readonly #poll: NodeJS.Timeout;

  constructor(onChange: () => void, settings: Partial<WatchSettings> = {}) {
    this.#onChange = onChange;
    this.#settings = { ...DEFAULTS, ...settings };
    this.#poll = setInterval(() => this.#pollNow(), this.#settings.pollMs).unref();
  }

  /**
   * Watches these files from now on and no others. Of files that were followed before, changes since the last word
   * still count: a file that changes while it is being read is not missed.
   */
  follow(files: readonly string[]): void {
    this.#states = new Map(files.map((file) => [file, this.#states.get(file) ?? stateOf(file)]));
    this.#watchFolders();
    this.#soon();
  }

  close(): void {
    clearInterval(this.#poll);
    clearTimeout(this.#look);
    for (const { watcher } of this.#folders.values()) watcher.close();
    this.#folders.clear();
    this.#states.clear();
  }

  #pollNow(): void {
    this.#watchFolders();
    this.#lookNow();
  }

  #soon(): void {
    this.#look ??= setTimeout(() => this.#lookNow(), this.#settings.debounceMs).unref();
  }

  #lookNow(): void {
    clearTimeout(this.#look);
    this.#look = undefined;
    if (this.#anyMoved()) {
      this.#changed = true;
      this.#soon();
      return;
    }
    if (!this.#changed) return;
    this.#changed = false;
    this.#onChange();
  }

  #anyMoved(): boolean {
    let moved = false;
    for (const [file, before] of this.#states) {
      const now = stateOf(file);
      if (now === before) continue;
      this.#states.set(file, now);
      moved = true;
    }
    return moved;
  }

  #watchFolders(): void {
    const wanted = new Set([...this.#states.keys()].map((file) => dirname(file)));
    for (const [path, { identity }] of this.#folders)
      if (!wanted.has(path) || identity !== identityOf(path)) this.#leave(path);
    for (const path of wanted) if (!this.#folders.has(path)) this.#enter(path);
  }

  #enter(path: string): void {
    try {
      const identity = identityOf(path);
      const watcher = watch(path, { persistent: false }, () => this.#soon());
      watcher.on('error', () => this.#leave(path));
      this.#folders.set(path, { watcher, identity });
    } catch {
      // No such folder, or no watch left: the poll sees changes meanwhile and tries to watch again.
    }
  }

  #leave(path: string): void {
    this.#folders.get(path)?.watcher.close();
    this.#folders.delete(path);
  }
}
