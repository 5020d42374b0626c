import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { aDoor } from '../support/a-door.ts';
import { eventually } from '../support/eventually.ts';
import { connectRaw } from '../support/raw-client.ts';
import { aDeadUrl, resetNow, startBackend, startRawBackend, whenSaid } from '../support/start-backend.ts';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** A server that reads the head of a request, then does this. `heads` are the first lines it read. */
const startReader = async (then: (socket: Socket, index: number) => void) => {
  const heads: string[] = [];
  const backend = await startRawBackend((socket, index) => {
    let read = false;
    whenSaid(socket, (text) => {
      if (read || !text.includes('\r\n\r\n')) return;
      read = true;
      heads.push(text.split('\r\n')[0] ?? '');
      then(socket, index);
    });
    socket.once('end', () => socket.end());
  });
  return { backend, heads };
};

const startEcho = () =>
  startBackend((req, res) => {
    req.pipe(res);
  });

describe('a server that refuses connections', () => {
  it('costs no request, whatever its method: nothing was sent', async () => {
    const [dead, backend] = [await aDeadUrl(), await startEcho()];
    const { url, outcomes } = await aDoor({
      servers: { dead, a: backend.url },
      retry: { attempts: 1, budget: 0 },
    });
    for (let i = 0; i < 50; i++) {
      const answer = await fetch(url, i % 2 ? { method: 'POST', body: 'once' } : {});
      expect(answer.status).toBe(200);
      expect(await answer.text()).toBe(i % 2 ? 'once' : '');
    }
    expect(outcomes.filter((outcome) => outcome === 'dead server connect_refused')).toHaveLength(50);
    expect(backend.requests).toHaveLength(50);
  });

  it('is tried once only, and each other server of the ranking once, as often as allowed', async () => {
    const servers = {
      d1: await aDeadUrl(),
      d2: await aDeadUrl(),
      d3: await aDeadUrl(),
      a: (await startBackend()).url,
    };
    const two = await aDoor({ servers, retry: { attempts: 2, budget: 1 } });
    expect((await fetch(two.url)).status).toBe(502);
    expect(two.outcomes.map((outcome) => outcome.slice(0, 2))).toEqual(['d1', 'd2', 'd3']);
    const three = await aDoor({ servers, retry: { attempts: 3, budget: 1 } });
    expect((await fetch(three.url)).status).toBe(200);
    expect(three.finished[0]).toMatchObject({ attempts: 4, server: 'a', termination: 'ok' });
    const none = await aDoor({ servers, retry: { attempts: 0, budget: 1 } });
    expect((await fetch(none.url)).status).toBe(502);
    expect(none.outcomes).toHaveLength(1);
  });

  it('is not followed by one that was drained meanwhile', async () => {
    const [dead, backend] = [await aDeadUrl(), await startBackend()];
    const { url, board } = await aDoor({ servers: { dead, a: backend.url } });
    const asked = fetch(url);
    board.setHand('web', 'a', { state: 'drain', reason: 'test' });
    expect((await asked).status).toBe(502);
    expect(backend.requests).toHaveLength(0);
  });
});

