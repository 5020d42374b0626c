import { chmodSync, mkdirSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { answerFiles } from '../../src/local/answer-files.ts';
import { localFacts } from '../../src/local/local-field.ts';
import type { FilesSource } from '../../src/local/local-source.ts';
import { aNodeServer, aTree, type TestServer } from './support.ts';

const SECRET = 'not for you';

const aFileServer = (directory: string, more: Partial<FilesSource> = {}): Promise<TestServer> => {
  const source: FilesSource = {
    kind: 'files',
    directory,
    index: ['index.html'],
    listing: false,
    symlinks: 'inside',
    dotfiles: 'deny',
    ...more,
  };
  return aNodeServer((req, res) => void answerFiles({ source, req, res, facts: localFacts(req) }));
};

/** A site, and beside it a file that must never be seen. */
const aSite = (): { readonly site: string; readonly outside: string } => {
  const root = aTree({
    'site/index.html': '<h1>home</h1>',
    'site/a.txt': '0123456789',
    'site/docs/index.html': '<h1>docs</h1>',
    'site/docs/guide.css': 'a{}',
    'site/empty/.keep': '',
    'site/.secret': SECRET,
    'secret.txt': SECRET,
    'site-2/secret.txt': SECRET,
  });
  return { site: join(root, 'site'), outside: root };
};

describe('a file', () => {
  it('comes with its type, a length, and what says whether it has changed', async () => {
    const { ask } = await aFileServer(aSite().site);
    const { status, headers, body } = await ask('/a.txt');
    expect({ status, body }).toEqual({ status: 200, body: '0123456789' });
    expect(headers).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'content-length': '10',
      'cache-control': 'public, max-age=0',
      'x-content-type-options': 'nosniff',
      'accept-ranges': 'bytes',
    });
    expect(headers.etag).toMatch(/^W\/"/);
    expect(headers['last-modified']).toMatch(/GMT$/);
  });

  it('has no content in an answer to HEAD', async () => {
    const { ask } = await aFileServer(aSite().site);
    const { status, headers, body } = await ask('/a.txt', { method: 'HEAD' });
    expect({ status, body, length: headers['content-length'] }).toEqual({
      status: 200,
      body: '',
      length: '10',
    });
  });

  it('is not sent again to who has it', async () => {
    const { site } = aSite();
    utimesSync(join(site, 'a.txt'), 1_700_000_000, 1_700_000_000);
    const { ask } = await aFileServer(site);
    const { headers } = await ask('/a.txt');
    const again = await ask('/a.txt', { headers: { 'If-None-Match': headers.etag ?? '' } });
    expect(again).toMatchObject({ status: 304, body: '' });
    const since = (date: string) => ask('/a.txt', { headers: { 'If-Modified-Since': date } });
    expect((await since(headers['last-modified'] ?? '')).status).toBe(304);
    expect((await since('Mon, 01 Jan 2001 00:00:00 GMT')).status).toBe(200);
    expect((await ask('/a.txt', { headers: { 'If-None-Match': '"other"' } })).status).toBe(200);
    const stale = await ask('/a.txt', { headers: { 'If-Match': '"other"' } });
    expect(stale).toMatchObject({ status: 412, body: '412 the file has changed\n' });
    expect(stale.headers.etag).toBeUndefined();
  });

  it.each([
    ['bytes=0-0', 206, '0', 'bytes 0-0/10'],
    ['bytes=2-4', 206, '234', 'bytes 2-4/10'],
    ['bytes=-3', 206, '789', 'bytes 7-9/10'],
    ['bytes=7-', 206, '789', 'bytes 7-9/10'],
    ['bytes=0-9999', 206, '0123456789', 'bytes 0-9/10'],
    ['bytes=-9999', 206, '0123456789', 'bytes 0-9/10'],
    ['bytes=0-1,4-5', 200, '0123456789', undefined],
    ['bytes=5-2', 416, '416 the file has no such part\n', 'bytes */10'],
    ['bytes=10-', 416, '416 the file has no such part\n', 'bytes */10'],
    ['bytes=-0', 416, '416 the file has no such part\n', 'bytes */10'],
    ['lines=0-1', 200, '0123456789', undefined],
  ])('is sent in part: %s', async (range, status, body, contentRange) => {
    const { ask } = await aFileServer(aSite().site);
    const said = await ask('/a.txt', { headers: { Range: range } });
    expect({ status: said.status, body: said.body, range: said.headers['content-range'] }).toEqual({
      status,
      body,
      range: contentRange,
    });
  });

  it('is sent whole where the part was meant for another version', async () => {
    const { ask } = await aFileServer(aSite().site);
    const said = await ask('/a.txt', { headers: { Range: 'bytes=0-0', 'If-Range': '"other"' } });
    expect(said).toMatchObject({ status: 200, body: '0123456789' });
  });

  it('is read and nothing else', async () => {
    const { ask } = await aFileServer(aSite().site);
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE']) {
      const { status, headers } = await ask('/a.txt', { method });
      expect({ status, allow: headers.allow }).toEqual({ status: 405, allow: 'GET, HEAD' });
    }
  });

  it('may be kept as the configuration says', async () => {
    const { ask } = await aFileServer(aSite().site, { cacheControl: 'public, max-age=31536000, immutable' });
    expect((await ask('/a.txt')).headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect((await ask('/no.txt')).headers['cache-control']).toBeUndefined();
  });

  it('breaks off where it became shorter while it was sent', async () => {
    const directory = aTree({ 'big.bin': Buffer.alloc(32 * 1024 * 1024) });
    const { port } = await aFileServer(directory);
    const socket = connect(port, '127.0.0.1');
    socket.pause();
    socket.write('GET /big.bin HTTP/1.1\r\nHost: a\r\n\r\n');
    await new Promise((resolve) => socket.once('readable', resolve));
    truncateSync(join(directory, 'big.bin'), 0);
    const got = await text(socket).catch(() => '');
    expect(got.length).toBeLessThan(32 * 1024 * 1024);
  });
});

