import { once } from 'node:events';
import http, { type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import http2 from 'node:http2';
import net, { type AddressInfo } from 'node:net';
import express from 'express';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Answers, type AnswersParts } from '../../agent/answers.ts';
import { Requests } from '../../agent/requests.ts';
import { eventually } from '../support/eventually.ts';

const PATH = '/.well-known/forehand/load';
const FIELD = 'endpoint-load-metrics';

const someAnswers = (parts: Partial<AnswersParts> = {}) => {
  const requests = new Requests(
    () => performance.now(),
    () => undefined,
  );
  const load = (): string => `in_flight ${requests.inFlight}`;
  const answers = new Answers({ requests, load, saysLoad: true, probePath: PATH, ...parts });
  return { requests, answers };
};

const listening = async (server: http.Server | http2.Http2Server): Promise<number> => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    if (server instanceof http.Server) server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
};

/** A watched server that serves with this listener. */
const aWatched = async (listener: RequestListener, parts: Partial<AnswersParts> = {}) => {
  const made = someAnswers(parts);
  const server = http.createServer(listener);
  const stop = made.answers.watch(server);
  const port = await listening(server);
  const ask = (path = '/', options: RequestInit = {}): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}${path}`, options);
  return { ...made, server, stop, port, ask };
};

describe('an answer says the load', () => {
  const bodies: Record<string, RequestListener> = {
    'with an implicit head': (_, response) => void response.end('done'),
    'with an explicit head': (_, response) => void response.writeHead(201, { 'x-own': '1' }).end('done'),
    'with a head as a list': (_, response) =>
      void response.writeHead(200, 'Fine', ['x-own', '1', 'x-own', '2']).end('done'),
    'with a head sent before its body': (_, response) => {
      response.flushHeaders();
      response.end('done');
    },
    'in pieces': (_, response) => {
      response.write('do');
      response.end('ne');
    },
  };

  it.each(Object.keys(bodies))('%s', async (name) => {
    const { ask } = await aWatched(bodies[name]!);
    const answer = await ask();
    expect(answer.headers.get(FIELD)).toBe('in_flight 1');
    expect(await answer.text()).toBe('done');
  });

  it('of the moment in which it is sent, not of that in which the request came', async () => {
    const held: ServerResponse[] = [];
    const { ask } = await aWatched((_, response) => void held.push(response));
    const first = ask();
    await eventually(() => held.length === 1);
    const second = ask();
    await eventually(() => held.length === 2);
    held[0]?.end();
    expect((await first).headers.get(FIELD)).toBe('in_flight 2');
    held[1]?.end();
    await second;
  });

  it('unless the application says it itself', async () => {
    const { ask } = await aWatched((_, response) => void response.setHeader(FIELD, 'eps:1').end());
    expect((await ask()).headers.get(FIELD)).toBe('eps:1');
  });

  it.each([
    ['is told not to', { saysLoad: false }],
    ['knows nothing', { load: () => '' }],
  ])('unless it %s', async (_, parts) => {
    const { ask } = await aWatched((_request, response) => void response.end(), parts);
    expect((await ask()).headers.has(FIELD)).toBe(false);
  });

  it('through the middleware of Express, before what its routes do', async () => {
    const { requests, answers } = someAnswers();
    const app = express();
    app.use(answers.middleware);
    app.get('/', (_, response) => void response.json({ inFlight: requests.inFlight }));
    const port = await listening(http.createServer(app));
    const answer = await fetch(`http://127.0.0.1:${port}/`);
    expect([answer.headers.get(FIELD), await answer.json()]).toEqual(['in_flight 1', { inFlight: 1 }]);
    expect((await fetch(`http://127.0.0.1:${port}${PATH}`)).status).toBe(204);
  });

  it('around a listener', async () => {
    const { answers } = someAnswers();
    const port = await listening(
      http.createServer(answers.listener((_, response) => void response.end('x'))),
    );
    expect((await fetch(`http://127.0.0.1:${port}/`)).headers.get(FIELD)).toBe('in_flight 1');
  });
});

