import { describe, expect, it } from 'vitest';
import { compileChain } from '../../src/core/chain.ts';
import type { Route } from '../../src/core/route.ts';
import type { LocalAnswer, RouteRules } from '../../src/core/route-rules.ts';
import { type FakeConnection, turn } from '../support/a-fake-connection.ts';
import { aFakeEngine, type FakeEngine } from '../support/a-fake-engine.ts';
import type { EngineFacts } from '../support/an-engine.ts';
import { oneReading } from '../support/one-reading.ts';
import { ROUTE_SETTINGS } from '../support/route-settings.ts';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nServer: secret\r\n\r\nok';
const get = (path = '/', fields = ''): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n${fields}\r\n`;
const HEAD = 'HEAD / HTTP/1.1\r\nHost: a\r\n\r\n';
const page = (text: string): Pick<LocalAnswer, 'fields' | 'body'> => ({
  fields: 'Content-Type: text/html\r\n',
  body: Buffer.from(text),
});

interface Asked {
  readonly made: FakeEngine;
  readonly client: FakeConnection;
  /** Says a request, and gives what the client was answered by the end of the turn. */
  ask(request?: string): Promise<string>;
  /** The same for one that a server answers with this. */
  forward(request?: string, answer?: string): Promise<string>;
  /** What the n-th connection to a server was sent. */
  sent(n?: number): string;
}

const asked = (rules: RouteRules | undefined, facts: Partial<EngineFacts> = {}): Asked => {
  const made = aFakeEngine({ ...facts, ...(rules ? { rules } : {}) });
  const client = made.client();
  return {
    made,
    client,
    ask: async (request = get()) => {
      await client.says(request);
      return client.takeAll();
    },
    forward: async (request = get(), answer = OK) => {
      const n = made.opened.length;
      await client.says(request);
      // A kept connection serves again.
      const server = made.opened.length > n ? await made.connected(n) : made.server(n - 1);
      await turn();
      await server.says(answer);
      return client.takeAll();
    },
    sent: (n = 0) => made.server(n).taken,
  };
};

const local = (answer: LocalAnswer, more: RouteRules = {}): Asked =>
  asked({ local: answer, ...more }, { servers: {}, whenEmpty: 'local' });

describe('an answer in place of a server', () => {
  it('has its own content and type, and the connection goes on behind it', async () => {
    const { ask, made } = local({ status: 200, reason: 'ok', ...page('<p>für alle</p>') });
    const text = await ask();
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\nContent-Length: 16\r\nX-Request-Id: /);
    expect(text).toMatch(/\r\nContent-Type: text\/html\r\n/);
    expect(text.match(/Content-Type/g)).toHaveLength(1);
    expect(Buffer.from(text.split('\r\n\r\n')[1] ?? '', 'latin1').toString()).toBe('<p>für alle</p>');
    expect(await ask()).toMatch(/ 200 OK/);
    expect(made.finished.map(({ termination, bytesOut }) => [termination, bytesOut])).toEqual([
      ['local', 16],
      ['local', 16],
    ]);
  });

  it('has the same head for HEAD, and nothing behind it', async () => {
    const { ask, made } = local({ status: 200, reason: 'ok', ...page('content') });
    const whole = await ask();
    const head = await ask(HEAD);
    const [a, b] = [whole, head].map((text) => text.replace(/X-Request-Id: .*\r\n/, ''));
    expect(b).toBe(a?.replace(/content$/, ''));
    expect(made.finished[1]?.bytesOut).toBe(0);
  });

  it.each([204, 304])('with status %i has neither content nor length', async (status) => {
    const { ask } = local({ status, reason: 'nothing', fields: 'ETag: "x"\r\n', body: Buffer.from('never') });
    const text = await ask();
    expect(text).toMatch(/^HTTP\/1\.1 \d{3} [\s\S]*\r\nETag: "x"\r\n[\s\S]*\r\n\r\n$/);
    expect(text).not.toMatch(/Content-|never/);
    oneReading('response', text);
  });

  it('with status 205 has a length of 0', async () => {
    const { ask } = local({ status: 205, reason: 'start again' });
    expect(await ask()).toMatch(/\r\nContent-Length: 0\r\n[\s\S]*\r\n\r\n$/);
  });

  it.each([101, 99, 600, 200.5])('with status %d is none: that is a fault of ours', async (status) => {
    const { ask, made } = local({ status, reason: 'what' });
    expect(await ask()).toMatch(/^HTTP\/1\.1 500 /);
    expect(made.faults.splice(0)).toHaveLength(1);
  });

  it('goes out at the pace of the client, and is not copied', async () => {
    const body = Buffer.alloc(2_000_000, 'y');
    const { made, client } = local({ status: 200, reason: 'ok', fields: 'X-A: b\r\n', body });
    const written: Uint8Array[] = [];
    const { write } = client;
    // The client takes one piece at a time; the fake one fails if more is written meanwhile.
    client.write = (bytes) => {
      written.push(bytes);
      client.takes = false;
      return write.call(client, bytes);
    };
    await client.says(get());
    expect([client.taken, written.length]).toEqual(['', 1]);
    while (made.engine.open > 0) await client.drains();
    for (const bytes of written) expect(bytes.length).toBeLessThan(70_000);
    expect(written.slice(1).every(({ buffer }) => buffer === body.buffer)).toBe(true);
    expect(client.taken.endsWith(`\r\n\r\n${body}`)).toBe(true);
    expect(made.finished[0]).toMatchObject({ termination: 'local', bytesOut: body.length, status: 200 });
    client.takeAll();
    await client.says(HEAD);
    await client.drains();
    expect(client.taken).toMatch(/Content-Length: 2000000/);
  });

  it('whose client leaves or reads no more ends as that', async () => {
    const body = Buffer.alloc(200_000, 'y');
    const { made } = local({ status: 200, reason: 'ok', body });
    const [leaver, sleeper] = [made.client(), made.client()];
    for (const client of [leaver, sleeper]) {
      client.takes = false;
      await client.says(get());
    }
    await leaver.fails();
    expect(made.finished.map(({ termination }) => termination)).toEqual(['client_abort']);
    await made.passes(6000);
    expect(made.finished.map(({ termination }) => termination)).toEqual(['client_abort', 'idle_timeout']);
    expect(sleeper.isClosed).toBe(true);
    expect(made.engine.open).toBe(0);
  });

  it('closes its connection where the rest of the request is not there', async () => {
    const { ask, client, made } = local({ status: 200, reason: 'ok', ...page('x') });
    expect(await ask('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n123')).toMatch(
      /\r\nConnection: close\r\n\r\nx$/,
    );
    await client.says('45');
    await client.ends();
    expect(made.engine.open).toBe(0);
    expect(client.isClosed).toBe(true);
  });

  it('opens no tunnel', async () => {
    const { ask } = asked(
      { local: { status: 200, reason: 'ok' } },
      {
        servers: {},
        whenEmpty: 'local',
        route: { allowsConnect: true },
        settings: { allowsConnect: true },
      },
    );
    expect(await ask('CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n')).toMatch(/^HTTP\/1\.1 405 /);
  });

  it('is no place for field lines that are ours, or that are none', async () => {
    const { ask, made } = local({
      status: 200,
      reason: 'ok',
      fields: 'Content-Length: 99\r\nDate: never\r\nConnection: close\r\nX-Kept: yes\r\n',
      body: Buffer.from('x'),
    });
    const text = await ask();
    expect(text).toMatch(/\r\nX-Kept: yes\r\n/);
    expect(text).not.toMatch(/: 99|never|close/);
    oneReading('response', text);
    const bad = local({ status: 200, reason: 'ok', fields: 'X: a\nSet-Cookie: b\r\n' });
    expect(await bad.ask()).toMatch(/^HTTP\/1\.1 500 [\s\S]*(?<!Set-Cookie[\s\S]*)$/);
    expect(bad.made.faults.splice(0)).toHaveLength(1);
    expect(made.faults).toEqual([]);
  });
});

describe('what guards a route', () => {
  const guard = ({ path }: { readonly path: string }): LocalAnswer | undefined =>
    path === '/no' ? { status: 403, reason: 'not for you', fields: 'X-Rule: yes\r\n' } : undefined;

  it('turns requests away before anything is decided, and lets others through', async () => {
    let decided = 0;
    const made = asked(undefined, { parts: { guard } });
    const { choose } = made.made.engine.parts;
    made.made.engine.parts.choose = (...given) => {
      decided += 1;
      return choose(...given);
    };
    expect(await made.ask(get('/no'))).toMatch(
      /^HTTP\/1\.1 403 [\s\S]*\r\nX-Rule: yes\r\n[\s\S]*: not for you\n/,
    );
    expect(decided).toBe(0);
    expect(await made.forward(get('/yes'))).toMatch(/ 200 OK/);
    expect(made.made.finished.map(({ termination, status, route }) => [termination, status, route])).toEqual([
      ['rule', 403, undefined],
      ['ok', 200, 'all'],
    ]);
  });

  it('has its answers logged, dressed and edited as those of its route, where it says which', async () => {
    const { made } = asked(undefined);
    const route: Route = {
      name: 'guarded',
      match: {},
      chain: compileChain('none', [], made.pool, 'refuse'),
      settings: ROUTE_SETTINGS,
      rules: {
        errorAnswer: (status) => ({ status, reason: 'x', ...page(`page ${status}`) }),
        answerEdits: { removes: new Set(), lines: () => 'X-Added: yes\r\n' },
      },
    };
    const turned = asked(undefined, { parts: { guard: () => ({ status: 403, reason: 'no', route }) } });
    expect(await turned.ask()).toMatch(/ 403 [\s\S]*X-Added: yes\r\n[\s\S]*page 403$/);
    expect(turned.made.finished[0]).toMatchObject({ route: 'guarded', pool: undefined, termination: 'rule' });
  });

  it('lets nobody through where it fails', async () => {
    const { ask, made } = asked(undefined, {
      parts: {
        guard: () => {
          throw new Error('no such function');
        },
      },
    });
    expect(await ask()).toMatch(/^HTTP\/1\.1 500 /);
    expect(made.opened).toEqual([]);
    expect(made.faults.splice(0)).toHaveLength(1);
    expect(made.finished[0]).toMatchObject({ termination: 'rule', status: 500 });
  });

  it('is asked when what the request waited for is there', async () => {
    let name = 'nobody';
    const go: (() => void)[] = [];
    const { ask, client } = asked(undefined, {
      parts: {
        refresh: (_request, then) => go.push(then) > 0,
        guard: () => ({ status: 401, reason: name }),
      },
    });
    expect(await ask()).toBe('');
    name = 'somebody';
    go[0]?.();
    await turn();
    expect(client.takeAll()).toMatch(/ 401 [\s\S]*: somebody\n/);
  });
});

describe('an error page', () => {
  const errorAnswer = (status: number): LocalAnswer => ({
    status: 200,
    reason: 'x',
    ...page(`page ${status}`),
  });

  it('stands in place of our own text, with the status and the fields of what happened', async () => {
    const { ask } = asked({ errorAnswer }, { servers: {}, whenEmpty: 'refuse' });
    const text = await ask();
    expect(text).toMatch(/^HTTP\/1\.1 503 [\s\S]*\r\nRetry-After: 1\r\n[\s\S]*\r\n\r\npage 503$/);
    expect(text.match(/Content-Type/g)).toHaveLength(1);
  });

  it('is there for failures of servers, and without content for HEAD', async () => {
    const { client, made } = asked({ errorAnswer }, { servers: { a: 'http://127.0.0.1:1' } });
    await client.says(HEAD);
    await made.server(0).fails('ECONNREFUSED');
    expect(client.taken).toMatch(/^HTTP\/1\.1 502 [\s\S]*\r\nContent-Length: 8\r\n[\s\S]*\r\n\r\n$/);
  });

  it('is there for requests that no route takes or that a rule turns away', async () => {
    const facts = { settings: { errorAnswer }, match: { path: '/here' } };
    expect(await asked(undefined, facts).ask()).toMatch(/ 404 [\s\S]*page 404$/);
    const turned = asked(undefined, {
      ...facts,
      parts: { guard: () => ({ status: 401, reason: 'who?', fields: 'WWW-Authenticate: Basic\r\n' }) },
    });
    expect(await turned.ask(get('/here'))).toMatch(/ 401 [\s\S]*WWW-Authenticate: Basic\r\n[\s\S]*page 401$/);
  });

  it('is not for answers with content of their own, nor for good ones, nor for what is no request', async () => {
    const facts = { settings: { errorAnswer } };
    expect(
      await local({ status: 404, reason: 'x', body: Buffer.from('own') }, { errorAnswer }).ask(),
    ).toMatch(/\r\nown$/);
    expect(await local({ status: 200, reason: 'fine' }, { errorAnswer }).ask()).toMatch(/: fine\n/);
    expect(await asked(undefined, facts).ask('GET  / HTTP/1.1\r\n\r\n')).toMatch(/ 400 [\s\S]*do not belong/);
    const framing = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nnone\r\n';
    expect(await asked({ errorAnswer }, facts).ask(framing)).toMatch(/ 400 (?![\s\S]*page)/);
  });

  it('that cannot be made leaves our own text', async () => {
    const { ask, made } = local(
      { status: 404, reason: 'plain' },
      {
        errorAnswer: () => {
          throw new Error('no template');
        },
      },
    );
    expect(await ask()).toMatch(/ 404 [\s\S]*: plain\n/);
    expect(made.faults.splice(0)).toHaveLength(1);
  });
});

describe('what a route changes of a request', () => {
  it('takes fields out in any case, and puts lines behind all others', async () => {
    const { forward, sent } = asked({
      requestEdits: {
        removes: new Set(['x-gone', 'cookie', 'x_odd']),
        lines: ({ clientIp }) => `X-Ip: ${clientIp}\r\n`,
      },
    });
    await forward(get('/', 'X-GONE: 1\r\nX-Kept: 2\r\nCookie: a=b\r\nx-gone: 3\r\n'));
    expect(sent()).toMatch(/X-Kept: 2\r\n[\s\S]*X-Request-Id: \S+\r\nX-Ip: 192\.0\.2\.7\r\n\r\n$/);
    expect(sent()).not.toMatch(/gone|cookie/i);
  });

  it('never touches framing, Host, and what we say ourselves', async () => {
    const names = [
      'host',
      'content-length',
      'transfer-encoding',
      'via',
      'x-forwarded-for',
      'x-request-id',
      'connection',
    ];
    const lines = names.map((name) => `${name}: forged\r\n`).join('');
    const { forward, sent } = asked({ requestEdits: { removes: new Set(names), lines: () => lines } });
    await forward('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi');
    expect(sent()).not.toMatch(/forged/);
    expect(sent()).toMatch(
      /\r\nContent-Length: 2\r\n[\s\S]*X-Forwarded-For: 192\.0\.2\.7\r\n[\s\S]*\r\n\r\nhi$/,
    );
    oneReading('request', sent());
  });

  it('leaves the credentials of the pool in place', async () => {
    const { forward, sent } = asked(
      { requestEdits: { removes: new Set(), lines: () => 'Authorization: rule\r\nX-A: b\r\n' } },
      { connections: { authorization: () => 'pool' } },
    );
    await forward(get('/', 'Authorization: client\r\n'));
    expect(sent().match(/Authorization: .*/g)).toEqual(['Authorization: pool']);
    expect(sent()).toMatch(/X-A: b\r\n/);
  });

  it('takes out what a trusted proxy has said of the way here, where that is asked for', async () => {
    const { forward, sent } = asked(
      { requestEdits: { removes: new Set(['x-real-ip', 'forwarded']), lines: () => 'X-Real-IP: ours\r\n' } },
      { trusted: ['192.0.2.7'] },
    );
    await forward(get('/', 'X-Real-IP: 203.0.113.9\r\nForwarded: for=x\r\n'));
    expect(sent().match(/X-Real-IP: .*/g)).toEqual(['X-Real-IP: ours']);
    expect(sent()).not.toMatch(/Forwarded: for/);
    expect(sent()).toMatch(/X-Forwarded-Port: \d+\r\nX-Request-Id: /);
  });

  it('asks the server for another path and query, and keeps that of the client in the log', async () => {
    const { forward, sent, made } = asked({ target: ({ path, query }) => `/in${path}?${query}&b` });
    await forward(get('/x/../y?a'));
    expect(sent()).toMatch(/^GET \/in\/x\/\.\.\/y\?a&b HTTP\/1\.1\r\nHost: a\r\n/);
    expect(made.finished[0]?.path).toBe('/x/../y');
  });

  it('keeps what is no path: the target of OPTIONS for the server as a whole', async () => {
    const { forward, sent } = asked({ target: () => '/never' });
    await forward('OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(sent()).toMatch(/^OPTIONS \* HTTP\/1\.1\r\n/);
    const absolute = asked({ target: () => '/never' });
    await absolute.forward('OPTIONS http://b HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(absolute.sent()).toMatch(/^OPTIONS \* HTTP\/1\.1\r\nHost: b\r\n/);
  });

  it('writes requests of HTTP/1.0 and with an absolute target as it writes all', async () => {
    const { forward, sent } = asked({ target: () => `/${'l'.repeat(40_000)}` });
    await forward('GET http://b.example/x HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(sent()).toMatch(/^GET \/l{40000} HTTP\/1\.1\r\nHost: b\.example\r\n(?![\s\S]*Host: a)/);
    const old = asked({ target: () => '/old' });
    await old.forward('GET /x HTTP/1.0\r\nX-A: b\r\n\r\n');
    expect(old.sent()).toMatch(/^GET \/old HTTP\/1\.1\r\nX-A: b\r\n[\s\S]*\r\nHost: /);
  });

  it.each(['relative', '', '/a b', '/a\r\nX: y', '/a\0', '/ä', '/a#b', '//\\b', '/a"', 'http://b/'])(
    'does not send the target %j: that is a fault of ours',
    async (target) => {
      const { ask, made } = asked({ target: () => target });
      expect(await ask()).toMatch(/^HTTP\/1\.1 500 /);
      expect(made.opened).toEqual([]);
      expect(made.faults.splice(0)).toHaveLength(1);
      expect(await ask(get('/again'))).toMatch(/^HTTP\/1\.1 500 /);
      expect(made.faults.splice(0)).toHaveLength(1);
    },
  );

  it.each([
    'X: a\nY: b\r\n',
    'X: a',
    'X a\r\n',
    ': a\r\n',
    'X: a\0\r\n',
    'X: a\r\n\r\n',
    'X : a\r\n',
    'X: \u0100\r\n',
  ])('does not send the lines %j: that is a fault of ours', async (lines) => {
    const { ask, made } = asked({ requestEdits: { removes: new Set(), lines: () => lines } });
    expect(await ask()).toMatch(/^HTTP\/1\.1 500 /);
    expect(made.faults.splice(0)).toHaveLength(1);
  });

  it('holds for each server that is tried', async () => {
    const { client, made } = asked({
      target: () => '/changed',
      requestEdits: { removes: new Set(), lines: () => 'X-A: b\r\n' },
    });
    await client.says(get());
    await (await made.connected(0)).fails();
    const next = await made.connected(1);
    expect(next.taken).toMatch(/^GET \/changed HTTP\/1\.1\r\n[\s\S]*X-A: b\r\n\r\n$/);
    await next.says(OK);
  });
});

describe('what a route changes of an answer', () => {
  const answerEdits = {
    removes: new Set(['server', 'x-gone', 'content-length', 'date', 'set-cookie']),
    lines: ({ path }: { readonly path: string }): string => `X-Path: ${path}\r\n`,
  };

  it('takes fields out and puts lines in, where the head stands and where it is written anew', async () => {
    for (const version of ['1.1', '1.0']) {
      const { forward } = asked({ answerEdits });
      const answer = `HTTP/${version} 200 Fine\r\nSERVER: s\r\nContent-Length: 2\r\nX-Gone: 1\r\nX-Kept: 2\r\n\r\nok`;
      const text = await forward(get('/p'), answer);
      expect(text).toMatch(/\r\nX-Path: \/p\r\n[\s\S]*Content-Length: 2\r\nX-Kept: 2\r\n\r\nok$/);
      expect(text).not.toMatch(/server|gone/i);
      oneReading('response', text);
    }
  });

  it('keeps a head in one piece that is written in an odd way', async () => {
    const { forward } = asked({ answerEdits });
    const text = await forward(get('/p'), 'HTTP/1.1 200\r\nContent-Length:2\r\nX-Gone: 1\r\n\r\nok');
    expect(text).toMatch(/^HTTP\/1\.1 200 \r\n[\s\S]*X-Path: \/p\r\n[\s\S]*\r\n\r\nok$/);
    expect(text).not.toMatch(/gone/i);
    oneReading('response', text);
  });

  it('holds for answers of our own, whatever they say', async () => {
    const { ask } = local(
      { status: 200, reason: 'x', fields: 'Set-Cookie: a\r\nX-Kept: b\r\n' },
      { answerEdits },
    );
    const text = await ask(get('/own'));
    expect(text).toMatch(/\r\nX-Kept: b\r\nX-Path: \/own\r\n/);
    expect(text).not.toMatch(/Set-Cookie/);
    const failed = asked({ answerEdits }, { servers: {}, whenEmpty: 'refuse' });
    expect(await failed.ask()).toMatch(/ 503 [\s\S]*X-Path: \//);
  });

  it('may set the type of content that is ours', async () => {
    const edits = { removes: new Set(['content-type']), lines: () => 'Content-Type: text/x\r\n' };
    const text = await local({ status: 200, reason: 'x' }, { answerEdits: edits }).ask();
    expect(text.match(/Content-Type: .*/g)).toEqual(['Content-Type: text/x']);
  });

  it('does not send lines that are none: the client gets a 500', async () => {
    const { forward, made, client } = asked({
      answerEdits: { removes: new Set(), lines: () => 'X: a\r\n\r\n<script>' },
    });
    expect(await forward()).toMatch(/^HTTP\/1\.1 500 (?![\s\S]*script)/);
    expect(made.faults.splice(0).length).toBeGreaterThan(0);
    expect(made.finished[0]).toMatchObject({ status: 500 });
    expect(client.isClosed).toBe(false);
  });

  it('has it that a stream of events stays one when its type is changed', async () => {
    const { made, client } = asked({
      answerEdits: { removes: new Set(['content-type']), lines: () => 'Content-Type: text/plain\r\n' },
    });
    await client.says(get());
    const server = await made.connected(0);
    await server.says('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 9\r\n\r\ndata:');
    await made.passes(20_000);
    expect(client.isClosed).toBe(false);
    await server.says(' a\n\n'.slice(0, 4));
    expect(client.taken).toMatch(/text\/plain/);
  });
});

describe('lines for one server', () => {
  const additions = (_exchange: unknown, server: { readonly id: string } | undefined) => ({
    request: `X-For: ${server?.id}\r\n`,
    response: '',
  });

  it('are those of the server that is tried', async () => {
    const { client, made } = asked(undefined, { parts: { additions } });
    await client.says('PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody');
    const first = await made.connected(0);
    expect(first.taken).toMatch(/\r\nX-For: a\r\n\r\nbody$/);
    await first.fails();
    const second = await made.connected(1);
    expect(second.taken).toMatch(/\r\nX-For: b\r\n\r\nbody$/);
    expect(second.taken).not.toMatch(/X-For: a/);
    await second.says(OK);
  });

  it('are those of the second server in the copy of a hedge', async () => {
    const { client, made } = asked(undefined, {
      route: { hedge: { after: 50, budget: 1 } },
      parts: { additions },
    });
    await client.says(get());
    const first = await made.connected(0);
    await made.passes(200);
    made.engine.hedging.look();
    const second = await made.connected(1);
    expect(first.taken).toMatch(/X-For: a\r\n\r\n$/);
    expect(second.taken).toMatch(/X-For: b\r\n\r\n$/);
    await second.says(OK);
    expect(client.taken).toMatch(/ 200 OK/);
  });
});

it('picks its route by a field of the request', async () => {
  const { forward, ask } = asked(undefined, { match: { headers: { 'x-kind': 'a' } } });
  expect(await forward(get('/', 'X-Kind: a\r\n'))).toMatch(/ 200 OK/);
  expect(await ask(get('/', 'X-Kind: b\r\n'))).toMatch(/ 404 /);
});
