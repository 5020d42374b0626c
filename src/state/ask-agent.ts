import { connect, type Socket } from 'node:net';
import { formatDuration } from '../core/options.ts';
import type { Millis } from '../core/types.ts';

/** Where an agent in HAProxy's dialect listens, and how it is asked. */
export interface AgentPlace {
  readonly host: string;
  readonly port: number;
  /** For the whole question, from connecting to the end of the line. */
  readonly timeout: Millis;
  /** Sent as it is, before the answer is read. */
  readonly send?: string;
}

/** The first line of an answer, or why there is none. */
export type AgentLine = { readonly line: string } | { readonly fault: string };

export interface Question {
  readonly answer: Promise<AgentLine>;
  /** Closes the connection; the answer is a fault then, unless it has come. */
  cancel(): void;
}

/** Longest answer, in bytes; one that goes on without an end of line is none. */
export const MAX_ANSWER_BYTES = 1024;

/** Reads up to LF, CR or the end. Calls back once or never; a reset is not an end. */
const readLine = (socket: Socket, done: (line: AgentLine) => void): void => {
  let text = '';
  socket.setEncoding('latin1');
  socket.on('data', (part: string) => {
    text += part;
    const end = text.search(/[\r\n]/);
    if (end !== -1 && end <= MAX_ANSWER_BYTES) done({ line: text.slice(0, end) });
    else if (text.length > MAX_ANSWER_BYTES)
      done({ fault: `more than ${MAX_ANSWER_BYTES} bytes without an end of line` });
  });
  socket.on('end', () => done(text === '' ? { fault: 'closed without an answer' } : { line: text }));
};

/** Asks an agent once, over a connection of its own. Never rejects. */
export const askAgent = ({ host, port, timeout, send }: AgentPlace): Question => {
  const socket = connect({ host, port });
  let limit: NodeJS.Timeout | undefined;
  const answer = new Promise<AgentLine>((resolve) => {
    const done = (line: AgentLine): void => {
      clearTimeout(limit);
      resolve(line);
      socket.destroy();
    };
    limit = setTimeout(() => done({ fault: `no answer within ${formatDuration(timeout)}` }), timeout);
    socket.on('error', ({ message }) => done({ fault: message }));
    socket.on('close', () => done({ fault: 'closed before an answer' }));
    if (send !== undefined) socket.write(send);
    readLine(socket, done);
  });
  return { answer, cancel: () => void socket.destroy() };
};
