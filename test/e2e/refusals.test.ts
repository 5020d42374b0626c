import { createServer } from 'node:http';
import express from 'express';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createDoor } from '../../src/middleware/door.ts';
import { aDoor, aDoorBoard, type DoorFacts, listenForTest } from '../support/a-door.ts';
import { aLink, anApplication, ask } from '../support/an-application.ts';
import { eventually } from '../support/eventually.ts';
import { connectRaw } from '../support/raw-client.ts';
import { startBackend } from '../support/start-backend.ts';

describe('what is not forwarded', () => {
  it('no route: 404, or the next handler of an application', async () => {
    const backend = await startBackend();
    const facts = { servers: { a: backend.url }, match: { path: '/api/' } };
    expect((await fetch((await aDoor(facts)).url)).status).toBe(404);
    const { url, finished } = await anApplication(facts);
    expect(await (await fetch(url)).text()).toBe('the application');
    expect(finished.map(({ termination }) => termination)).toEqual(['no_route']);
    expect(await (await fetch(`${url}/api/x`)).text()).toBe('ok');
  });

  it("local: the next handler of an application, else the pool's self", async () => {
    const backend = await startBackend();
    const facts: DoorFacts = {
      servers: { a: backend.url },
      self: 'a',
      whenEmpty: 'local',
      links: [aLink('none', () => [])],
    };
    expect(await (await fetch((await aDoor(facts)).url)).text()).toBe('ok');
    const { url, inFlight } = await anApplication(facts);
    expect(await (await fetch(url)).text()).toBe('the application');
    expect(inFlight()).toBe(0);
  });

  it('refused by the chain: 503 with Retry-After', async () => {
    const backend = await startBackend();
    const facts: DoorFacts = {
      servers: { a: backend.url },
      whenEmpty: 'refuse',
      links: [aLink('none', () => [])],
    };
    const { url, finished } = await aDoor(facts);
    const answer = await fetch(url);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(finished[0]?.termination).toBe('no_server');
  });

  it('more requests than may be under way: 503', async () => {
    const backend = await startBackend(() => undefined);
    const { url, finished, door } = await aDoor({ servers: { a: backend.url }, inFlight: 1 });
    const leave = new AbortController();
    const held = fetch(url, { signal: leave.signal }).catch(() => undefined);
    await eventually(() => backend.requests.length === 1);
    expect((await fetch(url)).status).toBe(503);
    leave.abort();
    await held;
    await eventually(() => door.open === 0);
    expect(finished.map(({ termination }) => termination)).toEqual(['overload', 'client_abort']);
  });

  it.each([
    ['with a length', 'Content-Length: 2000000\r\n\r\n', (data: string) => data],
    [
      'chunked',
      'Transfer-Encoding: chunked\r\n\r\n',
      (data: string) => `${data.length.toString(16)}\r\n${data}\r\n`,
    ],
  ])(
    'a body that is too long: 413, which the client hears while it still sends; %s',
    async (_, head, frame) => {
      const backend = await startBackend((req) => void req.resume());
      const { port, settled, outcomes } = await aDoor({ servers: { a: backend.url }, bodyBytes: 100_000 });
      const client = await connectRaw(port);
      client.send(`POST / HTTP/1.1\r\nHost: a\r\n${head}`);
      for (let i = 0; i < 20; i++) client.send(frame('x'.repeat(100_000)));
      const { text } = await client.closed();
      expect(text).toMatch(/^HTTP\/1.1 413 [\s\S]*the body is too large/);
      expect(text).toMatch(/Connection: close/i);
      await settled();
      expect(outcomes.filter((outcome) => outcome.includes('server '))).toEqual([]);
    },
  );

  it('a request that goes round in a circle: 508', async () => {
    const facts = { servers: { a: 'http://127.0.0.1:9' } };
    const made = aDoorBoard(facts);
    const door = createDoor({ ...made.parts, choose: (view) => made.parts.choose(view) });
    onTestFinished(() => door.close());
    const server = createServer((req, res) => door.web(req, res));
    const port = await listenForTest(server);
    made.board.configure([
      { name: 'web', servers: [{ id: 'a', url: new URL(`http://127.0.0.1:${port}`), tags: [] }], accept: [] },
    ]);
    expect((await fetch(`http://127.0.0.1:${port}`)).status).toBe(508);
    await eventually(() => door.open === 0);
    expect(made.finished).toHaveLength(11);
  });

  it('a body that another handler has read: 500 with advice', async () => {
    const backend = await startBackend();
    const made = aDoorBoard({ servers: { a: backend.url } });
    const door = createDoor(made.parts);
    onTestFinished(() => door.close());
    const app = express();
    app.use(express.text({ type: '*/*' }));
    app.use((req, res, next) => door.web(req, res, next));
    const port = await listenForTest(createServer(app));
    const answer = await fetch(`http://127.0.0.1:${port}`, { method: 'POST', body: 'x' });
    expect(answer.status).toBe(500);
    expect(await answer.text()).toContain('before body parsers');
  });

  it('OPTIONS and TRACE are forwarded as often as Max-Forwards allows', async () => {
    const backend = await startBackend();
    const { url } = await aDoor({ servers: { a: backend.url } });
    await ask(url, { method: 'OPTIONS', headers: { 'Max-Forwards': '3' } });
    expect(backend.requests[0]?.headers['max-forwards']).toBe('2');
    const { res } = await ask(url, { method: 'OPTIONS', headers: { 'Max-Forwards': '0' } });
    expect(res.statusCode).toBe(200);
    expect(backend.requests).toHaveLength(1);
  });
});
