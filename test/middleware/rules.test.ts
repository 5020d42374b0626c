import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { LocalAnswer, RouteRules } from '../../src/core/route-rules.ts';
import { createDoor, type DoorParts } from '../../src/middleware/door.ts';
import { pairsOf } from '../../src/middleware/rules.ts';
import { aDoor, aDoorBoard, type DoorFacts, listenForTest, type TestDoor } from '../support/a-door.ts';
import { aLocalServer } from '../support/a-local-server.ts';
import { askRaw, connectRaw } from '../support/raw-client.ts';
import { startBackend } from '../support/start-backend.ts';

const page = (text: string): Pick<LocalAnswer, 'fields' | 'body'> => ({
  fields: 'Content-Type: text/html\r\n',
  body: Buffer.from(text),
});

const local = (
  rules: RouteRules,
  parts: Partial<DoorParts> = {},
  facts: Partial<DoorFacts> = {},
): Promise<TestDoor> => aDoor({ servers: {}, whenEmpty: 'local', rules, ...facts }, parts);

const get = (path: string, fields = ''): string =>
  `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${fields}\r\n`;

/** Catches warnings of the door, which would stand in the output of the tests. */
const warnings = (): string[] => {
  const said: string[] = [];
  const spy = vi.spyOn(process, 'emitWarning').mockImplementation((text) => void said.push(String(text)));
  onTestFinished(() => spy.mockRestore());
  return said;
};

describe('an answer that stands fast', () => {
  it('is given with its content, and counted as local', async () => {
    const made = await local({ local: { status: 200, reason: 'ok', ...page('<p>für alle</p>') } });
    const answer = await fetch(made.url);
    expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([
      200,
      'text/html',
      '<p>für alle</p>',
    ]);
    const head = await fetch(made.url, { method: 'HEAD' });
    expect([head.headers.get('content-length'), await head.text()]).toEqual(['16', '']);
    await made.settled();
    expect(made.finished.map(({ termination, bytesOut }) => [termination, bytesOut])).toEqual([
      ['local', 16],
      ['local', 0],
    ]);
  });

  it.each([204, 304])('has neither content nor length with status %i', async (status) => {
    const made = await local({ local: { status, reason: 'x', body: Buffer.from('never') } });
    expect(await askRaw(made.port, get('/'))).not.toMatch(/Content-|never/);
  });

  it('that cannot be sent is a fault of ours', async () => {
    const said = warnings();
    for (const answer of [{ status: 99 }, { status: 200, fields: 'X: a\nY: b\r\n' }]) {
      const made = await local({ local: { reason: 'x', ...answer } });
      expect((await fetch(made.url)).status).toBe(500);
    }
    expect(said).toHaveLength(2);
  });
});

describe('a guard', () => {
  it('turns requests away, in the words of the error page', async () => {
    const made = await local(
      { local: { status: 200, reason: 'in' } },
      {
        guard: ({ path }) =>
          path === '/no' ? { status: 401, reason: 'who?', fields: 'WWW-Authenticate: Basic\r\n' } : undefined,
      },
    );
    const [no, yes] = [await fetch(`${made.url}/no`), await fetch(`${made.url}/yes`)];
    expect([no.status, no.headers.get('www-authenticate'), yes.status]).toEqual([401, 'Basic', 200]);
    await made.settled();
    expect(made.finished.map(({ termination }) => termination)).toEqual(['rule', 'local']);
  });

  it('is asked when what it needs has been found out, or after a while', async () => {
    let isKnown = false;
    const made = await local(
      { local: { status: 200, reason: 'in' } },
      {
        refresh: ({ path }, go) => {
          const found = (): void => {
            isKnown = true;
            go();
            go();
          };
          if (path === '/now') found();
          if (path === '/later') setImmediate(found);
          return path !== '/no';
        },
        guard: () => (isKnown ? undefined : { status: 403, reason: 'not yet' }),
      },
    );
    const statusOf = async (path: string): Promise<number> => (await fetch(`${made.url}${path}`)).status;
    expect(await statusOf('/no')).toBe(403);
    expect(await statusOf('/never')).toBe(403);
    expect(await statusOf('/later')).toBe(200);
    isKnown = false;
    expect(await statusOf('/now')).toBe(200);
  });

  it('lets go of a client that leaves while something is found out', async () => {
    const go: (() => void)[] = [];
    const made = await local(
      { local: { status: 200, reason: 'in' } },
      { refresh: (_request, then) => go.push(then) > 0 },
    );
    const client = await connectRaw(made.port);
    client.send(get('/'));
    await vi.waitUntil(() => go.length === 1);
    client.socket.destroy();
    await vi.waitUntil(() => made.finished.length === 1);
    expect(made.finished[0]).toMatchObject({ termination: 'client_abort' });
  });

  it('that fails lets nobody through', async () => {
    const said = warnings();
    const made = await local(
      { local: { status: 200, reason: 'in' } },
      {
        guard: () => {
          throw new Error('no');
        },
      },
    );
    expect((await fetch(made.url)).status).toBe(500);
    expect(said).toHaveLength(1);
  });
});

