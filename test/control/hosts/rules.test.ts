import { describe, expect, it } from 'vitest';
import { hashPassword } from '../../../src/password/password.ts';
import { aDataPlane, type TestPlane } from '../../support/a-data-plane.ts';
import { TRANSPORTS } from '../../support/an-engine.ts';
import { askRaw } from '../../support/raw-client.ts';
import { startBackend } from '../../support/start-backend.ts';

/** A server that answers what it got. */
const anEcho = () =>
  startBackend((req, res) => {
    const { host, ...headers } = req.headers;
    res.setHeader('X-From', 'server');
    res.end(JSON.stringify({ method: req.method, url: req.url, host, headers }));
  });

interface Asked {
  readonly host?: string;
  readonly headers?: readonly string[];
}

const ask = (plane: TestPlane, path: string, { host = 'www.example.com', headers = [] }: Asked = {}) =>
  askRaw(
    plane.port(),
    [`GET ${path} HTTP/1.1`, `Host: ${host}`, 'Connection: close', ...headers, '', ''].join('\r\n'),
  );

const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);
const fieldOf = (answer: string, name: string): string | undefined =>
  new RegExp(`^${name}: (.*)\r$`, 'im').exec(answer)?.[1];
const bodyOf = (answer: string): string => answer.slice(answer.indexOf('\r\n\r\n') + 4);

