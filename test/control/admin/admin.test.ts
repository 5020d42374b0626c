import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { MAX_BODY_BYTES } from '../../../src/control/admin/admin-body.ts';
import type { HandOrder } from '../../../src/control/hands.ts';
import type { ExplainQuestion } from '../../../src/control/views/views.ts';
import { type AdminSetup, jsonPost, type RunningAdmin, startAdmin } from '../admin-client.ts';
import { aChainView, aDecisionView, aNodeView, aServerView, fakeParts } from '../fake-views.ts';

const open: RunningAdmin[] = [];
afterEach(async () => {
  for (const admin of open.splice(0)) await admin.close();
});

const anAdmin = async (setup?: AdminSetup): Promise<RunningAdmin> => {
  const admin = await startAdmin(setup);
  open.push(admin);
  return admin;
};

describe('reading', () => {
  it.each([
    ['/api/v1/servers', [aServerView()]],
    ['/api/v1/nodes', [aNodeView()]],
    ['/api/v1/refusals', []],
    ['/api/v1/senders', []],
    ['/api/v1/discovery', []],
    ['/api/v1/chain', [aChainView()]],
    ['/api/v1/decisions', [aDecisionView()]],
    ['/api/v1/shadow', []],
    ['/api/v1/events?n=50', fakeParts().events(1)],
    ['/api/v1/config/status', fakeParts().configStatus()],
    ['/api/v1/access-log', null],
  ])('%s answers JSON', async (path, value) => {
    const { status, headers, text } = await (await anAdmin()).ask(path);
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    expect(JSON.parse(text)).toEqual(value);
  });

  it('says how the access log fares', async () => {
    const view = {
      file: '/a.log',
      format: 'json',
      written: 7,
      lost: 1,
      waitingBytes: 0,
      fault: null,
    } as const;
    const admin = await anAdmin({ parts: { accessLog: () => view } });
    expect(JSON.parse((await admin.ask('/api/v1/access-log')).text)).toEqual(view);
  });

  it('says which version runs since when, and its own time', async () => {
    const about = JSON.parse((await (await anAdmin()).ask('/api/v1/about')).text);
    expect(about).toMatchObject({ version: '0.1.0', startedAt: 1_700_000_000_000 });
    expect(Math.abs(about.now - Date.now())).toBeLessThan(5000);
  });

  it('passes on metrics with their content type', async () => {
    const { headers, text } = await (await anAdmin()).ask('/metrics');
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(text).toBe('up 1\n');
  });

  it('serves the files of the page by their paths', async () => {
    const page = (path: string) => (path === '/' ? { contentType: 'text/html', body: '<p>hi' } : undefined);
    const admin = await anAdmin({ page });
    expect(await admin.ask('/')).toMatchObject({ status: 200, text: '<p>hi' });
    expect((await admin.ask('/other.js')).status).toBe(404);
  });

  it('answers HEAD with the headers of GET and no body', async () => {
    const admin = await anAdmin();
    const whole = await admin.ask('/api/v1/servers');
    const head = await admin.ask('/api/v1/servers', { method: 'HEAD' });
    expect(head).toMatchObject({ status: 200, text: '' });
    expect(head.headers['content-length']).toBe(whole.headers['content-length']);
  });

  it.each([
    ['/api/v1/decisions', 50],
    ['/api/v1/decisions?n=1', 1],
    ['/api/v1/decisions?n=200', 200],
    ['/api/v1/decisions?limit=200', 200],
    ['/api/v1/decisions?kind=sampled&limit=7', 7],
    ['/api/v1/events?n=7', 7],
  ])('%s asks for the newest %i', async (path, count) => {
    const asked: number[] = [];
    const list = (newest: number): readonly never[] => {
      asked.push(newest);
      return [];
    };
    await (await anAdmin({ parts: { decisions: list, events: list } })).ask(path);
    expect(asked).toEqual([count]);
  });

  it.each([
    '/api/v1/decisions?n=0',
    '/api/v1/decisions?kind=odd',
    '/api/v1/decisions?limit=201',
    '/api/v1/decisions?kind=recent&limit=10001',
    '/api/v1/decisions?kind=slow&limit=1001',
    '/api/v1/decisions?kind=failed&limit=0',
    '/api/v1/decisions?n=5&limit=5',
    '/api/v1/decisions?n=201',
    '/api/v1/decisions?n=-1',
    '/api/v1/decisions?n=1.5',
    '/api/v1/decisions?n=',
    '/api/v1/decisions?n=5&n=6',
    '/api/v1/decisions?m=5',
    '/api/v1/events?n=many',
    '/api/v1/servers?pool=web',
    '/readyz?verbose=no',
  ])('%s is a bad query', async (path) => {
    const { status, text } = await (await anAdmin()).ask(path);
    expect(status).toBe(400);
    expect(JSON.parse(text).error.code).toBe('bad_query');
  });

  it.each(['/nothing', '/api/v1/servers/', '/api/v1', '//livez', '/%2e%2e/etc/passwd'])(
    '%s is not found',
    async (path) => {
      const { status, text } = await (await anAdmin()).ask(path);
      expect(status).toBe(404);
      expect(JSON.parse(text)).toEqual({
        error: { code: 'not_found', message: 'there is nothing at this path' },
      });
    },
  );

  it.each([
    ['POST', '/api/v1/servers', 'GET, HEAD'],
    ['DELETE', '/livez', 'GET, HEAD'],
    ['OPTIONS', '/metrics', 'GET, HEAD'],
    ['GET', '/api/v1/explain', 'POST'],
    ['HEAD', '/api/v1/reload', 'POST'],
    ['PUT', '/api/v1/reload', 'POST'],
  ])('%s %s is not allowed, only %s', async (method, path, allow) => {
    const { status, headers } = await (await anAdmin()).ask(path, { method });
    expect(status).toBe(405);
    expect(headers.allow).toBe(allow);
  });
});

