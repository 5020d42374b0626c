import { once } from 'node:events';
import { type ClientRequest, request } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Guard } from '../../src/core/chain.ts';
import type { Handler, HandlerContext } from '../../src/core/handler.ts';
import { answerHandler } from '../../src/local/answer-handler.ts';
import { localFacts } from '../../src/local/local-field.ts';
import type { HandlerParts, LocalHandler } from '../../src/local/local-source.ts';
import { eventually } from '../support/eventually.ts';
import { aNodeServer, aTree, type TestServer } from './support.ts';

interface Faults extends Guard {
  bypassed: boolean;
  readonly told: { kind: string; message: string }[];
}

const aGuard = (): Faults => {
  const told: Faults['told'] = [];
  return {
    told,
    bypassed: false,
    enter: () => undefined,
    leave: () => undefined,
    fault: (kind, message) => void told.push({ kind, message }),
  };
};

interface Handling extends TestServer {
  readonly guard: Faults;
  atWork(): number;
}

const aHandlerServer = async (
  value: Handler,
  { entry = '/srv/handler.ts', sessions }: { entry?: string; sessions?: HandlerParts['sessions'] } = {},
): Promise<Handling> => {
  const guard = aGuard();
  let working = 0;
  const handler: LocalHandler = { reference: './handler.ts', hash: 'x', entry, value, guard };
  const parts: HandlerParts = {
    sessions,
    begin: () => {
      working += 1;
      return () => {
        working -= 1;
      };
    },
  };
  const server = await aNodeServer(
    (req, res) => void answerHandler({ handler, route: 'mine', parts, req, res, facts: localFacts(req) }),
  );
  return { ...server, guard, atWork: () => working };
};

/** What the engine says of a request. */
const LOCAL = { 'X-Forehand-Local': '192.0.2.7 https /as/sent', 'X-Forwarded-Host': 'www.example.com' };

describe('a request to a handler', () => {
  it('is what the client sent, with the address that it used', async () => {
    const { ask } = await aHandlerServer(async (request, { clientIp, route }) =>
      Response.json({
        ...{ clientIp, route, url: request.url, method: request.method },
        names: [...request.headers.keys()],
        list: request.headers.get('x-list'),
        body: await request.text(),
      }),
    );
    const said = await ask('/stripped?a=1&b=%20', {
      method: 'POST',
      body: 'content',
      headers: { ...LOCAL, 'X-List': 'a, b', 'Content-Type': 'text/plain' },
    });
    expect(JSON.parse(said.body)).toMatchObject({
      clientIp: '192.0.2.7',
      route: 'mine',
      url: 'https://www.example.com/as/sent?a=1&b=%20',
      method: 'POST',
      list: 'a, b',
      body: 'content',
    });
    const { names } = JSON.parse(said.body) as { names: string[] };
    expect(names).not.toContain('x-forehand-local');
    expect(names).not.toContain('connection');
  });

  it('has our facts, whatever the client says before them', async () => {
    const { port } = await aHandlerServer((_, { clientIp }) => new Response(clientIp));
    const req = request({ port, host: '127.0.0.1', agent: false });
    req.setHeader('X-Forehand-Local', ['10.9.9.9 http /forged', '192.0.2.7 http /']);
    req.end();
    const [res] = (await once(req, 'response')) as [NodeJS.ReadableStream];
    let body = '';
    for await (const piece of res) body += String(piece);
    expect(body).toBe('192.0.2.7');
  });

  it('never means another host by its path', async () => {
    const { ask } = await aHandlerServer(({ url }) => new Response(url));
    const said = await ask('/', { headers: { ...LOCAL, 'X-Forehand-Local': '192.0.2.7 http //evil.com/x' } });
    expect(said.body).toBe('http://www.example.com//evil.com/x');
  });

  it('is refused where no Request can be made of it', async () => {
    const { ask } = await aHandlerServer(() => new Response('x'));
    expect((await ask('/', { method: 'TRACE' })).status).toBe(501);
    expect((await ask('/', { headers: { 'X-Forwarded-Host': 'a b' } })).status).toBe(400);
  });

  it.each(['a.example/admin?x=', 'a.example/admin#', 'ops@a.example', 'a.example?', 'a.example\\b'])(
    'has no path but that of the request, where a proxy in front lets the host %s through',
    async (host) => {
      const { ask } = await aHandlerServer(({ url }) => new Response(url));
      expect((await ask('/', { headers: { ...LOCAL, 'X-Forwarded-Host': host } })).status).toBe(400);
    },
  );

  it('is aborted when the client leaves', async () => {
    let aborted = false;
    const { port, atWork, guard } = await aHandlerServer(async ({ signal }) => {
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      aborted = true;
      throw signal.reason;
    });
    const req = request({ port, host: '127.0.0.1', agent: false });
    req.on('error', () => undefined).end();
    await eventually(() => atWork() === 1, 'the handler is at work');
    req.destroy();
    await eventually(() => aborted, 'the signal fires');
    await eventually(() => atWork() === 0, 'nothing is at work');
    expect(guard.told).toEqual([]);
  });

  it('is read at the pace of the handler', async () => {
    let go: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const { port } = await aHandlerServer(async ({ body }) => {
      await gate;
      let bytes = 0;
      for await (const piece of body ?? []) bytes += (piece as Uint8Array).length;
      return new Response(String(bytes));
    });
    const req = request({ port, host: '127.0.0.1', method: 'POST', agent: false });
    const sent = fill(req, 200);
    await eventually(() => sent.isStopped(), 'the client has to wait');
    go();
    const [res] = (await once(req, 'response')) as [NodeJS.ReadableStream];
    let body = '';
    for await (const piece of res) body += String(piece);
    expect(Number(body)).toBe(200 * PIECE.length);
  });
});

