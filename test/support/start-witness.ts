import type { Socket } from 'node:net';
import { oneReading } from './one-reading.ts';
import { readStrictly, type StrictMessage } from './read-strictly.ts';
import { type Backend, startRawBackend, whenSaid } from './start-backend.ts';

/** `METHOD target content`. */
const lineOf = ({ startLine, content }: StrictMessage): string =>
  `${startLine.split(' ').slice(0, 2).join(' ')} ${content}`;

/** A server that writes down every byte it gets and answers each request that is whole. */
export interface Witness {
  readonly backend: Backend;
  readonly url: string;
  /** What came, by connection. */
  readonly heard: readonly string[];
  /** Whole requests as `METHOD target content`, in the order they came. */
  readonly seen: readonly string[];
  /** The whole requests. */
  readonly messages: readonly StrictMessage[];
  /** Expects that every connection can be read in one way only. */
  hasOneReading(): void;
  /** Forgets what it has seen and heard, but for what comes on connections that are open. */
  forget(): void;
}

/** What a witness says to a request. */
export const answerTo = (message: StrictMessage): string => {
  const text = `(${lineOf(message).split(' ', 2).join(' ')})`;
  const head = `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n`;
  return message.startLine.startsWith('HEAD ') ? head : head + text;
};

/** Starts a witness for one test. `answer`: what to send for a request; an empty text: nothing. */
export const startWitness = async (
  answer: (message: StrictMessage, socket: Socket) => string = answerTo,
): Promise<Witness> => {
  const heard: string[] = [];
  const messages: StrictMessage[] = [];
  const backend = await startRawBackend((socket, index) => {
    heard[index] = '';
    let answered = 0;
    socket.once('end', () => socket.end());
    whenSaid(socket, (text) => {
      heard[index] = text;
      const whole = readStrictly('request', text).messages.filter(({ isComplete }) => isComplete);
      for (const message of whole.slice(answered)) {
        answered += 1;
        messages.push(message);
        socket.write(Buffer.from(answer(message, socket), 'latin1'));
      }
    });
  });
  return {
    backend,
    url: backend.url,
    heard,
    messages,
    get seen() {
      return messages.map(lineOf);
    },
    hasOneReading: () => {
      for (const text of heard) oneReading('request', text ?? '');
    },
    forget: () => {
      messages.length = 0;
      for (const i of heard.keys()) delete heard[i];
    },
  };
};