describe('health', () => {
  const checks = [
    { name: 'config', ok: true, detail: 'loaded' },
    { name: 'servers', ok: false, detail: '0 of 3 usable' },
  ];

  it('is alive', async () => {
    expect(await (await anAdmin()).ask('/livez')).toMatchObject({ status: 200, text: 'alive\n' });
  });

  it.each([
    [true, '/readyz', 200, '[-] servers: 0 of 3 usable\nready\n'],
    [true, '/readyz?verbose', 200, '[+] config: loaded\n[-] servers: 0 of 3 usable\nready\n'],
    [true, '/readyz?verbose=1', 200, '[+] config: loaded\n[-] servers: 0 of 3 usable\nready\n'],
    [false, '/readyz', 503, '[-] servers: 0 of 3 usable\nnot ready\n'],
  ])('ready %s at %s is %i', async (ready, path, status, text) => {
    const admin = await anAdmin({ parts: { readiness: () => ({ ready, checks }) } });
    expect(await admin.ask(path)).toMatchObject({ status, text });
  });
});

describe('explain', () => {
  const ask = async (body: unknown, setup?: AdminSetup) => {
    const { status, text } = await (await anAdmin(setup)).ask('/api/v1/explain', jsonPost(body));
    return { status, json: JSON.parse(text) };
  };

  it('hands the question on and answers with the explanation', async () => {
    const asked: ExplainQuestion[] = [];
    const explain: ReturnType<typeof fakeParts>['explain'] = (question) => {
      asked.push(question);
      return fakeParts().explain(question);
    };
    const question = { url: '/cart', method: 'POST', headers: { cookie: 'id=1' }, from: '2001:db8::1' };
    const { status, json } = await ask(question, { parts: { explain } });
    expect(status).toBe(200);
    expect(asked).toEqual([question]);
    expect(json).toMatchObject({ pool: 'web', chosen: 'web-1' });
  });

  it('answers 404 where no route matches', async () => {
    const { status, json } = await ask({ url: '/' }, { parts: { explain: () => undefined } });
    expect(status).toBe(404);
    expect(json.error.code).toBe('no_route');
  });

  it('answers 400 with the reason for a URL that is none', async () => {
    const explain = (): never => {
      throw new TypeError('url: expected a URL or a path');
    };
    const { status, json } = await ask({ url: 'http://' }, { parts: { explain } });
    expect(status).toBe(400);
    expect(json.error).toEqual({ code: 'bad_question', message: 'url: expected a URL or a path' });
  });

  it.each([
    ['not JSON', '{', 'bad_json'],
    ['an empty body', '', 'bad_json'],
    ['a list', [], 'bad_question'],
    ['null', 'null', 'bad_question'],
    ['no url', {}, 'bad_question'],
    ['a url that is a number', { url: 5 }, 'bad_question'],
    ['an endless url', { url: `/${'a'.repeat(9000)}` }, 'bad_question'],
    ['a method that is none', { url: '/', method: 'G ET' }, 'bad_question'],
    ['a header that is a list', { url: '/', headers: { a: ['b'] } }, 'bad_question'],
    ['an address that is none', { url: '/', from: 'here' }, 'bad_question'],
    ['a misspelt key', { url: '/', header: {} }, 'bad_question'],
  ])('refuses %s', async (_, body, code) => {
    const { status, json } = await ask(body);
    expect(status).toBe(400);
    expect(json.error.code).toBe(code);
  });
});

