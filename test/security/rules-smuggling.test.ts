import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RouteRules } from '../../src/core/route-rules.ts';
import type { RequestView } from '../../src/core/types.ts';
import { messages } from '../http1/fuzz/messages.ts';
import { anEngine, TRANSPORTS } from '../support/an-engine.ts';
import { eventually } from '../support/eventually.ts';
import { oneReading } from '../support/one-reading.ts';
import { askRaw, connectRaw, dialRaw } from '../support/raw-client.ts';
import { resetNow, startRawBackend, whenSaid } from '../support/start-backend.ts';
import { startWitness } from '../support/start-witness.ts';
import { CHUNK_CASES } from './cases/chunks.ts';
import { CONTENT_LENGTH_CASES } from './cases/content-length.ts';
import { FIELD_LINE_CASES } from './cases/field-lines.ts';
import { HOST_CASES } from './cases/hosts.ts';
import { REQUEST_LINE_CASES } from './cases/request-lines.ts';
import { TRANSFER_ENCODING_CASES } from './cases/transfer-encoding.ts';

const CASES = [
  ...REQUEST_LINE_CASES,
  ...HOST_CASES,
  ...CONTENT_LENGTH_CASES,
  ...TRANSFER_ENCODING_CASES,
  ...CHUNK_CASES,
  ...FIELD_LINE_CASES,
];
/** Messages on each transport. */
const MUTATIONS = Math.ceil(Number(process.env['MUTATIONS'] ?? 2500) / 5);
const SEED = 20_261_121;
const AT_ONCE = 50;
const PATIENCE = {
  requestHeaders: 60,
  request: 60,
  clientIdle: 60,
  responseHeaders: 60,
  responseIdle: 60,
  tunnel: 60,
};

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** As careless as rules can be: what the client sent goes into target and lines, decoded, and all may be taken out. */
const CARELESS: RouteRules = {
  target: ({ path, query }) => `/in${decoded(path)}${query === '' ? '' : `?${decoded(query)}`}`,
  requestEdits: {
    removes: new Set([
      'host',
      'content-length',
      'transfer-encoding',
      'connection',
      'te',
      'trailer',
      'x-a',
      'expect',
    ]),
    lines: (request: RequestView) =>
      `X-Path: ${decoded(request.path)}\r\nX-Said: ${request.header('x-a') ?? ''}\r\nContent-Length: 7\r\n`,
  },
  answerEdits: {
    removes: new Set(['content-length', 'transfer-encoding', 'connection', 'x-a', 'trailer']),
    lines: ({ path }: RequestView) => `X-Path: ${decoded(path)}\r\nTransfer-Encoding: chunked\r\n`,
  },
  errorAnswer: (status, { path }) => ({
    status,
    reason: 'x',
    fields: `X-Path: ${decoded(path)}\r\n`,
    body: Buffer.from('page'),
  }),
};

const forAll = async (
  all: readonly string[],
  one: (message: string, index: number) => Promise<void>,
): Promise<void> => {
  const entries = all.entries();
  const work = async (): Promise<void> => {
    for (const [index, message] of entries) await one(message, index);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
};

const requests = (): readonly string[] => [
  ...CASES.map(({ bytes }) => bytes),
  ...fc.sample(messages('request'), { numRuns: MUTATIONS, seed: SEED }),
];

const AFTER = 'GET /after HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

describe.each(TRANSPORTS)('careless rules on %s', (transport) => {
  it('let nothing pass to a server or back that can be read in two ways', async () => {
    const witness = await startWitness();
    const engine = await anEngine({
      transport,
      servers: { a: witness.url },
      timeouts: PATIENCE,
      retry: { attempts: 0, budget: 0 },
      rules: CARELESS,
    });
    await forAll(requests(), async (message) => {
      const client = await dialRaw(engine.port);
      client.send(message);
      const { text, reset } = await client.closed();
      const isHead = /^(?:\r\n)?HEAD /.test(message);
      if (!isHead && !reset) oneReading('response', text, { isClosed: true });
    });
    expect(await askRaw(engine.port, AFTER)).toMatch(/^HTTP\/1\.1 200 [\s\S]*\r\nX-Path: \/after\r\n/);
    await engine.settled();
    witness.hasOneReading();
    expect(witness.seen.length).toBeGreaterThan(50);
    // What rules made that could not be sent is told of, and nothing else.
    for (const fault of engine.faults.splice(0)) expect(fault).toBeInstanceOf(TypeError);
  }, 120_000);

  it('let no answer of a server become two', async () => {
    const answers = fc.sample(messages('response'), { numRuns: MUTATIONS, seed: SEED + 1 });
    const backend = await startRawBackend((socket) => {
      socket.once('end', () => socket.end());
      whenSaid(socket, (text) => {
        const index = /^GET \/in\/(\d+) /.exec(text)?.[1];
        if (index === undefined || socket.writableEnded) return;
        socket.end(Buffer.from(answers[Number(index)] ?? '', 'latin1'));
      });
    });
    const engine = await anEngine({
      transport,
      servers: { a: backend.url },
      timeouts: PATIENCE,
      retry: { attempts: 0, budget: 0 },
      rules: CARELESS,
    });
    await forAll(answers, async (_answer, index) => {
      const client = await dialRaw(engine.port);
      client.send(`GET /${index} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
      const { text, reset } = await client.closed();
      expect(text).toMatch(/^(?:HTTP\/1\.1 \d{3} |$)/);
      oneReading('response', text, { isClosed: !reset });
    });
    await eventually(() => engine.engine.open === 0, 'nothing is under way');
    expect(engine.faults.splice(0)).toEqual([]);
  }, 120_000);

  it('do not let a client make two requests or answers of one with what it has escaped', async () => {
    const witness = await startWitness();
    const { port, faults } = await anEngine({ transport, servers: { a: witness.url }, rules: CARELESS });
    for (const path of [
      '/x%0d%0aX-Evil:%20yes',
      '/x%20HTTP/1.1%0d%0aHost:%20b%0d%0a%0d%0aGET%20/y',
      '/x%0ay',
      '/x%00',
    ]) {
      const text = await askRaw(port, `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
      expect(text).toMatch(/^HTTP\/1\.1 [45]00 /);
      oneReading('response', text, { isClosed: true });
    }
    expect(witness.seen).toEqual([]);
    expect(faults.splice(0).length).toBeGreaterThan(0);
  });

  it('do not let a client hold a connection open by an answer that it does not read', async () => {
    const body = Buffer.alloc(8_000_000, 'x');
    const { port, engine, finished } = await anEngine({
      transport,
      servers: {},
      whenEmpty: 'local',
      timeouts: { responseIdle: 100 },
      rules: { local: { status: 200, reason: 'x', body } },
    });
    const client = await connectRaw(port);
    client.socket.pause();
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await eventually(() => finished.length === 1, 'it is given up');
    expect(finished[0]).toMatchObject({ termination: 'idle_timeout' });
    expect(engine.open).toBe(0);
    resetNow(client.socket);
  });
});