describe('a server in this process', () => {
  const serving = async (listener: RequestListener, rules: RouteRules = {}): Promise<TestDoor> => {
    const { server } = aLocalServer(listener);
    return local(
      { local: server, ...rules },
      { local: (given) => (given === server ? listener : undefined) },
    );
  };

  it('is handed the request itself', async () => {
    const made = await serving(async (req, res) => {
      let text = '';
      for await (const piece of req) text += piece;
      res.write(`${req.method} `);
      res.end(`${req.url} ${text}`);
    });
    const answer = await fetch(`${made.url}/x?y`, { method: 'POST', body: 'content' });
    expect(await answer.text()).toBe('POST /x?y content');
    expect(answer.headers.get('x-request-id')).toBeTruthy();
    await made.settled();
    expect(made.finished[0]).toMatchObject({
      termination: 'local',
      status: 200,
      server: 'files',
      bytesOut: 17,
    });
  });

  it('sees what rules make of it, and its answers are edited however they begin', async () => {
    const rules: RouteRules = {
      target: ({ path }) => `/in${path}`,
      requestEdits: { removes: new Set(['x-gone', 'host']), lines: () => 'X-Added: yes\r\nHost: forged\r\n' },
      answerEdits: { removes: new Set(['x-secret']), lines: () => 'Set-Cookie: b\r\nContent-Length: 9\r\n' },
    };
    const listeners: RequestListener[] = [
      (req, res) =>
        void res
          .setHeader('X-Secret', '1')
          .setHeader('Set-Cookie', 'a')
          .end(JSON.stringify([req.url, req.headers])),
      (req, res) =>
        void res
          .writeHead(200, { 'x-secret': '1', 'Set-Cookie': 'a' })
          .end(JSON.stringify([req.url, req.headers])),
      (req, res) =>
        void res
          .writeHead(200, 'Fine', ['X-SECRET', '1', 'Set-Cookie', 'a'])
          .end(JSON.stringify([req.url, req.headers])),
    ];
    for (const listener of listeners) {
      const made = await serving(listener, rules);
      const text = await askRaw(made.port, get('/x', 'X-Gone: 1\r\n'));
      const [head = '', content = ''] = text.split('\r\n\r\n');
      expect(head.match(/set-cookie: ./gi)).toHaveLength(2);
      expect(head).not.toMatch(/x-secret|forged/i);
      expect(content).toContain('"/in/x"');
      expect(content).toContain('"x-added":"yes"');
      expect(content).not.toMatch(/x-gone|forged/);
    }
  });

  it('that fails, or whose client leaves, ends its exchange', async () => {
    const said = warnings();
    const made = await serving((req, res) => {
      if (req.url === '/throw') throw new Error('no');
      res.write('the beginning');
    });
    await expect(fetch(`${made.url}/throw`)).rejects.toThrow();
    const client = await connectRaw(made.port);
    client.send(get('/'));
    await client.hears(/the beginning/);
    client.socket.destroy();
    await made.settled();
    expect(made.finished.map(({ termination }) => termination)).toEqual(['server_abort', 'client_abort']);
    expect(said).toHaveLength(1);
  });

  it('that the application does not know is none', async () => {
    const { server } = aLocalServer(() => undefined);
    expect((await fetch((await local({ local: server })).url)).status).toBe(503);
  });
});

