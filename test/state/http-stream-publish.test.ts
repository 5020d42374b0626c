import { once } from 'node:events';
import { createServer } from 'node:http';
import net, { type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { publisherTo } from '../../src/state/driver-from-url.ts';
import { HttpPublisher, type HttpPublisherOptions } from '../../src/state/http-publish.ts';
import { HttpReceiver } from '../../src/state/http-receive.ts';
import { aMiddlebox, portOf, tokensOf } from './http-support.ts';
import { aClock, aReport, Listener, TOKEN } from './support.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(open.splice(0).map((thing) => thing.close()));
});

const receiving = async (proxy = 'proxy-1', port = 0) => {
  const tokens = tokensOf(TOKEN);
  const receiver = new HttpReceiver({ listen: { host: '127.0.0.1', port }, tokens, proxy });
  const listener = new Listener();
  await receiver.subscribe(listener);
  open.push(receiver);
  return { receiver, listener, tokens, url: receiver.address! };
};
const publishing = (url: string, options: Partial<HttpPublisherOptions> = {}) => {
  const clock = aClock();
  const publisher = new HttpPublisher({ url: new URL(url), token: TOKEN, clock, ...options });
  open.push(publisher);
  return { publisher, clock };
};

/** Something that accepts connections and answers the first piece of each in its own way; the second goes to `then`. */
const answering = async (
  answer: (socket: Socket) => void,
  then: (socket: Socket) => void = () => undefined,
) => {
  const sockets: Socket[] = [];
  const server = net.createServer((socket) => {
    sockets.push(socket);
    socket
      .on('error', () => undefined)
      .once('data', () => {
        answer(socket);
        socket.on('data', () => then(socket));
      });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push({
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  });
  return { url: `http://127.0.0.1:${portOf(server)}`, sockets };
};
const SWITCH = 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: forehand-reports\r\n\r\n';

/** Answers posts as a proxy would, and everything else in the way that a test gives. */
const postsOnly = async (answer: (socket: Socket) => void) => {
  let posts = 0;
  const server = createServer((request, response) => {
    if (request.method === 'POST') {
      posts += 1;
      request.resume().once('end', () => response.writeHead(204).end());
    } else answer(request.socket);
  });
  server.on('upgrade', (_, socket) => answer(socket as Socket)).listen(0);
  open.push({ close: () => server.close().closeAllConnections() });
  return { url: `http://127.0.0.1:${portOf(server)}`, posts: () => posts };
};

describe('HttpPublisher by a stream', () => {
  it('sends all reports down one stream, each with its time', async () => {
    const { url, listener, receiver } = await receiving();
    const { publisher, clock } = publishing(url);
    for (let seq = 1; seq <= 5; seq++) await publisher.publish(aReport({ seq }));
    await listener.until(5);
    expect(listener.reports.map(({ report }) => report.seq)).toEqual([1, 2, 3, 4, 5]);
    expect(listener.reports[0]?.source.sent?.at).toBe(clock.epoch());
    expect(publisher.health()).toEqual({ up: true, detail: `${url}: reports are taken (stream)` });
    expect(receiver.health().up).toBe(true);
  });

  it('says each time what the proxy has against the reports, and goes on when it has nothing more', async () => {
    const { url, listener } = await receiving();
    const { publisher } = publishing(url);
    listener.verdict = () => ({ code: 'unknown_pool', message: 'there is no pool "web"' });
    const message = `${url}: 422 unknown_pool: there is no pool "web"`;
    for (let seq = 1; seq <= 3; seq++)
      await expect(publisher.publish(aReport({ seq }))).rejects.toMatchObject({
        code: 'unknown_pool',
        message,
      });
    expect(publisher.health()).toEqual({ up: false, detail: message });
    listener.verdict = () => undefined;
    await publisher.publish(aReport({ seq: 4 }));
    expect(publisher.health()).toMatchObject({ up: true });
    expect(listener.total).toBe(4);
  });

  it('shows a refusal that came after the report had gone', async () => {
    const { url, listener } = await receiving();
    const { publisher } = publishing(url);
    await publisher.publish(aReport({ seq: 1 }));
    listener.verdict = () => ({ code: 'replayed', message: 'old' });
    await publisher.publish(aReport({ seq: 2 }));
    await expect
      .poll(() => publisher.health())
      .toMatchObject({ up: false, detail: `${url}: 409 replayed: old` });
    await expect(publisher.publish(aReport({ seq: 3 }))).rejects.toMatchObject({ code: 'replayed' });
  });

  it('is told that its token is wrong, without a post', async () => {
    const { url, listener } = await receiving();
    const { publisher } = publishing(url, { token: 'wrong' });
    await expect(publisher.publish(aReport())).rejects.toMatchObject({
      code: 'token',
      message: `${url}: 401 token: wrong token`,
    });
    expect(listener.codes).toEqual(['token']);
  });

  it('opens another stream when the proxy comes back, and sends nothing old', async () => {
    const { url, receiver } = await receiving();
    const { publisher } = publishing(url);
    await publisher.publish(aReport({ seq: 1 }));
    await receiver.close();
    await expect
      .poll(() => publisher.publish(aReport({ seq: 2 })).catch(({ code }) => code))
      .toBe('unreachable');
    const { listener } = await receiving('proxy-2', Number(new URL(url).port));
    await publisher.publish(aReport({ seq: 9 }));
    await listener.until(1);
    expect(listener.reports.map(({ report }) => report.seq)).toEqual([9]);
  });

  it('leaves a proxy that is gone in peace for ever longer, but for two seconds at most', async () => {
    const { url, receiver } = await receiving();
    await receiver.close();
    const { publisher, clock } = publishing(url);
    const connects = vi.spyOn(net, 'connect');
    const connect = async (): Promise<boolean> => {
      const before = connects.mock.calls.length;
      await expect(publisher.publish(aReport())).rejects.toMatchObject({ code: 'unreachable' });
      return connects.mock.calls.length > before;
    };
    expect([await connect(), await connect(), await connect()]).toEqual([true, true, false]);
    for (const pause of [125, 250, 500, 1000, 2000, 2000, 2000]) {
      clock.turn(pause - 1);
      expect(await connect()).toBe(false);
      clock.turn(1);
      expect(await connect()).toBe(true);
    }
  });

  it('gives up a report under way when it is closed, at any moment', async () => {
    for (const answer of [() => undefined, (socket: Socket) => void socket.write(SWITCH)]) {
      const { url, sockets } = await answering(answer);
      const { publisher } = publishing(url);
      const sent = expect(publisher.publish(aReport())).rejects.toMatchObject({ code: 'closed' });
      await expect.poll(() => sockets.length).toBe(1);
      await publisher.close();
      await sent;
      await expect.poll(() => sockets[0]?.destroyed).toBe(true);
    }
  });
});

describe('HttpPublisher where there is no stream', () => {
  it.each<[string, (socket: Socket) => void]>([
    ['an old proxy', (socket) => void socket.end('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n')],
    ['a plain 200', (socket) => void socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')],
    ['another protocol', (socket) => void socket.write('HTTP/1.1 101 OK\r\nupgrade: websocket\r\n\r\n')],
    ['a reset', (socket) => void socket.resetAndDestroy()],
    ['an end', (socket) => void socket.end()],
    ['silence', () => undefined],
    ['noise', (socket) => void socket.write('x'.repeat(20_000))],
  ])('posts, behind %s, and tries again after a minute', async (_, act) => {
    let tries = 0;
    const { url, posts } = await postsOnly((socket) => {
      tries += 1;
      act(socket);
    });
    const { publisher, clock } = publishing(url, { timeout: 100 });
    await publisher.publish(aReport({ seq: 1 }));
    clock.turn(59_999);
    await publisher.publish(aReport({ seq: 2 }));
    expect([tries, posts()]).toEqual([1, 2]);
    expect(publisher.health().detail).toBe(`${url}: reports are taken (posts)`);
    clock.turn(1);
    await publisher.publish(aReport({ seq: 3 }));
    expect([tries, posts()]).toEqual([2, 3]);
  });

  it('posts when nothing that it sends down the stream is confirmed', async () => {
    const { url, posts } = await postsOnly((socket) => void socket.write(SWITCH));
    const { publisher } = publishing(url, { patience: 50 });
    await expect(publisher.publish(aReport({ seq: 1 }))).rejects.toMatchObject({ code: 'timeout' });
    await publisher.publish(aReport({ seq: 2 }));
    expect(posts()).toBe(1);
  });

  it('posts when nothing is confirmed any more', async () => {
    const { url, posts } = await postsOnly((socket) => {
      socket.write(SWITCH);
      socket.once('data', () => socket.write('{"taken":1}\n'));
    });
    const { publisher, clock } = publishing(url);
    for (let seq = 1; seq <= 4; seq++) await publisher.publish(aReport({ seq }));
    clock.turn(3001);
    expect(posts()).toBe(0);
    await publisher.publish(aReport({ seq: 5 }));
    expect(posts()).toBe(1);
    expect(publisher.health().detail).toMatch(/\(posts\)$/);
  });

  it.each(['HTTP/1.1 400 Bad Request\r\n\r\n', 'x'.repeat(5000), '[[[\n'])(
    'breaks off when a proxy does not speak as one: %j',
    async (noise) => {
      const { url } = await answering(
        (socket) => void socket.write(SWITCH),
        (socket) => void socket.write(noise),
      );
      await expect(publishing(url).publisher.publish(aReport())).rejects.toMatchObject({
        code: 'bad_answer',
      });
    },
  );

  it('ignores a line that only a later proxy would write', async () => {
    const { url } = await answering(
      (socket) => void socket.write(SWITCH),
      (socket) => void socket.write('{"slow":"down"}\n{"taken":1}\n'),
    );
    await publishing(url).publisher.publish(aReport({ seq: 1 }));
  });

  it('says when its reports were sent in a header', async () => {
    const { url, listener } = await receiving();
    const between = aMiddlebox(() => url);
    open.push({ close: () => between.close().closeAllConnections() });
    const { publisher, clock } = publishing(`http://127.0.0.1:${portOf(between)}`);
    await publisher.publish(aReport());
    expect(listener.reports[0]?.source.sent?.at).toBe(clock.epoch());
  });
});

describe('an agent with several proxies', () => {
  it('tells each of them how many answer it, by streams and posts alike', async () => {
    const three = await Promise.all(['a', 'b', 'c'].map((proxy) => receiving(proxy)));
    const between = aMiddlebox(() => three[2]!.url);
    open.push({ close: () => between.close().closeAllConnections() });
    const urls = [three[0]!.url, three[1]!.url, `http://127.0.0.1:${portOf(between)}`, three[1]!.url];
    const publisher = publisherTo(urls, { token: TOKEN });
    open.push(publisher);
    for (let seq = 1; seq <= 3; seq++) await publisher.publish(aReport({ seq }));
    for (const { receiver, listener } of three) {
      await listener.until(3);
      await expect.poll(() => receiver.proxies).toBe(3);
    }
  });
});