describe('setting a server', () => {
  const set = async (body: unknown, setup?: AdminSetup) => {
    const { status, text } = await (await anAdmin(setup)).ask('/api/v1/servers/set', jsonPost(body));
    return { status, json: JSON.parse(text) };
  };

  it.each<[unknown, HandOrder]>([
    [
      { server: 'web-1', pool: 'web', state: 'drain', reason: 'new disk', for: '10m' },
      { server: 'web-1', pool: 'web', state: 'drain', reason: 'new disk', forMs: 600_000 },
    ],
    [
      { server: 'web-1', weight: 0.5, for: 1500 },
      { server: 'web-1', weight: 0.5, forMs: 1500 },
    ],
    [
      { server: 'web-1', state: 'ready' },
      { server: 'web-1', state: 'ready' },
    ],
  ])('hands %j on and answers with the server', async (body, order) => {
    const orders: HandOrder[] = [];
    const setServer = async (asked: HandOrder) => {
      orders.push(asked);
      return aServerView({ state: 'drain' });
    };
    const { status, json } = await set(body, { parts: { setServer } });
    expect(status).toBe(200);
    expect(json).toMatchObject({ id: 'web-1', state: 'drain' });
    expect(orders).toEqual([order]);
  });

  it.each([
    ['unknown', 404],
    ['ambiguous', 409],
    ['full', 409],
    ['store', 503],
  ] as const)('says that it was not done: %s is %i', async (code, status) => {
    const setServer = async () => ({ code, message: 'because' });
    const answer = await set({ server: 'a', state: 'drain' }, { parts: { setServer } });
    expect(answer).toEqual({ status, json: { error: { code, message: 'because' } } });
  });

  it.each([
    ['{', 'bad_json'],
    ['null', 'bad_set'],
    [{ state: 'drain' }, 'bad_set'],
    [{ server: 'a' }, 'bad_set'],
    [{ server: 'a', state: 'down' }, 'bad_set'],
    [{ server: 'a', weight: -1 }, 'bad_set'],
    [{ server: 'a', weight: 257 }, 'bad_set'],
    [{ server: 'a', weight: '50%' }, 'bad_set'],
    [{ server: 'a', state: 'drain', for: '10' }, 'bad_set'],
    [{ server: 'a', state: 'drain', for: 0 }, 'bad_set'],
    [{ server: 'a', state: 'drain', for: 3e9 }, 'bad_set'],
    [{ server: 'a', state: 'drain', reason: 'a\nb' }, 'bad_set'],
    [{ server: 'a', state: 'drain', reason: 'x'.repeat(201) }, 'bad_set'],
    [{ server: 'a', state: 'drain', until: 5 }, 'bad_set'],
  ])('refuses %j', async (body, code) => {
    const { status, json } = await set(body);
    expect(status).toBe(400);
    expect(json.error.code).toBe(code);
    expect(json.error.message.length).toBeGreaterThan(5);
  });
});

