import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { checkReport, encodeReport, isRefusal, type RefusalCode } from '../../src/core/report.ts';
import { publisherTo } from '../../src/state/driver-from-url.ts';
import { HttpReceiver, type HttpReceiverOptions } from '../../src/state/http-receive.ts';
import { mutated } from './conformance.ts';
import { tokensOf } from './http-support.ts';
import { aClock, aReport, Listener, NO_LIMIT, TOKEN } from './support.ts';

const open: HttpReceiver[] = [];
const listening = async (options: Partial<HttpReceiverOptions> = {}) => {
  const receiver = new HttpReceiver({
    listen: { host: '127.0.0.1', port: 0 },
    tokens: tokensOf(TOKEN),
    ...options,
  });
  open.push(receiver);
  const listener = new Listener();
  await receiver.subscribe(listener);
  return { receiver, listener, url: `${receiver.address}/v1/reports` };
};
afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(open.splice(0).map((receiver) => receiver.close()));
});

const post = (url: string, init: RequestInit = {}): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}` },
    body: encodeReport(aReport()),
    ...init,
  });

/** Sends bytes and answers everything that comes back until the other side closes. */
const exchange = async (url: string, text: string, { end = true } = {}): Promise<string> => {
  const socket = net.connect(Number(new URL(url).port), '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  socket.on('error', () => undefined);
  if (end) socket.end(text);
  else socket.write(text);
  await once(socket, 'close');
  return answer;
};

const head = (...fields: string[]): string =>
  ['POST /v1/reports HTTP/1.1', 'Host: proxy', `Authorization: Bearer ${TOKEN}`, ...fields, '', ''].join(
    '\r\n',
  );

describe('POST /v1/reports', () => {
  it('answers 204 without a body to a report that was taken', async () => {
    const { url, listener } = await listening();
    const response = await post(url);
    expect(response.status).toBe(204);
    expect(await response.text()).toBe('');
    expect(listener.reports).toHaveLength(1);
  });

  it.each<[number, RefusalCode]>([
    [400, 'malformed'],
    [400, 'version'],
    [403, 'not_accepted'],
    [403, 'source'],
    [409, 'replayed'],
    [422, 'unknown_pool'],
    [422, 'number'],
    [413, 'too_large'],
    [503, 'full'],
  ])('answers %i to what the board refuses as %s, and says why', async (status, code) => {
    const { url, listener } = await listening();
    listener.verdict = () => ({ code, message: 'because' });
    const response = await post(url);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toEqual({ error: { code, message: 'because' } });
    expect(listener.refusals).toEqual([]);
  });

  it.each([
    ['/', 'POST', 404, 'not_found'],
    ['/v1/reports/', 'POST', 404, 'not_found'],
    ['/v1/reports?x=1', 'POST', 404, 'not_found'],
    ['/v1/reports', 'GET', 405, 'method_not_allowed'],
    ['/v1/reports', 'PUT', 405, 'method_not_allowed'],
    ['/v1/reports', 'OPTIONS', 405, 'method_not_allowed'],
  ])('answers %s %s with %i', async (path, method, status, code) => {
    const { receiver, listener } = await listening();
    const response = await fetch(`${receiver.address}${path}`, { method });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { code } });
    expect(response.headers.get('allow')).toBe(status === 405 ? 'POST' : null);
    expect(listener.total).toBe(0);
  });
});

describe('who may report', () => {
  it.each([
    ['no authorization', {}],
    ['a wrong token', { authorization: 'Bearer wrong' }],
    ['the token and more', { authorization: `Bearer ${TOKEN}x` }],
    ['another scheme', { authorization: `Basic ${TOKEN}` }],
    ['two tokens', { authorization: `Bearer wrong ${TOKEN}` }],
    ['an empty token', { authorization: 'Bearer ' }],
  ])('answers 401 to %s and counts it', async (_, headers) => {
    const { url, listener } = await listening();
    const response = await post(url, { headers: { ...headers } });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
    expect(await response.json()).toMatchObject({ error: { code: 'token' } });
    expect(listener.codes).toEqual(['token']);
    expect(listener.reports).toEqual([]);
  });

  it('takes any of several tokens, so that they can be changed one after the other', async () => {
    const { url } = await listening({ tokens: tokensOf('the-old-one', TOKEN) });
    for (const token of ['the-old-one', TOKEN])
      expect((await post(url, { headers: { authorization: `bearer ${token}` } })).status).toBe(204);
  });

  it('needs no token from this machine where none is configured', async () => {
    const { url } = await listening({ tokens: tokensOf() });
    expect((await post(url, { headers: {} })).status).toBe(204);
  });

  it('answers 403 to another machine where no token is configured', async () => {
    const { url, listener } = await listening({ tokens: tokensOf() });
    const socket = net.Socket.prototype as unknown as { _getpeername(): object };
    vi.spyOn(socket, '_getpeername').mockReturnValue({ address: '10.0.0.9', family: 'IPv4', port: 1 });
    const response = await post(url, { headers: {} });
    expect(response.status).toBe(403);
    expect(listener.codes).toEqual(['source']);
  });

  it('lets no web page speak for an agent', async () => {
    const { url, listener } = await listening({ tokens: tokensOf() });
    const answer = await exchange(
      url,
      `POST /v1/reports HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://evil.example\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1.1 403 /);
    expect(listener.codes).toEqual(['source']);
  });

  it('refuses tokens that no header could carry', () => {
    for (const token of ['', 'with space', 'line\nbreak', 'é'])
      expect(() => new HttpReceiver({ listen: { fd: 3 }, tokens: tokensOf(token) })).toThrow('visible ASCII');
  });
});