const basic = (name: string, password: string): string =>
  `Authorization: Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;

describe.each(TRANSPORTS)('rules over %s', (transport) => {
  /** A proxy with one pool and these hosts. */
  const aProxy = async (hosts: object, more: object = {}): Promise<TestPlane> => {
    const { url } = await anEcho();
    return aDataPlane(() => ({ pools: { web: { servers: [url] } }, hosts, ...more }), { transport });
  };

  it('answer by host and by the longest location, without any server', async () => {
    const plane = await aProxy({
      'www.example.com': {
        aliases: ['*.example.org'],
        locations: [
          { path: '/a', respond: { body: 'a' } },
          { path: '/a/b', respond: { body: 'b', contentType: 'text/plain' } },
        ],
      },
      'other.example.com': { default: true, unmatched: 403, locations: [{ path: '/x', pool: 'web' }] },
    });
    expect(bodyOf(await ask(plane, '/a/x'))).toBe('a');
    expect(bodyOf(await ask(plane, '/a/b/x'))).toBe('b');
    expect(bodyOf(await ask(plane, '/a', { host: 'any.example.org:8080' }))).toBe('a');
    expect(statusOf(await ask(plane, '/c'))).toBe(404);
    expect(statusOf(await ask(plane, '/c', { host: 'nobody.example' }))).toBe(403);
    expect(statusOf(await ask(plane, '/x', { host: 'nobody.example' }))).toBe(200);
  });

  it('let in by address and function, and turn away', async () => {
    const plane = await aDataPlane(
      ({ write }) => {
        write('night.ts', 'export default (request) => request.header("x-hour") === "23";');
        write('broken.ts', 'export default () => { throw new Error("broken"); };');
        return {
          pools: { web: { servers: ['http://127.0.0.1:1'] } },
          routes: [
            { path: '/local', allow: ['127.0.0.0/8'], respond: { body: 'in' } },
            { path: '/others', allow: ['192.0.2.0/24', '::1'], respond: { body: 'in' } },
            { path: '/denied', deny: ['127.0.0.1'], respond: { body: 'in' } },
            { path: '/night', deny: ['./night.ts'], respond: { body: 'in' } },
            { path: '/closed', deny: ['./broken.ts'], respond: { body: 'in' } },
            { path: '/opened', allow: ['./broken.ts'], respond: { body: 'in' } },
          ],
        };
      },
      { transport },
    );
    const statuses = async (...paths: string[]) =>
      Promise.all(paths.map(async (path) => statusOf(await ask(plane, path))));
    expect(await statuses('/local', '/others', '/denied', '/night')).toEqual([200, 403, 403, 200]);
    expect(statusOf(await ask(plane, '/night', { headers: ['X-Hour: 23'] }))).toBe(403);
    expect(await statuses('/closed', '/opened')).toEqual([403, 403]);
  });

  it('ask for a name and a password', async () => {
    const hash = await hashPassword('secret', { cost: 1024, block: 8, parallel: 1 });
    const plane = await aProxy({
      'www.example.com': { pool: 'web', auth: { realm: 'club', users: [{ name: 'anna', hash }] } },
    });
    const refused = await ask(plane, '/');
    expect(statusOf(refused)).toBe(401);
    expect(fieldOf(refused, 'WWW-Authenticate')).toBe('Basic realm="club", charset="UTF-8"');
    expect(statusOf(await ask(plane, '/', { headers: [basic('anna', 'wrong')] }))).toBe(401);
    expect(statusOf(await ask(plane, '/', { headers: [basic('bert', 'secret')] }))).toBe(401);
    expect(statusOf(await ask(plane, '/', { headers: [basic('anna', 'secret')] }))).toBe(200);
    expect(statusOf(await ask(plane, '/', { headers: [basic('anna', 'secret')] }))).toBe(200);
  });

  it('check no password of who is denied anyway, so that these keep nobody else waiting', async () => {
    // Dear enough that sixty at once are more than may wait.
    const hash = await hashPassword('secret', { cost: 2 ** 14, block: 8, parallel: 1 });
    const auth = { realm: 'club', users: [{ name: 'anna', hash }] };
    const plane = await aProxy({
      'denied.example.com': { pool: 'web', deny: ['127.0.0.1'], auth },
      'www.example.com': { pool: 'web', auth },
    });
    const guess = (_: unknown, i: number) =>
      ask(plane, '/', { host: 'denied.example.com', headers: [basic('anna', `guess ${i}`)] });
    const denied = Promise.all(Array.from({ length: 60 }, guess));
    expect(statusOf(await ask(plane, '/', { headers: [basic('anna', 'secret')] }))).toBe(200);
    expect(new Set((await denied).map(statusOf))).toEqual(new Set([403]));
  });

  it('count requests of a client', async () => {
    const plane = await aProxy({
      'www.example.com': {
        pool: 'web',
        rateLimit: { requests: 2, per: '1h', key: 'header:X-Key' },
      },
    });
    const key = { headers: ['X-Key: 1'] };
    const first = [statusOf(await ask(plane, '/', key)), statusOf(await ask(plane, '/', key))];
    const third = await ask(plane, '/', key);
    expect([...first, statusOf(third)]).toEqual([200, 200, 429]);
    expect(Number(fieldOf(third, 'Retry-After'))).toBeGreaterThan(1000);
    expect(statusOf(await ask(plane, '/', { headers: ['X-Key: 2'] }))).toBe(200);
  });

  it('send clients elsewhere, and never to a host that the path names', async () => {
    const plane = await aProxy({
      'old.example.com': { redirect: 'https://www.example.com{path}{query}' },
      'same.example.com': { redirect: { to: '{path}', status: 302 } },
      'www.example.com': {
        rewrite: [{ from: '^/shop/(.*)', to: 'https://shop.example.com/$1' }],
        pool: 'web',
      },
    });
    const place = async (path: string, host: string) => {
      const answer = await ask(plane, path, { host });
      return `${statusOf(answer)} ${fieldOf(answer, 'Location')}`;
    };
    expect(await place('/a?b=c', 'old.example.com')).toBe('308 https://www.example.com/a?b=c');
    expect(await place('//evil.example', 'same.example.com')).toBe('302 /evil.example');
    expect(await place('/shop/a?b', 'www.example.com')).toBe('307 https://shop.example.com/a?b');
  });

  it('change what servers get of the path', async () => {
    const backend = await anEcho();
    const plane = await aDataPlane(
      ({ write }) => {
        write('moved.ts', 'export default (url) => { url.pathname = "/moved" + url.pathname; return url; };');
        return {
          pools: { web: { servers: [backend.url] } },
          routes: [
            { path: '/strip', pool: 'web', stripPrefix: '/strip', addPrefix: '/v2' },
            { path: '/old', pool: 'web', rewrite: [{ from: '^/old/([^/]+)$', to: '/new?id=$1' }] },
            { path: '/fn', pool: 'web', rewrite: './moved.ts' },
            { path: '/resolved', pool: 'web', paths: 'resolved' },
            { path: '/strict', pool: 'web', encodedSlashes: 'refuse' },
            { path: '/', pool: 'web' },
          ],
        };
      },
      { transport },
    );
    const got = async (path: string): Promise<unknown> => JSON.parse(bodyOf(await ask(plane, path))).url;
    expect(await got('/strip/a?b')).toBe('/v2/a?b');
    expect(await got('/strip')).toBe('/v2/');
    expect(await got('/old/7')).toBe('/new?id=7');
    expect(await got('/fn/a?b')).toBe('/moved/fn/a?b');
    expect(await got('/resolved/./a/../b//c')).toBe('/resolved/b/c');
    expect(await got('/other/./a')).toBe('/other/./a');
    expect(statusOf(await ask(plane, '/strict/a%2Fb'))).toBe(400);
  });

  it('change header fields on both ways', async () => {
    const plane = await aProxy({
      'www.example.com': {
        pool: 'web',
        requestHeaders: {
          set: { 'X-Client': '{clientIp} {host}' },
          add: { 'X-More': ['1', '2'] },
          remove: ['X-Bad'],
        },
        answerHeaders: { set: { 'X-Frame-Options': 'DENY' }, remove: ['X-From'] },
      },
    });
    const answer = await ask(plane, '/', { headers: ['X-Bad: 1', 'X-Client: forged'] });
    const { headers } = JSON.parse(bodyOf(answer));
    expect(headers).toMatchObject({ 'x-client': '127.0.0.1 www.example.com', 'x-more': '1, 2' });
    expect(headers).not.toHaveProperty('x-bad');
    expect(fieldOf(answer, 'X-Frame-Options')).toBe('DENY');
    expect(fieldOf(answer, 'X-From')).toBeUndefined();
  });

  it('show pages in place of our own texts, whoever answers', async () => {
    const plane = await aDataPlane(
      ({ write }) => {
        write('404.html', '<p>not here');
        write('5xx.html', '<p>broken');
        return {
          pools: { web: { servers: ['http://127.0.0.1:1'] } },
          errorPages: { '404': './404.html', '5xx': './5xx.html' },
          hosts: [{ name: 'www.example.com', locations: [{ path: '/down', pool: 'web' }] }],
        };
      },
      { transport },
    );
    const missing = await ask(plane, '/nothing');
    expect([statusOf(missing), fieldOf(missing, 'Content-Type'), bodyOf(missing)]).toEqual([
      404,
      'text/html; charset=utf-8',
      '<p>not here',
    ]);
    expect(bodyOf(await ask(plane, '/', { host: 'unknown.example' }))).toBe('<p>not here');
    const down = await ask(plane, '/down');
    expect([statusOf(down), bodyOf(down)]).toEqual([502, '<p>broken']);
  });
});
