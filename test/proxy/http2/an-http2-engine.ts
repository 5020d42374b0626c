import { once } from 'node:events';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { onTestFinished } from 'vitest';
import { createHttp2Front } from '../../../src/proxy/http2/front.ts';
import { listenSockets } from '../../../src/transport/listen-sockets.ts';
import { anEngine, type EngineFacts, type TestEngine } from '../../support/an-engine.ts';

export interface TestHttp2Engine extends TestEngine {
  /** Where HTTP/1.1 and HTTP/2 without TLS are spoken. */
  readonly h2cPort: number;
}

/** An engine that also listens for HTTP/2 without TLS, for one test. `silence`: see createHttp2Front. */
export const anHttp2Engine = async (facts: EngineFacts, silence?: number): Promise<TestHttp2Engine> => {
  const made = await anEngine(facts);
  const front = createHttp2Front(made.engine, silence);
  const target = { kind: 'tcp', host: '127.0.0.1', port: 0 } as const;
  const listener = await listenSockets(target, { backlog: 511, allowHalfOpen: true }, (socket) =>
    front.serveEither(socket),
  );
  onTestFinished(() => listener.close());
  return { ...made, h2cPort: Number(/:(\d+)$/.exec(listener.address)?.[1]) };
};

/** A session of Node's own client for one test. */
export const aSession = async (port: number): Promise<ClientHttp2Session> => {
  const session = connect(`http://127.0.0.1:${port}`);
  session.on('error', () => {});
  onTestFinished(() => session.destroy());
  await once(session, 'remoteSettings');
  return session;
};

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly trailers: IncomingHttpHeaders | undefined;
  /** Interim answers, in order. */
  readonly interim: readonly IncomingHttpHeaders[];
  /** Error code with which the stream was reset; 0 for none. */
  readonly code: number;
}

/** Hears all of an answer, until its stream has closed. */
export const answerOf = async (stream: ClientHttp2Stream): Promise<Answer> => {
  let headers: IncomingHttpHeaders = {};
  let trailers: IncomingHttpHeaders | undefined;
  const interim: IncomingHttpHeaders[] = [];
  const pieces: Buffer[] = [];
  stream
    .on('response', (got) => {
      headers = got;
    })
    .on('headers', (got) => void interim.push(got))
    .on('trailers', (got) => {
      trailers = got;
    })
    .on('data', (piece) => void pieces.push(piece))
    .on('error', () => {});
  await new Promise((resolve) => stream.once('close', resolve));
  return {
    status: Number(headers[':status'] ?? 0),
    headers,
    body: Buffer.concat(pieces).toString('latin1'),
    trailers,
    interim,
    code: stream.rstCode,
  };
};

/** Sends one request and hears its answer. */
export const ask = (
  session: ClientHttp2Session,
  fields: OutgoingHttpHeaders = {},
  body?: string | Buffer,
): Promise<Answer> => {
  const stream = session.request({ ':path': '/', ...fields }, { endStream: body === undefined });
  if (body !== undefined) stream.end(body);
  return answerOf(stream);
};
