import { connect } from 'node:net';
import { Unreachable } from './admin-client.ts';

/** Longer than any store or reload takes. */
const TIME_LIMIT_MS = 30_000;
const SIZE_LIMIT = 64 * 1024 * 1024;

/**
 * Says one line to the console of a running proxy, and resolves with all that it answers. Rejects with Unreachable where
 * none answers.
 */
export const askConsole = (path: string, line: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(path);
    let text = '';
    const fail = (error: Error): void =>
      reject(new Unreachable(`no proxy answers at unix:${path}: ${error.message}`, { cause: error }));
    socket.setEncoding('utf8').setTimeout(TIME_LIMIT_MS, () => {
      socket.destroy(new Error(`no answer within ${TIME_LIMIT_MS / 1000} s`));
    });
    socket.on('data', (part: string) => {
      text += part;
      if (text.length > SIZE_LIMIT) socket.destroy(new Error('the answer is too large'));
    });
    socket.on('error', fail).on('close', (hadError) => {
      if (!hadError) resolve(text);
    });
    socket.end(`${line}\n`);
  });