describe('a server that reads and then resets', () => {
  it.each(['GET', 'PUT', 'DELETE'])('a %s goes to the next server', async (method) => {
    const { backend: bad } = await startReader(resetNow);
    const good = await startEcho();
    const { url, outcomes } = await aDoor({ servers: { bad: bad.url, good: good.url } });
    const answer = await fetch(url, { method, ...(method === 'GET' ? {} : { body: 'again' }) });
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe(method === 'GET' ? '' : 'again');
    expect(outcomes).toEqual(['bad server reset', 'good answered 200']);
  });

  it.each(['POST', 'PATCH'])('a %s is never sent twice', async (method) => {
    const { backend: bad, heads } = await startReader(resetNow);
    const good = await startEcho();
    const { url, finished } = await aDoor({ servers: { bad: bad.url, good: good.url } });
    for (let i = 0; i < 20; i++) expect((await fetch(url, { method, body: 'once' })).status).toBe(502);
    expect(heads).toHaveLength(20);
    expect(good.requests).toHaveLength(0);
    expect(finished[0]).toMatchObject({ attempts: 1, status: 502, termination: 'server_abort' });
  });

  it('a POST on a connection that the server closes as it comes is not sent twice either', async () => {
    let posts = 0;
    const bad = await startRawBackend((socket) => {
      whenSaid(socket, (text) => {
        if (text.includes('POST /2')) {
          posts += 1;
          resetNow(socket);
        } else socket.write(OK);
      });
    });
    const { url } = await aDoor({ servers: { bad: bad.url } });
    expect((await fetch(`${url}/1`, { method: 'POST' })).status).toBe(200);
    expect((await fetch(`${url}/2`, { method: 'POST' })).status).toBe(502);
    expect([posts, bad.connections]).toEqual([1, 1]);
  });

  it('retries stop when their budget is used up', async () => {
    const { backend: bad } = await startReader(resetNow);
    const good = await startBackend();
    const { url } = await aDoor({
      servers: { bad: bad.url, good: good.url },
      retry: { attempts: 2, budget: 0 },
    });
    const statuses = await Promise.all(Array.from({ length: 60 }, async () => (await fetch(url)).status));
    const retried = statuses.filter((status) => status === 200).length;
    expect(retried).toBeGreaterThanOrEqual(10);
    expect(retried).toBeLessThan(40);
    expect(statuses.filter((status) => status === 502)).toHaveLength(60 - retried);
  });
});

describe('a body that must be sent again', () => {
  it.each([0, 1, 16_384, 65_535, 65_536])('%i bytes are replayed exactly', async (size) => {
    const { backend: bad } = await startReader(resetNow);
    const good = await startEcho();
    const { url } = await aDoor({ servers: { bad: bad.url, good: good.url } });
    const body = randomBytes(size);
    const answer = await fetch(url, { method: 'PUT', body });
    expect(answer.status).toBe(200);
    expect(Buffer.from(await answer.arrayBuffer()).equals(body)).toBe(true);
  });

  it('more than 64 KiB are not kept: 502', async () => {
    const bad = await startRawBackend((socket) => {
      whenSaid(socket, (text) => {
        if (text.length > 80_000) resetNow(socket);
      });
    });
    const good = await startEcho();
    const { url } = await aDoor({ servers: { bad: bad.url, good: good.url } });
    expect((await fetch(url, { method: 'PUT', body: randomBytes(100_000) })).status).toBe(502);
    expect(good.requests).toHaveLength(0);
  });

  it('that still comes in goes on to the next server', async () => {
    const { backend: bad } = await startReader(resetNow);
    const good = await startEcho();
    const { port } = await aDoor({ servers: { bad: bad.url, good: good.url } });
    const client = await connectRaw(port);
    client.send('PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\nConnection: close\r\n\r\nfirst');
    await eventually(() => good.requests.length === 1);
    client.send('later');
    expect((await client.closed()).text).toMatch(/200 OK[\s\S]*first\r\n5\r\nlater\r\n0\r\n\r\n$/);
  });
});

