import type { ReadStream } from 'node:tty';
import { hashPassword } from '../password/password.ts';

const MOST_BYTES = 4096;
const [ENTER, DELETE, BACKSPACE, INTERRUPT, END] = [/[\r\n]/, '\u007f', '\b', '\u0003', '\u0004'];

/** Reads a line from a terminal that shows nothing of it. Rejects when the person gives up. */
const askHidden = (terminal: ReadStream, question: string): Promise<string> =>
  new Promise((resolve, reject) => {
    let typed = '';
    const end = (settle: () => void): void => {
      terminal.setRawMode(false).pause().off('data', take);
      process.stderr.write('\n');
      settle();
    };
    const take = (part: string): void => {
      for (const character of part) {
        if (ENTER.test(character)) {
          end(() => resolve(typed));
          return;
        }
        if (character === INTERRUPT || character === END) {
          end(() => reject(new Error('given up')));
          return;
        }
        if (character === DELETE || character === BACKSPACE) typed = [...typed].slice(0, -1).join('');
        else if (typed.length < MOST_BYTES) typed += character;
      }
    };
    // First: what comes right behind the question must not be shown either.
    terminal.setEncoding('utf8').setRawMode(true).resume().on('data', take);
    process.stderr.write(question);
  });

const typedTwice = async (terminal: ReadStream): Promise<string> => {
  const password = await askHidden(terminal, 'password: ');
  if ((await askHidden(terminal, 'once more: ')) !== password) throw new Error('the two are not the same');
  return password;
};

/** The first line of what comes in; the end of the line is no part of it. */
const firstLine = async (input: AsyncIterable<unknown>): Promise<string> => {
  let text = '';
  for await (const part of input) {
    text += String(part);
    if (text.includes('\n') || text.length > MOST_BYTES) break;
  }
  return text.split(/\r?\n/, 1)[0] ?? '';
};

/** `forehand hash-password`: prints the hash that a configuration takes. The password is never an argument. */
export const printPasswordHash = async (): Promise<void> => {
  const { stdin } = process;
  const password = stdin.isTTY ? await typedTwice(stdin) : await firstLine(stdin.setEncoding('utf8'));
  if (password === '') throw new Error('hash-password: the password is empty');
  if (password.length > 1024 || /\p{Cc}/u.test(password))
    throw new Error('hash-password: expected at most 1024 characters, without control characters');
  process.stdout.write(`${await hashPassword(password)}\n`);
};
