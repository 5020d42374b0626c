import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonPost, type RunningAdmin, startAdmin } from '../control/admin-client.ts';

let admin: RunningAdmin;
let reloads = 0;
beforeAll(async () => {
  const reload = async () => {
    reloads += 1;
    return { ok: true, text: '', ignored: [] };
  };
  admin = await startAdmin({ hosts: ['192.0.2.5', 'Proxy.example', 'fe80::1'], parts: { reload } });
});
afterAll(() => admin.close());

/** The first line of the answer to bytes that no client library would send. */
const raw = (bytes: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(admin.port, '127.0.0.1', () => socket.write(bytes));
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (part: string) => {
      text += part;
      if (text.includes('\r\n')) socket.destroy();
    });
    socket.on('close', () => resolve(text.split('\r\n', 1)[0] ?? ''));
    socket.on('error', reject);
  });

describe('the Host of the admin listener (DNS rebinding)', () => {
  it.each([
    'localhost',
    'LOCALHOST:9090',
    '127.0.0.1',
    '127.8.9.1:80',
    '[::1]:9090',
    '192.0.2.5:9090',
    'proxy.example',
    '[FE80::1]',
  ])('%s is served', async (host) => {
    expect((await admin.ask('/livez', { headers: { host } })).status).toBe(200);
  });

  it.each([
    'evil.example',
    'evil.example:9090',
    '127.0.0.1.evil.example',
    '127.evil.example',
    'localhost.evil.example',
    'notlocalhost',
    '192.0.2.6',
    '10.0.0.1',
    '[::2]',
    '127.1',
    '2130706433',
  ])('%s is refused, on every path', async (host) => {
    for (const path of ['/', '/livez', '/metrics', '/api/v1/servers', '/nothing']) {
      expect((await admin.ask(path, { headers: { host } })).status).toBe(421);
    }
    expect((await admin.ask('/api/v1/reload', jsonPost({}, { host }))).status).toBe(421);
  });

  it.each([
    '<img src=x>',
    'localhost@evil.example',
    '[::1',
    'local host',
    'localhost:9090:1',
    '[::1%25eth0]',
  ])('%s is no host', async (host) => {
    expect((await admin.ask('/livez', { headers: { host } })).status).toBe(400);
  });

  it.each([
    ['none', 'GET /livez HTTP/1.0\r\n\r\n'],
    ['two', 'GET /livez HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n'],
    ['an empty one', 'GET /livez HTTP/1.1\r\nHost:\r\n\r\n'],
  ])('%s is a bad request', async (_, bytes) => {
    expect(await raw(bytes)).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('does not come from an absolute request target', async () => {
    expect(await raw('GET http://localhost/livez HTTP/1.1\r\nHost: evil.example\r\n\r\n')).toMatch(/ 421 /);
    expect(await raw('GET http://evil.example/livez HTTP/1.1\r\nHost: localhost\r\n\r\n')).toMatch(/ 404 /);
  });
});

describe('changes (cross-site request forgery)', () => {
  const host = 'localhost:9090';

  it.each([
    ['another site', { origin: 'http://evil.example' }],
    ['another port of this machine', { origin: 'http://localhost:8080' }],
    ['a name that begins alike', { origin: 'http://localhost:9090.evil.example' }],
    ['nowhere', { origin: 'null' }],
    ['another site, as the browser says', { 'sec-fetch-site': 'cross-site' }],
    ['the same site', { 'sec-fetch-site': 'same-site' }],
    [
      'an own page, if the browser says otherwise',
      { origin: `http://${host}`, 'sec-fetch-site': 'cross-site' },
    ],
  ])('from %s are refused', async (_, headers) => {
    const before = reloads;
    for (const path of ['/api/v1/reload', '/api/v1/explain']) {
      const { status, text } = await admin.ask(path, jsonPost({ url: '/' }, { host, ...headers }));
      expect(status).toBe(403);
      expect(JSON.parse(text).error.code).toBe('cross_origin');
    }
    expect(reloads).toBe(before);
  });

  it.each([
    ['the own page', { origin: `http://${host}`, 'sec-fetch-site': 'same-origin' }],
    ['the own page behind TLS', { origin: `https://${host}` }],
    ['a tool', {}],
  ])('from %s are carried out', async (_, headers) => {
    const before = reloads;
    expect((await admin.ask('/api/v1/reload', jsonPost({}, { host, ...headers }))).status).toBe(200);
    expect(reloads).toBe(before + 1);
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'application/jsonp',
    '',
  ])('with the content type "%s" are refused, since a form could send it', async (type) => {
    const before = reloads;
    const answer = await admin.ask('/api/v1/reload', jsonPost({}, { 'content-type': type }));
    expect(answer.status).toBe(415);
    expect(reloads).toBe(before);
  });

  it('by GET do nothing', async () => {
    const before = reloads;
    expect((await admin.ask('/api/v1/reload')).status).toBe(405);
    expect(reloads).toBe(before);
  });
});

describe('every answer', () => {
  it.each([
    ['/livez', 200],
    ['/api/v1/servers', 200],
    ['/nothing', 404],
    ['/api/v1/reload', 405],
    ['/api/v1/decisions?n=x', 400],
  ])('of %s forbids framing, sniffing, keeping and foreign content', async (path, status) => {
    const answer = await admin.ask(path);
    expect(answer.status).toBe(status);
    expect(answer.headers).toMatchObject({
      'content-security-policy':
        "default-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-store',
    });
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
  });

  it('of a refused host has them too', async () => {
    const { headers } = await admin.ask('/', { headers: { host: 'evil.example' } });
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
  });
});