describe('requests under way', () => {
  it('are counted once where a server is watched and has the middleware as well', async () => {
    const made = someAnswers();
    const server = http.createServer(made.answers.listener((_, response) => void response.end()));
    made.answers.watch(server);
    const port = await listening(server);
    const answer = await fetch(`http://127.0.0.1:${port}/`);
    expect(answer.headers.get(FIELD)).toBe('in_flight 1');
    await eventually(() => made.requests.inFlight === 0);
    expect(made.requests.ended).toBe(1);
  });

  it('end when they are answered, and when they are cut off', async () => {
    const held: ServerResponse[] = [];
    const { requests, port } = await aWatched((_, response) => void held.push(response));
    const sockets = [0, 1].map(() => net.connect(port, '127.0.0.1'));
    for (const socket of sockets) socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await eventually(() => requests.inFlight === 2);
    held[0]?.end('done');
    await eventually(() => requests.inFlight === 1);
    for (const socket of sockets) socket.destroy();
    await eventually(() => requests.inFlight === 0);
    expect([requests.ended, requests.failed]).toEqual([2, 0]);
    expect(requests.serviceTime).toBeGreaterThan(0);
  });

  it.each(['read', 'left unread'])(
    'end with their connection, also those that wait on it for their turn, their content %s',
    async (how) => {
      const { requests, port } = await aWatched((request) => {
        if (how === 'read') request.resume();
      });
      const socket = net.connect(port, '127.0.0.1');
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(5));
      await eventually(() => requests.inFlight === 5);
      socket.destroy();
      await eventually(() => requests.inFlight === 0);
    },
  );

  it('are not begun for a client that has left before the middleware is reached', async () => {
    const { requests, answers } = someAnswers();
    const reached: IncomingMessage[] = [];
    const server = http.createServer((request, response) => {
      response.once('close', () => answers.middleware(request, response, () => reached.push(request)));
    });
    const socket = net.connect(await listening(server), '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(server, 'request');
    socket.destroy();
    await eventually(() => reached.length === 1);
    expect(requests.inFlight).toBe(0);
  });

  it('fail with a status from 500 on', async () => {
    const { requests, ask } = await aWatched(({ url }, response) => {
      response.statusCode = Number(url?.slice(1));
      response.end();
    });
    for (const status of [200, 404, 500, 503]) await ask(`/${status}`);
    await eventually(() => requests.ended === 4);
    expect(requests.failed).toBe(2);
  });

  it('are counted until the server is watched no more', async () => {
    const { requests, ask, stop } = await aWatched((_, response) => void response.end());
    await ask();
    stop();
    const answer = await ask();
    expect([answer.headers.has(FIELD), requests.ended]).toEqual([false, 1]);
  });

  it('are counted over HTTP/2 too', async () => {
    const { requests, answers } = someAnswers();
    const server = http2.createServer((_, response) => {
      response.write('do');
      response.end('ne');
    });
    answers.watch(server);
    const client = http2.connect(`http://127.0.0.1:${await listening(server)}`);
    onTestFinished(() => void client.destroy());
    const stream = client.request({ ':path': '/' });
    const [head] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders];
    expect(head[FIELD]).toBe('in_flight 1');
    await stream.resume().toArray();
    await eventually(() => requests.inFlight === 0 && requests.ended === 1);
  });

  it('say nothing of how long one takes where HTTP/2 has cut it off', async () => {
    const { requests, answers } = someAnswers();
    const server = http2.createServer(() => undefined);
    answers.watch(server);
    const client = http2.connect(`http://127.0.0.1:${await listening(server)}`);
    onTestFinished(() => void client.destroy());
    const stream = client.request({ ':path': '/' }).on('error', () => undefined);
    await eventually(() => requests.inFlight === 1);
    stream.close(http2.constants.NGHTTP2_CANCEL);
    await eventually(() => requests.inFlight === 0);
    expect([requests.ended, requests.serviceTime]).toEqual([1, Number.NaN]);
  });
});

describe('a probe', () => {
  const asked: IncomingMessage[] = [];
  const application: RequestListener = (request, response) => {
    asked.push(request);
    response.end('the application');
  };

  it('is answered with the load, and the application never hears of it', async () => {
    asked.length = 0;
    const { ask, requests } = await aWatched(application);
    const answer = await ask(PATH);
    expect([answer.status, answer.headers.get(FIELD)]).toEqual([204, 'in_flight 0']);
    expect([asked.length, requests.ended]).toEqual([0, 0]);
  });

  it.each([
    ['another path', '/load', {}],
    ['another method', PATH, { method: 'POST' }],
  ])('is not %s', async (_, path, options) => {
    const { ask } = await aWatched(application);
    expect(await (await ask(path, options)).text()).toBe('the application');
  });

  it('has the path that it is given, or none', async () => {
    const own = await aWatched(application, { probePath: '/load' });
    expect((await own.ask('/load')).status).toBe(204);
    const none = await aWatched(application, { probePath: undefined });
    expect(await (await none.ask(PATH)).text()).toBe('the application');
  });
});

it('leaves the other events of a server as they are', async () => {
  const { server, port } = await aWatched(() => undefined);
  server.on('upgrade', (_request, socket, head: Buffer) => void socket.end(`HTTP/1.1 101 ${head}\r\n\r\n`));
  const socket = net.connect(port, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: own\r\n\r\nhead');
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(answer.toString()).toBe('HTTP/1.1 101 head\r\n\r\n');
  socket.destroy();
});
