import { readdir, readFile } from 'node:fs/promises';
import type { ConfigSource } from '../../config/read.ts';
import type { FileAccess } from '../../config/reading/file-access.ts';
import type { Bundle } from '../../script/bundle.ts';
import { bundleScript, type MakeBundle } from '../../script/bundle-script.ts';

/** The world that a configuration is read from. */
export interface ConfigInputs extends FileAccess {
  readonly bundle: MakeBundle;
}

export const diskInputs: ConfigInputs = {
  readFile: (path) => readFile(path, 'utf8'),
  listDirectory: (path) => readdir(path),
  bundle: bundleScript,
};

interface HandedScript {
  readonly bundle: Bundle;
  readonly files: readonly string[];
}

/** All that a configuration was read from, as plain data: whoever reads this reads the very same one. */
export interface HandedConfig {
  readonly source: ConfigSource;
  readonly files: ReadonlyMap<string, string>;
  readonly folders: ReadonlyMap<string, readonly string[]>;
  readonly scripts: ReadonlyMap<string, HandedScript>;
}

/** Reads from the disk, or what stands for it, and remembers what it read. For one reading of a configuration. */
export class RecordedInputs implements ConfigInputs {
  readonly #files = new Map<string, string>();
  readonly #folders = new Map<string, readonly string[]>();
  readonly #scripts = new Map<string, HandedScript>();
  readonly #disk: ConfigInputs;

  constructor(disk: ConfigInputs = diskInputs) {
    this.#disk = disk;
  }

  readonly readFile: ConfigInputs['readFile'] = async (path) => {
    const text = await this.#disk.readFile(path);
    this.#files.set(path, text);
    return text;
  };

  readonly listDirectory: ConfigInputs['listDirectory'] = async (path) => {
    const names = await this.#disk.listDirectory(path);
    this.#folders.set(path, names);
    return names;
  };

  readonly bundle: MakeBundle = async (order) => {
    const files = new Set<string>();
    const onFile = (path: string): void => {
      files.add(path);
      order.onFile(path);
    };
    const bundle = await this.#disk.bundle({ ...order, onFile });
    this.#scripts.set(order.entry, { bundle, files: [...files] });
    return bundle;
  };

  handed(source: ConfigSource): HandedConfig {
    return { source, files: this.#files, folders: this.#folders, scripts: this.#scripts };
  }
}

const found = <Value>(values: ReadonlyMap<string, Value>, path: string): Value => {
  const value = values.get(path);
  if (value === undefined) throw Object.assign(new Error(`${path} was not handed over`), { code: 'ENOENT' });
  return value;
};

/** Reads what another process has read, and nothing else. */
export const handedInputs = ({ files, folders, scripts }: HandedConfig): ConfigInputs => ({
  readFile: async (path) => found(files, path),
  listDirectory: async (path) => found(folders, path),
  bundle: async ({ entry, onFile }) => {
    const script = found(scripts, entry);
    script.files.forEach(onFile);
    return script.bundle;
  },
});