const PIECE = Buffer.alloc(256 * 1024, 'x');

/** Sends so many pieces, waiting where it has to. */
const fill = (req: ClientRequest, pieces: number): { isStopped(): boolean } => {
  let waits = false;
  let left = pieces;
  const more = (): void => {
    waits = false;
    while (left > 0 && !waits) {
      left -= 1;
      waits = !req.write(PIECE);
    }
    if (left === 0 && !waits) req.end();
    else req.once('drain', more);
  };
  more();
  return { isStopped: () => waits && left > 0 };
};

describe('the answer of a handler', () => {
  it('has its status, fields and cookies, and no fields of a connection', async () => {
    const { ask } = await aHandlerServer(() => {
      const headers = new Headers({ 'X-Own': 'a', Connection: 'close, x-hop', 'X-Hop': '1', Upgrade: 'h2c' });
      headers.append('Set-Cookie', 'a=1, 2');
      headers.append('Set-Cookie', 'b=2; Path=/');
      return new Response('made', { status: 201, headers });
    });
    const { status, headers, body } = await ask('/');
    expect({ status, body, own: headers['x-own'] }).toEqual({ status: 201, body: 'made', own: 'a' });
    expect(headers['set-cookie']).toEqual(['a=1, 2', 'b=2; Path=/']);
    expect(headers['x-hop']).toBeUndefined();
    expect(headers.upgrade).toBeUndefined();
  });

  it('has no content for HEAD, and for a status without one', async () => {
    const { ask } = await aHandlerServer(({ method }) =>
      method === 'HEAD'
        ? new Response('long', { headers: { 'Content-Length': '4' } })
        : new Response(null, { status: 204 }),
    );
    const head = await ask('/', { method: 'HEAD' });
    expect(head).toMatchObject({ status: 200, body: '', headers: { 'content-length': '4' } });
    expect(await ask('/')).toMatchObject({ status: 204, body: '' });
  });

  it('comes piece by piece, and is cancelled when the client leaves', async () => {
    let cancelled = false;
    const { port, atWork } = await aHandlerServer(() => {
      const body = new ReadableStream({
        start: (controller) => controller.enqueue(new TextEncoder().encode('first')),
        cancel: () => {
          cancelled = true;
        },
      });
      return new Response(body);
    });
    const req = request({ port, host: '127.0.0.1', agent: false });
    req.on('error', () => undefined).end();
    const [res] = (await once(req, 'response')) as [NodeJS.ReadableStream];
    const [piece] = (await once(res, 'data')) as [Buffer];
    expect(String(piece)).toBe('first');
    req.destroy();
    await eventually(() => cancelled, 'the body is cancelled');
    await eventually(() => atWork() === 0, 'nothing is at work');
  });

  it('is made no faster than the client takes it', async () => {
    let made = 0;
    const { port } = await aHandlerServer(
      () =>
        new Response(
          new ReadableStream({
            pull: (controller) => {
              made += 1;
              if (made > 400) controller.close();
              else controller.enqueue(new Uint8Array(PIECE));
            },
          }),
        ),
    );
    const req = request({ port, host: '127.0.0.1', agent: false });
    req.end();
    const [res] = (await once(req, 'response')) as [NodeJS.ReadableStream];
    const before = made;
    await eventually(() => made > 0);
    expect(before).toBeLessThan(400);
    let bytes = 0;
    for await (const piece of res) bytes += (piece as Buffer).length;
    expect(bytes).toBe(400 * PIECE.length);
  });

  it.each<[string, () => unknown, string]>([
    [
      'throws',
      () => {
        throw new Error('broken');
      },
      'broken',
    ],
    ['rejects', () => Promise.reject(new Error('later')), 'later'],
    ['returns nothing', () => undefined, 'returned undefined, not a Response'],
    ['returns a text', () => 'hello', 'returned string, not a Response'],
    ['returns an error', () => Response.error(), 'returned Response.error(), which is no answer'],
  ])('is 500 where it %s, and an event', async (_, handler, message) => {
    const { ask, guard, atWork } = await aHandlerServer(handler as Handler);
    expect(await ask('/')).toMatchObject({ status: 500, body: '500 this could not be answered\n' });
    expect(guard.told.map((fault) => fault.message)).toEqual([message]);
    await eventually(() => atWork() === 0, 'nothing is at work');
  });

  it.each<[string, () => Response, RegExp]>([
    [
      'fails',
      () => new Response(new ReadableStream({ pull: (it) => it.error(new Error('no more')) })),
      /no more/,
    ],
    ['is shorter than it says', () => new Response('ab', { headers: { 'Content-Length': '3' } }), /shorter/],
    ['is longer than it says', () => new Response('abcd', { headers: { 'Content-Length': '3' } }), /longer/],
    [
      'is not of bytes',
      () => new Response(new ReadableStream({ start: (it) => it.enqueue('text' as never) })),
      /bytes/,
    ],
  ])('breaks off where its content %s, and is never taken for whole', async (_, handler, message) => {
    const { ask, guard } = await aHandlerServer(handler);
    await expect(ask('/')).rejects.toThrow();
    await eventually(() => guard.told.length === 1, 'the fault is told');
    expect(guard.told[0]?.message).toMatch(message);
  });

  it('is 503 while it is bypassed', async () => {
    const { ask, guard } = await aHandlerServer(() => new Response('x'));
    guard.bypassed = true;
    expect((await ask('/')).status).toBe(503);
    guard.bypassed = false;
    expect((await ask('/')).body).toBe('x');
  });
});

