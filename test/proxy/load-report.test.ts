import { describe, expect, it } from 'vitest';
import { anEngine, TRANSPORTS } from '../support/an-engine.ts';
import { askRaw, connectRaw } from '../support/raw-client.ts';
import { startBackend, startRawBackend, whenSaid } from '../support/start-backend.ts';
import { anHttp2Engine, aSession, ask } from './http2/an-http2-engine.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
const PREFIX = 'endpoint-load-metrics';

/** A server that answers every request with the same bytes. */
const startSayer = (bytes: string) =>
  startRawBackend((socket) =>
    whenSaid(socket, (text) => {
      if (text.endsWith('\r\n\r\n')) socket.write(bytes, 'latin1');
    }),
  );

const answer = (fields: string, head = 'HTTP/1.1 200 OK'): string =>
  `${head}\r\nX-Before: 1\r\n${fields}Content-Length: 2\r\nX-After: 2\r\n\r\nok`;

/** Writes down what the engine hears of loads, and how requests ended meanwhile. */
const listening = (outcomes: () => readonly string[]) => {
  const heard: string[] = [];
  const loadReport = (
    server: { readonly id: string; readonly inFlight: number },
    format: string,
    text: string,
  ) => void heard.push(`${server.id} ${format} ${text} ${server.inFlight} ${outcomes().length}`);
  return { heard, loadReport };
};