it('the application answers where the chain says local and the rules say nothing', async () => {
  const made = aDoorBoard({ servers: {}, whenEmpty: 'local' });
  const door = createDoor(made.parts);
  const server = createServer((req, res) => door.web(req, res, () => res.end('the application')));
  onTestFinished(() => door.close());
  const port = await listenForTest(server);
  expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).toBe('the application');
});

describe('on the way to a server and back', () => {
  const rules: RouteRules = {
    target: ({ path, query }) => `/in${path}?${query}`,
    requestEdits: {
      removes: new Set(['x-gone', 'x-forwarded-for']),
      lines: ({ clientIp }) => `X-Ip: ${clientIp}\r\n`,
    },
    answerEdits: { removes: new Set(['server', 'content-length']), lines: () => 'X-Added: yes\r\n' },
  };

  it('target and fields are what the rules say', async () => {
    let seen: IncomingMessage | undefined;
    const backend = await startBackend((req, res) => {
      seen = req;
      res.writeHead(200, { Server: 'secret', 'Content-Length': '2' }).end('ok');
    });
    const made = await aDoor({ servers: { a: backend.url }, rules });
    const answer = await fetch(`${made.url}/x?y`, { headers: { 'X-Gone': '1' } });
    expect(await answer.text()).toBe('ok');
    expect([
      seen?.url,
      seen?.headers['x-gone'],
      seen?.headers['x-ip'],
      seen?.headers['x-forwarded-for'],
    ]).toEqual(['/in/x?y', undefined, '127.0.0.1', '127.0.0.1']);
    expect(['server', 'x-added', 'content-length'].map((name) => answer.headers.get(name))).toEqual([
      null,
      'yes',
      '2',
    ]);
    expect(made.finished[0]).toMatchObject({ path: '/x' });
  });

  it.each<RouteRules>([
    { target: () => '/a b' },
    { requestEdits: { removes: new Set(), lines: () => 'X: a\r\n\r\n' } },
    { answerEdits: { removes: new Set(), lines: () => 'X: a\0\r\n' } },
  ])('what cannot be sent is a fault of ours, and none of the server', async (bad) => {
    const said = warnings();
    const backend = await startBackend();
    const made = await aDoor({ servers: { a: backend.url }, rules: bad });
    expect((await fetch(made.url)).status).toBe(500);
    expect(said.length).toBeGreaterThan(0);
    await made.settled();
    expect(made.outcomes.filter((text) => text.includes('a server'))).toEqual([]);
  });

  it('error pages stand in place of our own text', async () => {
    const made = await aDoor({
      servers: {},
      whenEmpty: 'refuse',
      rules: { ...rules, errorAnswer: (status) => ({ status: 200, reason: 'x', ...page(`page ${status}`) }) },
    });
    const answer = await fetch(made.url);
    expect([answer.status, await answer.text()]).toEqual([503, 'page 503']);
    expect(['retry-after', 'content-type', 'x-added'].map((name) => answer.headers.get(name))).toEqual([
      '1',
      'text/html',
      'yes',
    ]);
  });
});

it.each(['X: a', 'X: a\nY: b\r\n', 'X a\r\n', 'X: \u0100\r\n', '\r\n', 'X: a\r\n\r\n'])(
  '%j are no field lines',
  (text) => {
    expect(() => pairsOf(text)).toThrow(TypeError);
  },
);
