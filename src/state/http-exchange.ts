import net from 'node:net';
import tls from 'node:tls';
import { addressOf, portOf } from '../core/accept.ts';
import type { Millis } from '../core/types.ts';
import { type Answer, readAnswer } from './http-answer.ts';
import { PublishError, type PublishFault } from './publish-error.ts';

const MAX_ANSWER_BYTES = 16_384;

/** PEM texts for connections to proxies by https. */
export interface PublisherTls {
  /** Certificates of the authorities that are believed, in place of those that Node knows. */
  readonly ca?: string;
  /** What this agent shows where a proxy asks for a certificate. */
  readonly cert?: string;
  readonly key?: string;
}

/** Opens a connection to where a URL leads. TLS for https. */
export const connectTo = (url: URL, files: PublisherTls = {}): net.Socket => {
  const [host, port] = [addressOf(url), portOf(url)];
  const name = net.isIP(host) === 0 ? { servername: host } : {};
  const socket =
    url.protocol === 'https:'
      ? tls.connect({ host, port, ALPNProtocols: ['http/1.1'], minVersion: 'TLSv1.2', ...name, ...files })
      : net.connect({ host, port });
  return socket.setNoDelay(true);
};

/** What went wrong with a connection. The error of several attempts at once has a code only. */
export const reasonOf = (error: Error & { readonly code?: string }): string =>
  error.message || error.code || 'the connection failed';

/** The first line of a request and those of its fields, without the empty one at the end. */
export const requestHead = (method: string, url: URL, fields: Readonly<Record<string, string>>): string =>
  [
    `${method} ${url.pathname} HTTP/1.1`,
    ...Object.entries({ host: url.host, ...fields }).map(([name, value]) => `${name}: ${value}`),
  ].join('\r\n');

/** Writes a request and waits for its answer. Rejects with PublishError. Leaves no listener behind. */
export const exchange = (socket: net.Socket, request: string, limit: Millis): Promise<Answer> =>
  new Promise((resolve, reject) => {
    let bytes = '';
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      socket.off('data', onData).off('error', onError).off('close', onClose);
      settle();
    };
    const fail = (code: PublishFault, message: string, cause?: Error): void =>
      end(() => reject(new PublishError(code, message, { cause })));
    const onData = (chunk: Buffer): void => {
      bytes += chunk.toString('latin1');
      const answer = readAnswer(bytes, bytes.length > MAX_ANSWER_BYTES);
      if (answer) end(() => resolve(answer));
      else if (bytes.length > MAX_ANSWER_BYTES) fail('bad_answer', 'not an answer in HTTP');
    };
    const onClose = (): void => {
      const answer = readAnswer(bytes, true);
      if (answer) end(() => resolve(answer));
      else fail('unreachable', 'the connection ended without an answer');
    };
    const onError = (error: Error): void => fail('unreachable', reasonOf(error), error);
    const timer = setTimeout(() => fail('timeout', `no answer within ${limit} ms`), limit);
    socket.on('data', onData).on('error', onError).on('close', onClose);
    socket.write(request);
  });