describe('limits', () => {
  it('answers 429 to an address that sends too often, and forgives with time', async () => {
    const clock = aClock();
    const { url, listener } = await listening({ rate: { perSecond: 2, burst: 3 }, clock });
    const statuses = [];
    for (let i = 0; i < 4; i++) statuses.push((await post(url)).status);
    expect(statuses).toEqual([204, 204, 204, 429]);
    expect(listener.codes).toEqual(['rate']);
    clock.turn(500);
    expect((await post(url)).status).toBe(204);
    expect((await post(url)).status).toBe(429);
  });

  it('counts wrong tokens against the rate, so that guessing is slow', async () => {
    const { url } = await listening({ rate: { perSecond: 1, burst: 2 }, clock: aClock() });
    const headers = { authorization: 'Bearer guess' };
    expect((await post(url, { headers })).status).toBe(401);
    expect((await post(url, { headers })).status).toBe(401);
    expect((await post(url, { headers })).status).toBe(429);
  });

  it.each([65_537, 500_000, 3_000_000])('answers 413 to a body of %i bytes', async (size) => {
    const { url, listener } = await listening();
    const answer = await exchange(url, head(`Content-Length: ${size}`) + ' '.repeat(Math.min(size, 1e6)));
    expect(answer).toMatch(/^HTTP\/1.1 413 .*"code":"too_large"/s);
    expect(listener.codes).toEqual(['too_large']);
  });

  it('answers 413 to a chunked body that grows too large, and stops reading it', async () => {
    const { url, listener } = await listening();
    const chunk = `10000\r\n${' '.repeat(65_536)}\r\n`;
    const answer = await exchange(url, head('Transfer-Encoding: chunked') + chunk.repeat(40), { end: false });
    expect(answer).toMatch(/^(HTTP\/1.1 413 .*"code":"too_large".*)?$/s);
    expect(listener.codes).toEqual(['too_large']);
  });

  it('takes a chunked report', async () => {
    const { url, listener } = await listening();
    const body = encodeReport(aReport());
    const chunked = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    expect(await exchange(url, head('Transfer-Encoding: chunked', 'Connection: close') + chunked)).toMatch(
      /^HTTP\/1.1 204 /,
    );
    expect(listener.reports).toHaveLength(1);
  });

  it.each([
    ['says nothing', ''],
    ['dribbles its head', 'POST /v1/reports HTTP/1.1\r\nHost: '],
    ['never ends its body', head('Content-Length: 100')],
    [
      'was refused and never ends its body',
      'POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n',
    ],
  ])('closes a connection that %s', async (_, text) => {
    const { url, listener } = await listening({ timeout: 100 });
    await exchange(url, text, { end: false });
    expect(listener.reports).toEqual([]);
  });

  it('survives 2,000 damaged requests, and takes no report that is not valid', async () => {
    const { url, listener } = await listening({ rate: NO_LIMIT });
    const body = encodeReport(aReport());
    const whole = head(`Content-Length: ${body.length}`, 'Connection: close') + body;
    await fc.assert(
      fc.asyncProperty(mutated(whole), async (text) => {
        await exchange(url, text);
      }),
      { numRuns: 2000 },
    );
    for (const { report } of listener.reports) expect(isRefusal(checkReport(report))).toBe(false);
    expect((await post(url)).status).toBe(204);
  });
});

