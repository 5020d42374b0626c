import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { anEngine, TRANSPORTS } from '../support/an-engine.ts';
import { eventually } from '../support/eventually.ts';
import { oneReading } from '../support/one-reading.ts';
import { askRaw, connectRaw, type RawClient } from '../support/raw-client.ts';
import { readStrictly } from '../support/read-strictly.ts';
import { startRawBackend, whenSaid } from '../support/start-backend.ts';
import { answerTo, startWitness } from '../support/start-witness.ts';
import { ANSWER_BODY_CASES, ANSWER_CHUNK_CASES, ANSWER_SURPLUS_CASES } from './cases/answer-bodies.ts';
import { ANSWER_HEAD_CASES } from './cases/answer-heads.ts';
import { EVIL, ok, type ResponseCase } from './cases/response-case.ts';

const GROUPS = {
  heads: ANSWER_HEAD_CASES,
  bodies: ANSWER_BODY_CASES,
  chunks: ANSWER_CHUNK_CASES,
  surplus: ANSWER_SURPLUS_CASES,
};
/** Longer cases are about limits; how they are cut does not matter then. */
const LONGEST_DRIP = 800;
const DRIPPED = {
  heads: ANSWER_HEAD_CASES,
  bodies: ANSWER_BODY_CASES,
  // When the fault comes, the head has gone out, and perhaps some content.
  chunks: ANSWER_CHUNK_CASES.map((one) => ({ ...one, answers: [], isCut: true })),
};

const request = (method: string, path: string): string => `${method} ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;

/** `STATUS content` of everything that the client got; of our own answers only the status. */
const answersIn = (client: RawClient, { method }: ResponseCase, isClosed: boolean): readonly string[] =>
  oneReading('response', client.heard(), { isHead: method === 'HEAD', isClosed }).map(
    ({ startLine, content }) =>
      `${startLine.slice(9, 12)}${startLine.includes(' 502 ') ? '' : ` ${content}`}`,
  );

const finals = (text: string): number => text.match(/HTTP\/1\.1 [2-9]\d\d /g)?.length ?? 0;
const endsConnection = (client: RawClient): boolean => /\r\nConnection: close\r\n/.test(client.heard());

/** Waits for the whole answer, and checks that it can be read in one way. */
const checkAnswer = async (client: RawClient, one: ResponseCase): Promise<void> => {
  const isUntilClose = one.ends && one.answers.at(-1) !== '502';
  if (one.isCut) expect((await client.closed()).reset).toBe(true);
  else if (isUntilClose) await client.closed();
  else {
    await client.hears(/HTTP\/1\.1 [2-9]\d\d [\s\S]*?\r\n\r\n/);
    await eventually(() => answersIn(client, one, false).length === one.answers.length);
    await eventually(() => answersIn(client, one, false).at(-1) === one.answers.at(-1));
  }
  const answers = answersIn(client, one, !one.isCut && endsConnection(client));
  if (one.answers.length > 0) expect(answers).toEqual(one.answers);
  if (one.isCut) expect(answers).toEqual([expect.stringMatching(/^200 /)]);
  if (one.isCut) expect(readStrictly('response', client.heard()).messages.at(-1)?.isComplete).toBe(false);
};

/** Whatever a server has said before, the next request gets its own answer. */
const checkNext = async (client: RawClient, port: number, { method, isCut }: ResponseCase): Promise<void> => {
  const next = isCut || endsConnection(client) ? await connectRaw(port) : client;
  const before = finals(next.heard());
  next.send(request(method, '/after'));
  await eventually(() => finals(next.heard()) > before);
  await next.hears(method === 'HEAD' ? /\r\nX-Answer: after\r\n/ : /\(GET \/after\)$/);
  expect(finals(next.heard())).toBe(before + 1);
};

const drip = async (socket: Socket, { bytes, ends }: ResponseCase): Promise<void> => {
  for (const byte of bytes) {
    if (socket.destroyed) return;
    socket.write(Buffer.from(byte, 'latin1'));
    await nextTurn();
  }
  if (ends) socket.end();
};

const send = (socket: Socket, { bytes, ends }: ResponseCase): void => {
  socket.write(Buffer.from(bytes, 'latin1'));
  if (ends) setImmediate(() => socket.end());
};

describe.each(TRANSPORTS)('answers on %s', (transport) => {
  const start = async (one: ResponseCase, say: (socket: Socket, one: ResponseCase) => unknown) => {
    const witness = await startWitness((message, socket) => {
      if (message.startLine.includes(' /after '))
        return answerTo(message).replace('\r\n', '\r\nX-Answer: after\r\n');
      void say(socket, one);
      return '';
    });
    return anEngine({ transport, servers: { a: witness.url } });
  };

  const check = async (one: ResponseCase, say: typeof send | typeof drip): Promise<void> => {
    const { port, settled } = await start(one, say);
    const client = await connectRaw(port);
    client.send(request(one.method, '/case'));
    await checkAnswer(client, one);
    await checkNext(client, port, one);
    await settled();
  };

  const named = (cases: readonly ResponseCase[]) =>
    cases.map((one) => [one.what, one.isCut ? 'cut' : one.answers.at(-1)!.slice(0, 3), one] as const);

  for (const [group, cases] of Object.entries(GROUPS))
    describe(group, () => {
      it.each(named(cases))('%s: %s', (_, __, one) => check(one, send));
    });

  for (const [group, cases] of Object.entries(DRIPPED))
    describe(`${group}, byte by byte`, () => {
      it.each(named(cases.filter(({ bytes }) => bytes.length <= LONGEST_DRIP)))('%s: %s', (_, __, one) =>
        check(one, drip),
      );
    });

  it('chunks that drip reach HTTP/1.0 without their framing', async () => {
    const body = '5;x=y\r\nhello\r\n006\r\n world\r\n0;z\r\nX: y\r\n\r\n';
    const one = { bytes: ok('Transfer-Encoding: chunked\r\n', body), ends: false } as ResponseCase;
    const { port } = await start(one, drip);
    const text = await askRaw(port, 'GET /case HTTP/1.0\r\nHost: a\r\n\r\n');
    expect(text).toMatch(/\r\n\r\nhello world$/);
    expect(text).not.toMatch(/transfer-encoding|content-length/i);
  });

  it("bytes that come when nobody has asked are nobody's answer", async () => {
    let say = (_text: string): void => undefined;
    const backend = await startRawBackend((socket, index) => {
      socket.once('end', () => socket.end());
      if (index > 0) whenSaid(socket, () => socket.write(ok('Content-Length: 4\r\n', 'good')));
      else {
        say = (text) => void socket.write(text);
        whenSaid(socket, () => socket.write(ok('Content-Length: 5\r\n', 'first')));
      }
    });
    const { port } = await anEngine({ transport, servers: { a: backend.url } });
    const client = await connectRaw(port);
    client.send(request('GET', '/1'));
    await client.hears(/first$/);
    say(EVIL);
    await eventually(() => backend.open === 0, 'the connection is given up');
    client.send(request('GET', '/2'));
    expect(await client.hears(/good$/)).not.toMatch(/evil/);
  });
});