describe('reload', () => {
  it.each([
    [true, 200],
    [false, 409],
  ])('that went well: %s, answers %i with the result', async (ok, status) => {
    const result = { ok, text: 'forehand.yaml:3:1 ...', ignored: ['listen'] };
    const admin = await anAdmin({ parts: { reload: async () => result } });
    const answer = await admin.ask('/api/v1/reload', jsonPost({}));
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text)).toEqual(result);
  });
});

describe('trouble', () => {
  it.each([
    ['throws', 'GET', '/api/v1/servers'],
    ['rejects', 'GET', '/metrics'],
    ['rejects', 'POST', '/api/v1/reload'],
  ])('inside that %s at %s %s is answered 500 without details, and reported', async (_, method, path) => {
    const trouble = new Error('secret path /etc/forehand');
    const fail = (): never => {
      throw trouble;
    };
    const reject = (): Promise<never> => Promise.reject(trouble);
    const admin = await anAdmin({ parts: { servers: fail, metrics: reject, reload: reject } });
    const { status, text } = await admin.ask(path, method === 'POST' ? jsonPost({}) : {});
    expect(status).toBe(500);
    expect(JSON.parse(text).error.code).toBe('internal');
    expect(text).not.toContain('secret');
    expect(admin.errors).toEqual([trouble]);
  });

  it('with a body that is too large by its own account is told before it is sent', async () => {
    const admin = await anAdmin();
    const socket = connect(admin.port, '127.0.0.1');
    socket.write(
      `POST /api/v1/explain HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${MAX_BODY_BYTES + 1}\r\n\r\n`,
    );
    const [first] = await once(socket, 'data');
    socket.destroy();
    expect(String(first)).toContain('HTTP/1.1 413 ');
    expect(String(first)).toMatch(/connection: close/i);
  });

  it('with a body that grows too large is told so', async () => {
    const admin = await anAdmin();
    const answer = await admin.ask('/api/v1/explain', {
      ...jsonPost('x'.repeat(MAX_BODY_BYTES + 1)),
      headers: { 'content-type': 'application/json', 'transfer-encoding': 'chunked' },
    });
    expect(answer.status).toBe(413);
  });

  it('takes a body of exactly the limit', async () => {
    const question = JSON.stringify({ url: '/' });
    const admin = await anAdmin();
    const answer = await admin.ask('/api/v1/explain', jsonPost(question.padEnd(MAX_BODY_BYTES)));
    expect(answer.status).toBe(200);
  });

  it.each([
    ['head', 'GET /livez HTTP/1.1\r\nHost: loc'],
    [
      'body',
      'POST /api/v1/explain HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{',
    ],
  ])('with a %s that does not come is ended after the time limit', async (_, start) => {
    const admin = await anAdmin({ limits: { headersTimeout: 100, requestTimeout: 200 } });
    const socket = connect(admin.port, '127.0.0.1');
    socket.write(start);
    let text = '';
    socket.on('data', (part) => {
      text += part;
    });
    await once(socket, 'close');
    expect(text).toContain('HTTP/1.1 408 ');
    expect(admin.errors).toEqual([]);
  });

  it('of a client that leaves in the middle of its body is not reported', async () => {
    const admin = await anAdmin();
    const socket = connect(admin.port, '127.0.0.1');
    socket.write(
      'POST /api/v1/explain HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n',
    );
    await once(socket, 'data');
    socket.resetAndDestroy();
    expect((await admin.ask('/livez')).status).toBe(200);
    expect(admin.errors).toEqual([]);
  });

  it('with more connections than allowed is turned away', async () => {
    const admin = await anAdmin({ limits: { maxConnections: 1 } });
    const first = connect(admin.port, '127.0.0.1');
    await once(first, 'connect');
    first.write('GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(first, 'data');
    await expect(admin.ask('/livez')).rejects.toThrow();
    first.destroy();
  });
});
