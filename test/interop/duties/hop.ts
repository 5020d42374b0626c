import { expect } from 'vitest';
import { anEngine, type EngineFacts } from '../../support/an-engine.ts';
import { eventually } from '../../support/eventually.ts';
import { oneReading } from '../../support/one-reading.ts';
import { connectRaw, type RawClient } from '../../support/raw-client.ts';
import { readStrictly, type StrictMessage } from '../../support/read-strictly.ts';
import { startWitness, type Witness } from '../../support/start-witness.ts';

/** How a server answers: with these bytes, or with what it makes of the request. */
export type Answer = string | ((message: StrictMessage) => string);

export interface ExchangeFacts {
  /** The server closes its connection behind its answer. */
  readonly ends?: boolean;
  readonly engine?: Partial<EngineFacts>;
}

/** What became of a request, as both sides saw it. */
export interface Exchanged {
  /** What the server got; undefined: nothing whole. */
  readonly request: StrictMessage | undefined;
  readonly requests: readonly StrictMessage[];
  /** What the client got, interim answers too. */
  readonly answers: readonly StrictMessage[];
  /** The final answer. */
  readonly answer: StrictMessage | undefined;
  readonly status: number;
  readonly text: string;
  readonly witness: Witness;
  readonly client: RawClient;
  /** Of the proxy. */
  readonly port: number;
}

/** Sends one request through the proxy. */
export type Hop = (request: string, answer?: Answer, facts?: ExchangeFacts) => Promise<Exchanged>;

/** One duty of an intermediary. */
export type Duty = readonly [
  section: string,
  level: 'MUST' | 'SHOULD' | 'FEATURE',
  what: string,
  check: (hop: Hop) => Promise<unknown>,
];

export const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

export const get = (lines = '', path = '/'): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n${lines}\r\n`;
export const post = (lines: string, content: string): string =>
  `POST / HTTP/1.1\r\nHost: a\r\n${lines}\r\n${content}`;
export const answerWith = (lines: string, content = '', status = '200 OK'): string =>
  `HTTP/1.1 ${status}\r\n${lines}\r\n${content}`;

/** All values of a field, in order. */
export const valuesOf = (message: StrictMessage | undefined, wanted: string): readonly string[] =>
  (message?.fields ?? []).flatMap(([name, value]) => (name === wanted ? [value] : []));

export const statusOf = ({ startLine }: StrictMessage): number => Number(startLine.slice(9, 12));

const isFinal = (message: StrictMessage): boolean =>
  message.isComplete && (statusOf(message) >= 200 || statusOf(message) === 101);

/** Makes hops of one transport. */
export const hopOn =
  (transport: 'raw' | 'net'): Hop =>
  async (request, answer = OK, { ends = false, engine = {} } = {}) => {
    const witness = await startWitness((message, socket) => {
      if (ends) setImmediate(() => socket.end());
      return typeof answer === 'string' ? answer : answer(message);
    });
    const { port } = await anEngine({ transport, servers: { a: witness.url }, ...engine });
    const client = await connectRaw(port);
    const isHead = request.startsWith('HEAD ');
    client.send(request);
    const read = () =>
      readStrictly('response', client.heard(), { isHead, isClosed: client.socket.destroyed }).messages;
    await eventually(() => read().some(isFinal) || client.socket.destroyed, 'a final answer');
    if (/\r\nConnection: close\r\n/i.test(client.heard())) await client.closed();
    const answers = oneReading('response', client.heard(), { isHead, isClosed: client.socket.destroyed });
    witness.hasOneReading();
    const final = answers.find(isFinal);
    return {
      request: witness.messages[0],
      requests: witness.messages,
      answers,
      answer: final,
      status: final ? statusOf(final) : 0,
      text: client.heard(),
      witness,
      client,
      port,
    };
  };

/** Expects a refusal with this status, of which the server hears nothing. */
export const refuses = async (hop: Hop, request: string, status: number): Promise<void> => {
  const { status: got, requests, text } = await hop(request);
  expect(got).toBe(status);
  expect(requests).toEqual([]);
  expect(text).toMatch(/\r\nConnection: close\r\n/);
};

/** Expects a bad answer of a server to become a 502. */
export const becomes502 = async (hop: Hop, answer: string): Promise<void> => {
  const { status, witness } = await hop(get(), answer);
  expect(status).toBe(502);
  await eventually(() => witness.backend.open === 0, 'the server is left');
};