describe('the socket', () => {
  it('has an address only while it listens, and gives its port back', async () => {
    const receiver = new HttpReceiver({ listen: { host: '127.0.0.1', port: 0 } });
    expect(receiver.address).toBeUndefined();
    await receiver.subscribe(new Listener());
    const { port } = new URL(receiver.address!);
    await receiver.close();
    expect(receiver.address).toBeUndefined();
    await listening({ listen: { host: '127.0.0.1', port: Number(port) } });
  });

  it('says what is in the way when it cannot listen', async () => {
    const { receiver } = await listening();
    const second = new HttpReceiver({
      listen: { host: '127.0.0.1', port: Number(new URL(receiver.address!).port) },
    });
    await expect(second.subscribe(new Listener())).rejects.toThrow('EADDRINUSE');
    expect(second.health().up).toBe(false);
    await second.close();
  });

  it('does not leave anybody waiting when it is closed while it starts', async () => {
    const receiver = new HttpReceiver({ listen: { host: '127.0.0.1', port: 0 } });
    const started = receiver.subscribe(new Listener());
    const closed = receiver.close();
    await started.catch(() => undefined);
    await closed;
    expect(receiver.address).toBeUndefined();
    await expect(receiver.subscribe(new Listener())).rejects.toThrow('closed');
  });

  it('listens on a socket that its parent process holds', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'forehand-fd-'));
    const script = join(folder, 'child.mjs');
    buildSync({
      stdin: {
        contents: `
          import { receiverAt } from './src/state/driver-from-url.ts';
          const receiver = receiverAt({ fd: 3 });
          const hear = (report) => void process.stdout.write(JSON.stringify(report) + '\\n');
          await receiver.subscribe({ hear, refused: () => undefined });
          process.stdout.write(receiver.address + '\\n');`,
        resolveDir: join(import.meta.dirname, '../..'),
        loader: 'ts',
      },
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: script,
    });
    const parent = net.createServer().listen(0, '127.0.0.1');
    await once(parent, 'listening');
    const child = spawn(process.execPath, [script], {
      stdio: ['ignore', 'pipe', 'inherit', parentHandle(parent)],
    });
    const lines = child.stdout!.setEncoding('utf8');
    const [address] = await once(lines, 'data');
    parent.close();
    const publisher = publisherTo(address.trim());
    const heard = once(lines, 'data');
    await publisher.publish(aReport());
    expect(JSON.parse((await heard)[0])).toEqual(aReport());
    await publisher.close();
    child.kill();
    await once(child, 'exit');
    rmSync(folder, { recursive: true });
  });
});

/** The number of a server's socket: Node does not tell it in public. */
const parentHandle = (server: net.Server): number =>
  (server as unknown as { _handle: { fd: number } })._handle.fd;
