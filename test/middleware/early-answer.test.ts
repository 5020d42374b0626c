import { once } from 'node:events';
import { connect as connectH2, createServer as createH2Server } from 'node:http2';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createDoor } from '../../src/middleware/door.ts';
import { aDoor, aDoorBoard, listenForTest } from '../support/a-door.ts';
import { eventually } from '../support/eventually.ts';
import { connectRaw } from '../support/raw-client.ts';
import { startBackend } from '../support/start-backend.ts';

/** Answers as soon as it has the head. */
const startHasty = () => startBackend((_req, res) => void res.writeHead(401).end('no'));

const PART = 2_000_000;
const UPLOADS = [
  ['with a length', `Content-Length: ${2 * PART}\r\n\r\n`, 'x'.repeat(PART)],
  ['chunked', 'Transfer-Encoding: chunked\r\n\r\n', `${PART.toString(16)}\r\n${'x'.repeat(PART)}\r\n`],
] as const;

describe('an answer that the server gives before the upload has ended', () => {
  it.each(UPLOADS)(
    'says Connection: close, arrives, and the connection is closed: %s',
    async (_, head, part) => {
      const { port, settled, outcomes, finished } = await aDoor({
        servers: { a: (await startHasty()).url },
      });
      const client = await connectRaw(port);
      client.send(`POST / HTTP/1.1\r\nHost: a\r\n${head}`);
      await client.hears(/\r\n\r\n/);
      client.send(part);
      const { text, reset } = await client.closed();
      expect(text).toMatch(/^HTTP\/1.1 401 [\s\S]*no(?:\r\n0\r\n\r\n)?$/);
      expect(text).toMatch(/\r\nConnection: close\r\n/);
      expect(reset).toBe(false);
      await settled();
      expect(outcomes).toEqual(['a answered 401']);
      expect(finished.map(({ termination }) => termination)).toEqual(['ok']);
    },
  );

  it('keeps the connection for a second at most when the client does not end it', async () => {
    const { port, server } = await aDoor({ servers: { a: (await startHasty()).url } });
    const connections = (): Promise<number> =>
      new Promise((resolve) => server.getConnections((_, count) => resolve(count)));
    const client = await connectRaw(port);
    client.socket.removeAllListeners('end');
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nsome');
    await once(client.socket, 'end');
    const before = performance.now();
    await eventually(async () => (await connections()) === 0, 'the connection is closed');
    expect(performance.now() - before).toBeLessThan(1500);
  });

  it('is whole, and so is the upload, when both go on at once', async () => {
    const backend = await startBackend((req, res) => void req.pipe(res));
    const { port } = await aDoor({ servers: { a: backend.url } });
    const client = await connectRaw(port);
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\nhalf');
    expect(await client.hears(/half/)).toMatch(/\r\nConnection: close\r\n/);
    client.send('rest');
    const { text, reset } = await client.closed();
    expect(text).toMatch(/half\r\n4\r\nrest\r\n0\r\n\r\n$/);
    expect(reset).toBe(false);
  });

  it('is the last one of its connection: what follows the upload is no request', async () => {
    const backend = await startHasty();
    const { port } = await aDoor({ servers: { a: backend.url } });
    const client = await connectRaw(port);
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\nhalf');
    await client.hears(/401/);
    client.send('restGET /more HTTP/1.1\r\nHost: a\r\n\r\n');
    expect((await client.closed()).text.match(/HTTP\/1.1 \d+/g)).toHaveLength(1);
    expect(backend.requests.map(({ url }) => url)).toEqual(['/']);
  });

  it('ends its stream alone over HTTP/2', async () => {
    const warn = vi.spyOn(process, 'emitWarning');
    onTestFinished(() => warn.mockRestore());
    const { parts } = aDoorBoard({ servers: { a: (await startHasty()).url } });
    const door = createDoor(parts);
    onTestFinished(() => door.close());
    const server = createH2Server((req, res) => door.web(req as never, res as never));
    const session = connectH2(`http://127.0.0.1:${await listenForTest(server)}`);
    onTestFinished(() => void session.destroy());
    for (let i = 0; i < 2; i++) {
      const stream = session.request({ ':path': '/', ':method': 'POST' }, { endStream: false });
      stream.write('some');
      const [headers] = await once(stream, 'response');
      expect(headers[':status']).toBe(401);
      expect(Buffer.concat(await stream.toArray()).toString()).toBe('no');
    }
    expect(warn).not.toHaveBeenCalled();
  });
});

it('an answer behind the whole upload keeps the connection', async () => {
  const backend = await startBackend((req, res) => void req.resume().on('end', () => res.end('ok')));
  const { port } = await aDoor({ servers: { a: backend.url } });
  const client = await connectRaw(port);
  for (const [i, answers] of [/ok$/, /ok[\s\S]*ok$/].entries()) {
    client.send(`POST /${i} HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n`);
    await eventually(() => backend.requests.length === i + 1);
    client.send('some');
    expect(await client.hears(answers)).not.toMatch(/Connection: close/i);
  }
});
