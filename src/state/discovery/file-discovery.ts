import { messageOf } from '../../core/errors.ts';
import type { Millis } from '../../core/types.ts';
import { readTargets } from './file-targets.ts';
import { type After, type DiscoverySource, empty, type Finding, failed } from './finding.ts';
import { readTextFile } from './read-text-file.ts';

/** Largest file in bytes: 4,096 servers with a dozen labels each are far smaller. */
const MAX_BYTES = 8 * 1024 * 1024;
/**
 * Longest YAML in UTF-16 units, as for a configuration: reading it takes a hundred times as long as JSON, during which
 * nothing else is done. 4,096 servers with labels of their own are less than half of it.
 */
const MAX_YAML = 1_000_000;
/** After so long without an end a reading is told of: a network drive may never answer. */
const READ_LIMIT: Millis = 5000;

/** Says when one of these files has changed, until it is closed. Seen from the moment of the call on. */
export type Watch = (files: readonly string[], onChange: () => void) => { close(): void };

export interface FileParts {
  /** Turns YAML (JSON is a part of it) into plain values; throws for a text that is none. */
  readonly parse: (text: string) => unknown;
  readonly readFile: (path: string) => Promise<string>;
  readonly watch: Watch;
  readonly after: After;
}

export interface FileDiscoveryOptions extends FileParts {
  /** Absolute. A name that ends in `.json` holds JSON, any other YAML. */
  readonly path: string;
  readonly onFinding: (finding: Finding) => void;
}

/** Reads a file of servers from the disk, up to 8 MiB. */
export const readServersFile = (path: string): Promise<string> => readTextFile(path, MAX_BYTES);

const FAULTS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'it may not be read',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'it is not UTF-8',
};

const whyNotRead = (thrown: unknown): string => {
  const code: unknown = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  return FAULTS[String(code)] ?? messageOf(thrown);
};

/** The first line of what a parser says, cut where it goes on for long. */
const firstLine = (text: string): string => text.slice(0, 300).split('\n', 1)[0] ?? '';

const troubled = (message: string): Finding => ({ servers: undefined, trouble: failed(message, message) });

/** Reads the servers in one file, and again when it changes. */
export class FileDiscovery implements DiscoverySource {
  readonly #options: FileDiscoveryOptions;
  readonly #watcher: { close(): void };
  #isReading = false;
  #isOld = false;
  #isClosed = false;
  #callOff: () => void = () => undefined;

  constructor(options: FileDiscoveryOptions) {
    this.#options = options;
    this.#watcher = options.watch([options.path], () => this.#changed());
    this.#changed();
  }

  close(): void {
    this.#isClosed = true;
    this.#callOff();
    this.#watcher.close();
  }

  #changed(): void {
    this.#isOld = true;
    if (!this.#isReading) void this.#read();
  }

  async #read(): Promise<void> {
    this.#isReading = true;
    while (this.#isOld && !this.#isClosed) {
      this.#isOld = false;
      const finding = await this.#look();
      if (!this.#isClosed) this.#options.onFinding(finding);
    }
    this.#isReading = false;
  }

  async #look(): Promise<Finding> {
    const { path, readFile, after, onFinding } = this.#options;
    this.#callOff = after(READ_LIMIT, () =>
      onFinding(troubled(`it could not be read to its end in ${READ_LIMIT / 1000} s`)),
    );
    try {
      return this.#parsed(await readFile(path));
    } catch (thrown) {
      return troubled(whyNotRead(thrown));
    } finally {
      this.#callOff();
    }
  }

  #parsed(text: string): Finding {
    const isJson = this.#options.path.endsWith('.json');
    if (!isJson && text.length > MAX_YAML)
      return troubled(`it is longer than ${MAX_YAML} characters; JSON, in a file named .json, may be longer`);
    const parse = isJson ? JSON.parse : this.#options.parse;
    let value: unknown;
    try {
      value = text.trim() === '' ? [] : parse(text);
    } catch (thrown) {
      return troubled(firstLine(messageOf(thrown)));
    }
    const servers = readTargets(value);
    if (typeof servers === 'string') return troubled(servers);
    if (servers.length === 0) return { servers: undefined, trouble: empty('it lists no server') };
    return { servers, trouble: undefined };
  }
}
