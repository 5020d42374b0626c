import { request } from 'node:http';
import { parseListenAddress } from '../config/address.ts';

const TIME_LIMIT_MS = 10_000;
const SIZE_LIMIT = 64 * 1024 * 1024;

/** The running proxy could not be asked. */
export class Unreachable extends Error {}

export interface AdminAnswer {
  readonly status: number;
  readonly text: string;
}

/**
 * Asks the admin listener of a running proxy, by GET where there is no question. Rejects with Unreachable where none
 * answers, the answer breaks off, or `signal` ends the wait.
 */
export const askAdmin = (
  admin: string,
  path: string,
  question?: unknown,
  method: 'POST' | 'PUT' = 'POST',
  signal?: AbortSignal,
): Promise<AdminAnswer> =>
  new Promise((resolve, reject) => {
    const address = parseListenAddress(admin);
    if (!address) {
      reject(new Unreachable(`"${admin}" is not an address; write 127.0.0.1:9090 or unix:/path`));
      return;
    }
    const where =
      address.kind === 'unix' ? { socketPath: address.path } : { host: address.host, port: address.port };
    const body = question === undefined ? undefined : JSON.stringify(question);
    const headers = { host: 'localhost', ...(body ? { 'content-type': 'application/json' } : {}) };
    const fail = (error: Error): void =>
      reject(new Unreachable(`no proxy answers at ${admin}: ${error.message}`, { cause: error }));
    const asked = request(
      { ...where, path, method: body ? method : 'GET', headers, timeout: TIME_LIMIT_MS, signal },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (part: string) => {
          text += part;
          if (text.length > SIZE_LIMIT) asked.destroy(new Error('the answer is too large'));
        });
        answer.on('error', fail);
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
      },
    );
    asked.on('timeout', () => asked.destroy(new Error(`no answer within ${TIME_LIMIT_MS / 1000} s`)));
    asked.on('error', fail);
    asked.end(body);
  });