describe.each(TRANSPORTS)('what a server says of its load, on %s', (transport) => {
  const anAnswerOf = async (bytes: string, request = GET) => {
    const backend = await startSayer(bytes);
    const outcomes: string[] = [];
    const { heard, loadReport } = listening(() => outcomes);
    const made = await anEngine({
      transport,
      servers: { a: backend.url },
      parts: { loadReport, ended: (_server, { kind }) => void outcomes.push(kind) },
    });
    const text = await askRaw(made.port, request);
    await made.settled();
    return { text, heard };
  };

  it.each([
    ['text', `${PREFIX}: TEXT named_metrics.x=0.5, eps=1\r\n`, 'text TEXT named_metrics.x=0.5, eps=1'],
    ['json', `Endpoint-Load-Metrics-Json: {"eps":1}\r\n`, 'json {"eps":1}'],
    ['binary', `${PREFIX.toUpperCase()}-BIN:  CQAAAAAAAOA/ \r\n`, 'binary CQAAAAAAAOA/'],
    ['two of one kind', `${PREFIX}: eps:1\r\n${PREFIX}: eps:1\r\n`, 'several '],
    ['two of two kinds', `${PREFIX}: eps:1\r\nX-Mid: 1\r\n${PREFIX}-json: {}\r\n`, 'several '],
    ['nothing in it', `${PREFIX}:\r\n`, 'text '],
    ['named by Connection', `Connection: ${PREFIX}\r\n${PREFIX}: eps:1\r\n`, 'text eps:1'],
    ['no sense at all', `${PREFIX}: \xe9;;=nan\r\n`, 'text \xe9;;=nan'],
  ])('is heard before the request has ended, and kept from the client: %s', async (_, fields, said) => {
    const { text, heard } = await anAnswerOf(answer(fields));
    expect(heard).toEqual([`a ${said} 1 0`]);
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(text).not.toMatch(/load-metrics/i);
    expect(text).toMatch(/\r\nX-Before: 1\r\n/);
    expect(text).toMatch(/\r\nX-After: 2\r\n/);
    expect(text).toMatch(/\r\n\r\nok$/);
  });

  it('is kept from the client where the head is composed apart', async () => {
    const { text, heard } = await anAnswerOf(answer(`${PREFIX}: eps:1\r\n`, 'HTTP/1.0 200'));
    expect(heard).toEqual(['a text eps:1 1 0']);
    expect(text).not.toMatch(/load-metrics/i);
  });

  it('is heard with an answer of failure, too', async () => {
    const { heard } = await anAnswerOf(answer(`${PREFIX}: eps:9\r\n`, 'HTTP/1.1 503 Full'));
    expect(heard).toEqual(['a text eps:9 1 0']);
  });

  it('is kept from the client in interim answers and trailers, where nobody hears it', async () => {
    const { text, heard } = await anAnswerOf(
      `HTTP/1.1 103 Early Hints\r\n${PREFIX}: eps:1\r\nLink: </a>\r\n\r\n` +
        `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n${PREFIX}-bin: AA==\r\nX-T: 1\r\n\r\n`,
    );
    expect(heard).toEqual([]);
    expect(text).toMatch(/^HTTP\/1\.1 103 Early Hints\r\nLink: <\/a>\r\n/);
    expect(text).toMatch(/\r\nX-T: 1\r\n\r\n$/);
    expect(text).not.toMatch(/load-metrics/i);
  });

  it('is no longer than one character too long when it is heard', async () => {
    const { heard } = await anAnswerOf(answer(`${PREFIX}: ${'1'.repeat(9000)}\r\n`));
    expect(heard).toEqual([`a text ${'1'.repeat(8193)} 1 0`]);
  });

  it('is kept from the client where nobody listens', async () => {
    const backend = await startSayer(answer(`${PREFIX}: eps:1\r\n`));
    const { port } = await anEngine({ transport, servers: { a: backend.url } });
    expect(await askRaw(port, GET)).not.toMatch(/load-metrics/i);
  });

  it('is kept from the client where the protocol is switched', async () => {
    const backend = await startSayer(
      `HTTP/1.1 101 Switching\r\nUpgrade: test\r\nConnection: Upgrade\r\n${PREFIX}: eps:1\r\n\r\n`,
    );
    const { port } = await anEngine({ transport, servers: { a: backend.url } });
    const client = await connectRaw(port);
    client.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: test\r\n\r\n');
    expect(await client.hears(/\r\n\r\n/)).not.toMatch(/load-metrics/i);
  });

  it('is passed on towards a server: it is the field of a request like any', async () => {
    let seen = '';
    const backend = await startRawBackend((socket) =>
      whenSaid(socket, (text) => {
        seen = text;
        if (text.endsWith('\r\n\r\n')) socket.write(answer(''));
      }),
    );
    const { port } = await anEngine({ transport, servers: { a: backend.url } });
    await askRaw(port, GET.replace('Host', `${PREFIX}-format: TEXT\r\n${PREFIX}: x\r\nHost`));
    expect(seen).toMatch(/endpoint-load-metrics-format: TEXT\r\nendpoint-load-metrics: x\r\n/);
  });

  it('is asked for where a pool wants it, whatever the client asks for', async () => {
    const backend = await startBackend();
    const { port } = await anEngine({
      transport,
      servers: { a: backend.url },
      connections: { loadFormat: 'TEXT', authorization: () => 'Bearer x' },
    });
    await askRaw(port, GET);
    await askRaw(port, GET.replace('Host', `${PREFIX}-Format: JSON\r\nAuthorization: y\r\nHost`));
    const other = await anEngine({
      transport,
      servers: { a: backend.url },
      connections: { loadFormat: 'JSON' },
    });
    await askRaw(other.port, GET.replace('Host', `${PREFIX}-Format: TEXT\r\nAuthorization: y\r\nHost`));
    const fields = backend.requests.map(({ rawHeaders: raw }) =>
      raw.flatMap((name, i) => (/^(endpoint-|authorization)/i.test(name) ? `${name}: ${raw[i + 1]}` : [])),
    );
    expect(fields).toEqual([
      ['Authorization: Bearer x', 'Endpoint-Load-Metrics-Format: TEXT'],
      ['Authorization: Bearer x', 'Endpoint-Load-Metrics-Format: TEXT'],
      ['Authorization: y', 'Endpoint-Load-Metrics-Format: JSON'],
    ]);
  });

  it('is heard for a client of HTTP/2, who never sees it', async () => {
    const backend = await startSayer(
      `HTTP/1.1 103 Early Hints\r\n${PREFIX}: eps:1\r\nLink: </a>\r\n\r\n${answer(`${PREFIX}-json: {"eps":1}\r\n`)}`,
    );
    const { heard, loadReport } = listening(() => []);
    const made = await anHttp2Engine({ transport, servers: { a: backend.url }, parts: { loadReport } });
    const session = await aSession(made.h2cPort);
    const { status, headers, interim, body } = await ask(session);
    expect({ status, body }).toEqual({ status: 200, body: 'ok' });
    expect(heard).toEqual(['a json {"eps":1} 1 0']);
    expect(Object.keys(headers).filter((name) => name.startsWith(PREFIX))).toEqual([]);
    expect(JSON.stringify(interim)).not.toContain(PREFIX);
    expect(headers).toMatchObject({ 'x-before': '1', 'x-after': '2' });
  });
});
