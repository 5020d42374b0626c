import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { anEngine, TRANSPORTS } from '../support/an-engine.ts';
import { oneReading } from '../support/one-reading.ts';
import { connectRaw, type RawClient } from '../support/raw-client.ts';
import { startWitness, type Witness } from '../support/start-witness.ts';
import { CHUNK_CASES } from './cases/chunks.ts';
import { CONTENT_LENGTH_CASES } from './cases/content-length.ts';
import { FIELD_LINE_CASES } from './cases/field-lines.ts';
import { HOST_CASES } from './cases/hosts.ts';
import type { RequestCase } from './cases/request-case.ts';
import { REQUEST_LINE_CASES } from './cases/request-lines.ts';
import { TRANSFER_ENCODING_CASES } from './cases/transfer-encoding.ts';

const GROUPS = {
  'request line': REQUEST_LINE_CASES,
  Host: HOST_CASES,
  'Content-Length': CONTENT_LENGTH_CASES,
  'Transfer-Encoding': TRANSFER_ENCODING_CASES,
  'chunked content': CHUNK_CASES,
  'field lines': FIELD_LINE_CASES,
};

const METHODS_WITH_BODIES = [
  'GET',
  'HEAD',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'POST',
  'PUT',
  'PATCH',
  'PROPFIND',
  'QUERY',
  'FROBNICATE',
];

const AFTER = 'GET /after HTTP/1.1\r\nHost: a\r\n\r\n';
/** Longer cases are about limits; how they are cut does not matter then. */
const LONGEST_DRIP = 800;

type Send = (client: RawClient, bytes: string) => Promise<void> | void;

const whole: Send = (client, bytes) => client.send(bytes);

/** One byte at a time, each in its own turn of the event loop. */
const drip: Send = async (client, bytes) => {
  for (const byte of bytes) {
    client.send(byte);
    await nextTurn();
  }
};

const statuses = (text: string): readonly number[] =>
  [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));

/** A good request behind everything: on the same connection where that goes on, else on a new one. */
const sendGood = async (client: RawClient, port: number): Promise<void> => {
  const isOpen = !/Connection: close/i.test(client.heard()) && !client.socket.destroyed;
  const good = isOpen ? client : await connectRaw(port);
  good.send(AFTER);
  await good.hears(/\(GET \/after\)/);
};

const checkForwarded = async (client: RawClient, port: number, { forwards, refused }: RequestCase) => {
  const answers = forwards.length + (refused === undefined ? 0 : 1);
  await client.hears(new RegExp(`^(?:[\\s\\S]*?HTTP/1\\.1 \\d{3} [\\s\\S]*?\\r\\n\\r\\n){${answers}}`));
  if (refused !== undefined) await client.closed();
  const answered = [...forwards.map(() => 200), ...(refused === undefined ? [] : [refused])];
  expect(statuses(client.heard())).toEqual(answered);
  await sendGood(client, port);
};

const check = async (one: RequestCase, port: number, witness: Witness, send: Send): Promise<void> => {
  const before = witness.seen.length;
  const client = await connectRaw(port);
  await send(client, one.bytes);
  await checkForwarded(client, port, one);
  expect(witness.seen.slice(before)).toEqual([...one.forwards, 'GET /after ']);
  witness.hasOneReading();
  oneReading('response', client.heard(), { isClosed: client.socket.destroyed });
};

describe.each(TRANSPORTS)('requests on %s', (transport) => {
  const start = async () => {
    const witness = await startWitness();
    const engine = await anEngine({ transport, servers: { a: witness.url } });
    return { witness, ...engine };
  };

  for (const [group, cases] of Object.entries(GROUPS))
    describe(group, () => {
      it.each(cases.map((one) => [one.what, one.refused ?? 'forwarded', one] as const))(
        '%s: %s',
        async (_what, _expected, one) => {
          const { witness, port, settled } = await start();
          await check(one, port, witness, whole);
          if (one.bytes.length <= LONGEST_DRIP) await check(one, port, witness, drip);
          await settled();
        },
      );
    });

  it.each(METHODS_WITH_BODIES)('a request inside the body of a %s is a body', async (method) => {
    const { witness, port, settled } = await start();
    const hidden = AFTER + AFTER;
    const head = `${method} /outer HTTP/1.1\r\nHost: a\r\n`;
    const chunks = `${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`;
    const client = await connectRaw(port);
    client.send(`${head}Transfer-Encoding: chunked\r\n\r\n${chunks}`);
    client.send(`${head}Content-Length: ${hidden.length}\r\n\r\n${hidden}`);
    client.send(AFTER);
    await client.hears(/\(GET \/after\)/);
    const outer = `${method} /outer ${hidden}`;
    expect(witness.seen).toEqual([outer, outer, 'GET /after ']);
    witness.hasOneReading();
    await settled();
  });
});