describe('a path that leads out', () => {
  it.each([
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/docs/../../secret.txt',
    '/docs/%2e%2e/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/..%5csecret.txt',
    '/../site-2/secret.txt',
    '//etc/passwd',
    '/%2fetc%2fpasswd',
    '/a.txt%00.html',
    '/.secret',
    '/docs/../.secret',
    '/%2esecret',
    '/docs\\..\\..\\secret.txt',
  ])('is not there: %s', async (path) => {
    const { ask } = await aFileServer(aSite().site);
    const { status, body } = await ask(path);
    expect({ status, body }).toEqual({ status: 404, body: '404 there is nothing here\n' });
  });

  it('is not there where it is too long for any file', async () => {
    const { ask } = await aFileServer(aSite().site);
    for (const path of [`/${'a/'.repeat(3000)}b`, `/${'x'.repeat(300)}`])
      expect((await ask(path)).status).toBe(404);
  });

  it('is not there behind a link, unless links are followed', async () => {
    const { site, outside } = aSite();
    symlinkSync(join(outside, 'secret.txt'), join(site, 'link.txt'));
    symlinkSync(outside, join(site, 'up'));
    symlinkSync(join(site, '.secret'), join(site, 'hidden.txt'));
    symlinkSync('loop', join(site, 'loop'));
    symlinkSync('docs/guide.css', join(site, 'inner.css'));
    const inside = await aFileServer(site);
    for (const path of ['/link.txt', '/up/secret.txt', '/up/', '/hidden.txt', '/loop'])
      expect((await inside.ask(path)).status).toBe(404);
    expect((await inside.ask('/inner.css')).body).toBe('a{}');
    const follow = await aFileServer(site, { symlinks: 'follow' });
    expect((await follow.ask('/link.txt')).body).toBe(SECRET);
    expect((await follow.ask('/up/secret.txt')).body).toBe(SECRET);
  });

  it('never shows where on this machine something is', async () => {
    const { site } = aSite();
    const { ask } = await aFileServer(site);
    for (const path of ['/no.txt', '/empty/', '/../x', '/a.txt/'])
      expect(JSON.stringify(await ask(path))).not.toContain(site);
  });

  it('may be hidden where that is allowed', async () => {
    const { ask } = await aFileServer(aSite().site, { dotfiles: 'allow' });
    expect((await ask('/.secret')).body).toBe(SECRET);
    expect((await ask('/../secret.txt')).status).toBe(404);
  });
});

describe('a folder', () => {
  it('is its index file', async () => {
    const { ask } = await aFileServer(aSite().site);
    expect(await ask('/')).toMatchObject({ status: 200, body: '<h1>home</h1>' });
    expect((await ask('/docs/')).headers['content-type']).toBe('text/html; charset=utf-8');
    const none = await aFileServer(aSite().site, { index: ['no.html', 'index.html'] });
    expect((await none.ask('/docs/')).body).toBe('<h1>docs</h1>');
  });

  it.each([
    ['/docs', './docs/'],
    ['/docs?a=1', './docs/?a=1'],
  ])('without its slash is that with it: %s', async (path, location) => {
    const { ask } = await aFileServer(aSite().site);
    const { status, headers } = await ask(path);
    expect({ status, location: headers.location }).toEqual({ status: 301, location });
  });

  it('is looked for at the path that the client used', async () => {
    const { ask } = await aFileServer(aSite().site);
    const stripped = await ask('/', { headers: { 'X-Forehand-Local': '10.0.0.1 http /site' } });
    expect(stripped).toMatchObject({ status: 301, headers: { location: './site/' } });
    const inner = await ask('/docs', { headers: { 'X-Forehand-Local': '10.0.0.1 http /site/docs' } });
    expect(inner.headers.location).toBe('./docs/');
    const whole = await ask('/', { headers: { 'X-Forehand-Local': '10.0.0.1 http /site/' } });
    expect(whole.status).toBe(200);
  });

  it('never sends a client to another host', async () => {
    const directory = aTree({ 'evil.com/index.html': '' });
    const { ask, port } = await aFileServer(directory);
    for (const path of ['/evil.com', '//evil.com', '//evil.com/', '/%2fevil.com', '/\\evil.com']) {
      const { status, headers } = await ask(path);
      if (status !== 301) expect(status).toBe(404);
      else
        expect(new URL(headers.location ?? '', `http://127.0.0.1:${port}${path}`).host).toBe(
          `127.0.0.1:${port}`,
        );
    }
  });

  it('without an index file is refused', async () => {
    const { ask } = await aFileServer(aSite().site);
    expect(await ask('/empty/')).toMatchObject({ status: 403, body: '403 this may not be read\n' });
  });

  it('is not a file with a slash behind it', async () => {
    const { ask } = await aFileServer(aSite().site);
    expect((await ask('/a.txt/')).status).toBe(404);
  });
});

