import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { ConsoleParts } from './console-parts.ts';
import { type ConsoleAnswer, sayWords } from './console-words.ts';

export const MOST_LINE_BYTES = 8192;
/** A person at a terminal thinks for a while; nobody reads or writes for longer, ms. */
const IDLE_MS = 5 * 60_000;

/** `error: ` before the first line says that it was refused; the empty line behind, that this was all. */
const textOf = ({ ok, lines }: ConsoleAnswer): string => {
  const shown = lines.filter((line) => line !== '');
  return `${ok ? '' : 'error: '}${shown.join('\n')}${shown.length > 0 || !ok ? '\n' : ''}\n`;
};

/** One connection: a line is answered before the next one is read, so that nothing piles up. */
export class ConsoleConnection {
  readonly #socket: Socket;
  readonly #parts: ConsoleParts;
  #text = '';

  constructor(socket: Socket, parts: ConsoleParts) {
    this.#socket = socket;
    this.#parts = parts;
  }

  start(): void {
    const socket = this.#socket;
    socket.setEncoding('utf8').setTimeout(IDLE_MS, () => socket.destroy());
    this.#run().catch(() => socket.destroy());
  }

  async #run(): Promise<void> {
    for await (const part of this.#socket.iterator({ destroyOnReturn: false })) {
      this.#text += String(part);
      if (!(await this.#lines())) return this.#end();
      if (Buffer.byteLength(this.#text.split('\n', 1)[0] ?? '') > MOST_LINE_BYTES)
        return this.#end(textOf({ ok: false, lines: [`a line has at most ${MOST_LINE_BYTES} bytes`] }));
    }
    // What a script sent without a line end before it closed its side.
    if (this.#text.trim() !== '') await this.#say(this.#text);
    this.#end();
  }

  /** Answers the whole lines; false when that ended the connection. */
  async #lines(): Promise<boolean> {
    for (;;) {
      const end = this.#text.indexOf('\n');
      if (end === -1 || Buffer.byteLength(this.#text.slice(0, end)) > MOST_LINE_BYTES) return true;
      const line = this.#text.slice(0, end).replace(/\r$/, '');
      this.#text = this.#text.slice(end + 1);
      if (line.trim() !== '' && !(await this.#say(line))) return false;
    }
  }

  async #say(line: string): Promise<boolean> {
    const answer = await sayWords(line, this.#parts);
    if (this.#socket.destroyed) return false;
    if (!this.#socket.write(textOf(answer)))
      await Promise.race([once(this.#socket, 'drain'), once(this.#socket, 'close')]);
    return answer.end !== true;
  }

  /** `last`: what is still said. The client may go on sending; nobody listens. */
  #end(last = ''): void {
    this.#socket.end(last);
    this.#socket.resume();
    this.#socket.setTimeout(1000, () => this.#socket.destroy());
  }
}
