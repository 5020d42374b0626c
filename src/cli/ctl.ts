import { type ConsoleAnswer, sayWords } from '../control/console/console-words.ts';
import { addressIn, configOf } from './admin-address.ts';
import { askConsole } from './ask-console.ts';
import { consoleOverApi } from './console-over-api.ts';

export interface CtlOptions {
  /** Path of the console's socket, with or without `unix:`. */
  readonly socket?: string;
  readonly admin?: string;
  readonly config?: string;
  readonly json?: boolean;
}

const REFUSED = 'error: ';

/** What the console answered, without the empty line behind. */
const answerFrom = (text: string): ConsoleAnswer => {
  const ok = !text.startsWith(REFUSED);
  const lines = (ok ? text : text.slice(REFUSED.length)).split('\n').filter((line) => line !== '');
  return { ok: ok && text !== '', lines: text === '' ? ['the proxy ended the connection'] : lines };
};

const overSocket = async (address: string, line: string): Promise<ConsoleAnswer> =>
  answerFrom(await askConsole(address.replace(/^unix:/, ''), line));

const say = async (line: string, { socket, admin, config }: CtlOptions): Promise<ConsoleAnswer> => {
  if (socket !== undefined) return overSocket(socket, line);
  if (admin !== undefined) return sayWords(line, consoleOverApi(admin));
  const read = await configOf(config);
  if (read?.console !== undefined) return overSocket(read.console, line);
  return sayWords(line, consoleOverApi(addressIn(read)));
};

/**
 * `forehand ctl WORD...`: says a word of the console to the running proxy, over its socket or else over its admin
 * listener. Exit code 1 where it was refused.
 */
export const ctl = async (words: readonly string[], options: CtlOptions): Promise<void> => {
  const line = [...words, ...(options.json ? ['--json'] : [])].join(' ');
  if (/\p{Cc}/u.test(line)) throw new Error('ctl: the words must not have control characters');
  const { ok, lines } = await say(line, options);
  const text = lines.map((one) => `${one}\n`).join('');
  if (ok) process.stdout.write(text);
  else {
    process.stderr.write(`ctl: ${text}`);
    process.exitCode = 1;
  }
};