describe('sendFile', () => {
  const files = {
    'handler.ts': '',
    'report.txt': '0123456789',
    'public/a.txt': 'public',
    'secret.txt': 'secret',
  };

  const serving = async (
    handler: (context: HandlerContext, request: Request) => Response,
  ): Promise<Handling> =>
    aHandlerServer((request, context) => handler(context, request), {
      entry: join(aTree(files), 'handler.ts'),
    });

  it('answers with a file beside the handler, with all that files have', async () => {
    const { ask } = await serving(({ sendFile }) => {
      const response = sendFile('report.txt', { cacheControl: 'private' });
      response.headers.set('Content-Disposition', 'attachment');
      return response;
    });
    const { status, headers, body } = await ask('/', { headers: { Range: 'bytes=2-4' } });
    expect({ status, body }).toEqual({ status: 206, body: '234' });
    expect(headers).toMatchObject({
      'content-disposition': 'attachment',
      'cache-control': 'private',
      'content-type': 'text/plain; charset=utf-8',
    });
  });

  it('never leaves its root', async () => {
    const { ask } = await serving(({ sendFile }, { url }) =>
      sendFile(new URL(url).searchParams.get('f') ?? '', { root: 'public' }),
    );
    expect((await ask('/?f=a.txt')).body).toBe('public');
    expect((await ask('/?f=/a.txt')).body).toBe('public');
    for (const path of ['../secret.txt', '/../secret.txt', '%00', 'no.txt', '.', '..%2f..%2fetc/passwd'])
      expect((await ask(`/?f=${path}`)).status).toBe(404);
  });
});

describe('a session', () => {
  it('is opened for the cookie of the request, and its cookie is set besides others', async () => {
    const opened: unknown[] = [];
    const sessions: HandlerParts['sessions'] = {
      open: async (...asked) => {
        opened.push(asked);
        const session = {
          get: () => 7,
          set: () => undefined,
          delete: () => undefined,
          destroy: () => undefined,
        };
        return { session, finish: () => 'sid=new; Path=/' };
      },
    };
    const { ask } = await aHandlerServer(
      (_, { session }) => new Response(String(session?.get('n')), { headers: { 'Set-Cookie': 'own=1' } }),
      { sessions },
    );
    const { headers, body } = await ask('/', { headers: { ...LOCAL, Cookie: 'sid=old' } });
    expect(body).toBe('7');
    expect(headers['set-cookie']).toEqual(['own=1', 'sid=new; Path=/']);
    expect(opened).toEqual([['sid=old', true]]);
  });

  it('is not there where the configuration has none', async () => {
    const { ask } = await aHandlerServer((_, context) => new Response(String('session' in context)));
    expect((await ask('/')).body).toBe('false');
  });
});