describe('a server that is silent', () => {
  it('a GET is a 504 after the limit, also where another server is left, so that a client waits once', async () => {
    const { backend: silent } = await startReader(() => undefined);
    const good = await startBackend();
    const timeouts = { responseHeaders: 50 };
    const both = await aDoor({ servers: { silent: silent.url, good: good.url }, timeouts });
    expect((await fetch(both.url)).status).toBe(504);
    expect(both.outcomes).toEqual(['silent server header_timeout']);
    const one = await aDoor({ servers: { silent: silent.url }, timeouts });
    expect((await fetch(one.url)).status).toBe(504);
    expect(one.finished[0]).toMatchObject({ status: 504, termination: 'header_timeout' });
    await eventually(() => silent.open === 0, 'the silent server is let go');
  });

  it('a POST is a 504 and goes nowhere else', async () => {
    const { backend: silent } = await startReader(() => undefined);
    const good = await startBackend();
    const servers = { silent: silent.url, good: good.url };
    const { url } = await aDoor({ servers, timeouts: { responseHeaders: 50 } });
    expect((await fetch(url, { method: 'POST', body: 'x' })).status).toBe(504);
    expect(good.requests).toHaveLength(0);
  });

  it('has its time from the last piece of the body on', async () => {
    const backend = await startEcho();
    const { port } = await aDoor({ servers: { a: backend.url }, timeouts: { responseHeaders: 300 } });
    const client = await connectRaw(port);
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nConnection: close\r\n\r\n');
    for (const piece of 'hello') {
      await new Promise((resolve) => setTimeout(resolve, 100));
      client.send(piece);
    }
    expect((await client.closed()).text).toMatch(/200 OK[\s\S]*h\r\n1\r\ne\r\n[\s\S]*o\r\n0\r\n\r\n$/);
  });

  it('is not to blame for a client that does not send its body: 408', async () => {
    const { backend, heads } = await startReader(() => undefined);
    const { port, outcomes, finished } = await aDoor({
      servers: { a: backend.url },
      timeouts: { responseHeaders: 80 },
    });
    const client = await connectRaw(port);
    client.send('POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n');
    expect(await client.hears(/^HTTP\/1.1 \d+/)).toMatch(/^HTTP\/1.1 408 /);
    expect(heads).toEqual(['POST /slow HTTP/1.1']);
    expect(outcomes).toEqual(['a client client_abort']);
    expect(finished[0]).toMatchObject({ status: 408, termination: 'bad_request' });
  });
});

describe('connections that the server has closed', () => {
  it('300 GETs to a server that closes every kept connection as the next request comes: none fails', async () => {
    let read = 0;
    const backend = await startRawBackend((socket) => {
      let answered = false;
      socket.on('data', () => {
        if (answered) resetNow(socket);
        else {
          answered = true;
          read += 1;
          socket.write(OK);
        }
      });
    });
    const { url, outcomes } = await aDoor({ servers: { a: backend.url }, retry: { attempts: 0, budget: 0 } });
    for (let i = 0; i < 300; i++) expect((await fetch(url)).status).toBe(200);
    expect(read).toBe(300);
    expect(new Set(outcomes)).toEqual(new Set(['a answered 200']));
  });

  it('300 GETs to a server that closes kept connections after a moment: none fails', async () => {
    const backend = await startRawBackend((socket) => {
      socket.on('data', () => socket.write(OK, () => void setTimeout(() => socket.end(), 2)));
    });
    const { url } = await aDoor({ servers: { a: backend.url } });
    for (let i = 0; i < 300; i++) {
      expect((await fetch(url)).status).toBe(200);
      if (i % 3 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    }
  });

  it('a request that fails on a new connection too is not sent a third time to the same server', async () => {
    let read = 0;
    const backend = await startRawBackend((socket) => {
      whenSaid(socket, (text) => {
        if (!text.includes('/bad')) socket.write(OK);
        else {
          read += 1;
          resetNow(socket);
        }
      });
    });
    const { url, outcomes } = await aDoor({ servers: { a: backend.url } });
    await (await fetch(url)).text();
    expect((await fetch(`${url}/bad`)).status).toBe(502);
    expect(read).toBe(2);
    expect(outcomes).toEqual(['a answered 200', 'a server reset']);
  });
});

it.each([
  ['a coding before chunked', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n'],
  ['chunked on HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'],
])('an answer with %s is a 502, after the next server was tried', async (_, head) => {
  const { backend: bad } = await startReader((socket) => socket.end(`${head}2\r\nok\r\n0\r\n\r\n`));
  const good = await startBackend();
  const { url, outcomes } = await aDoor({ servers: { bad: bad.url, good: good.url } });
  expect((await fetch(url)).status).toBe(200);
  expect(outcomes).toEqual(['bad server bad_response', 'good answered 200']);
  const alone = await aDoor({ servers: { bad: bad.url } });
  expect((await fetch(alone.url)).status).toBe(502);
});

it('an answer with a surplus, or without a request, harms no other request', async () => {
  const backend = await startRawBackend((socket) => {
    socket.on('data', () => socket.write(`${OK}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nEVIL`));
  });
  const { url } = await aDoor({ servers: { a: backend.url } });
  for (let i = 0; i < 20; i++) expect(await (await fetch(url)).text()).toBe('ok');
});