describe('a listing', () => {
  const odd = `<img src=x onerror=alert(1)>&"'.txt`;

  it('has folders first and escapes every name', async () => {
    const directory = aTree({
      'b.txt': '',
      'A.txt': '',
      'z/x': '',
      [odd]: '',
      'javascript:x': '',
      '.hid': '',
    });
    const { ask } = await aFileServer(directory, { listing: true });
    const { status, headers, body } = await ask('/');
    expect(status).toBe(200);
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    const links = [...body.matchAll(/href="([^"]*)"/g)].map(([, href]) => href);
    expect(links).toEqual([
      './z/',
      './%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E%26%22&#39;.txt',
      './A.txt',
      './b.txt',
      './javascript%3Ax',
    ]);
    expect(body).not.toMatch(/<img|<script|\.hid/);
  });

  it('is JSON for who prefers that', async () => {
    const { ask } = await aFileServer(aTree({ 'b.txt': '', 'z/x': '' }), { listing: true });
    const { headers, body } = await ask('/', { headers: { Accept: 'application/json' } });
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    expect(JSON.parse(body)).toEqual({
      entries: [
        { name: 'z', kind: 'folder' },
        { name: 'b.txt', kind: 'file' },
      ],
      truncated: false,
    });
  });

  it('leaves out what is not served', async () => {
    const { site, outside } = aSite();
    symlinkSync(outside, join(site, 'docs', 'up'));
    symlinkSync('guide.css', join(site, 'docs', 'same.css'));
    const { ask } = await aFileServer(site, { listing: true, index: [] });
    const { body } = await ask('/docs/', { headers: { Accept: 'application/json' } });
    const { entries } = JSON.parse(body) as { entries: { name: string }[] };
    expect(entries.map(({ name }) => name)).toEqual(['guide.css', 'index.html', 'same.css']);
  });

  it('ends after 10,000 entries, and says so', async () => {
    const directory = aTree();
    for (let i = 0; i < 10_050; i++) writeFileSync(join(directory, `f${i}`), '');
    const { ask } = await aFileServer(directory, { listing: true });
    const { body } = await ask('/', { headers: { Accept: 'application/json' } });
    const { entries, truncated } = JSON.parse(body) as { entries: unknown[]; truncated: boolean };
    expect({ length: entries.length, truncated }).toEqual({ length: 10_000, truncated: true });
    expect((await ask('/')).body).toContain('Only 10000 entries are listed.');
  });
});

describe('a fallback', () => {
  it('answers for pages that are not there, and for nothing else', async () => {
    const { ask } = await aFileServer(aSite().site, { fallback: 'index.html' });
    const html = { headers: { Accept: 'text/html,*/*' } };
    expect(await ask('/app/users/7')).toMatchObject({ status: 200, body: '<h1>home</h1>' });
    expect(await ask('/app/john.doe', html)).toMatchObject({ status: 200, body: '<h1>home</h1>' });
    expect((await ask('/app/missing.js')).status).toBe(404);
    expect((await ask('/../secret', html)).status).toBe(404);
    expect((await ask('/.env', html)).status).toBe(404);
    expect((await ask('/a.txt')).body).toBe('0123456789');
  });
});

describe('an error', () => {
  it('is said as the configuration wants it', async () => {
    const errorAnswer: FilesSource['errorAnswer'] = (status, { path }) =>
      status === 404
        ? { status, reason: 'x', body: Buffer.from(`no ${path}`), fields: 'Content-Type: text/html\r\n' }
        : undefined;
    const { ask } = await aFileServer(aSite().site, { errorAnswer });
    const { status, headers, body } = await ask('/no');
    expect({ status, body, type: headers['content-type'] }).toEqual({
      status: 404,
      body: 'no /no',
      type: 'text/html',
    });
    expect((await ask('/empty/')).body).toBe('403 this may not be read\n');
  });

  it.skipIf(process.getuid?.() === 0)('of rights is 403', async () => {
    const { site } = aSite();
    chmodSync(join(site, 'a.txt'), 0);
    mkdirSync(join(site, 'closed'), { mode: 0 });
    const { ask } = await aFileServer(site);
    expect((await ask('/a.txt')).status).toBe(403);
    expect((await ask('/closed/x')).status).toBe(403);
  });

  it('of a directory that is gone is 404', async () => {
    const { ask } = await aFileServer('/no/such/directory');
    expect((await ask('/a.txt')).status).toBe(404);
  });
});
