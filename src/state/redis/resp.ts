/** A command as redis knows it: its name, and what follows. */
export type Command = readonly [name: string, ...args: (string | number)[]];

/** Commands as they go over the wire (RESP2: arrays of bulk strings). */
export const encodeCommands = (commands: readonly Command[]): string =>
  commands
    .map((parts) => {
      const strings = parts.map((part) => `$${Buffer.byteLength(String(part))}\r\n${part}\r\n`);
      return `*${parts.length}\r\n${strings.join('')}`;
    })
    .join('');

/** An answer in one line: OK, a number, or why not. */
export interface Reply {
  readonly isError: boolean;
  readonly text: string;
}

/** More than any answer to what an agent asks. */
const MAX_LINE = 4096;

/** Reads answers that have one line. No command of an agent has another. */
export class ReplyReader {
  #rest = '';

  /** Takes bytes as they come, one character each (latin1). The answers that are whole; undefined if it is no redis. */
  read(bytes: string): readonly Reply[] | undefined {
    const lines = (this.#rest + bytes).split('\r\n');
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length > MAX_LINE || lines.some((line) => !/^[+:-]/.test(line))) return undefined;
    return lines.map((line) => ({ isError: line.startsWith('-'), text: line.slice(1) }));
  }
}
