import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { askHttp, MAX_BODY_BYTES } from '../../src/health/ask-http.ts';
import type { CheckPlace, CheckTls, HttpQuestion } from '../../src/health/check-spec.ts';
import { aBlackHole } from '../support/a-black-hole.ts';
import { aCertificate } from '../support/a-certificate.ts';
import { eventually } from '../support/eventually.ts';
import { aDeadUrl, resetNow, startBackend, startRawBackend, whenSaid } from '../support/start-backend.ts';

const QUESTION: HttpQuestion = {
  method: 'GET',
  path: '/healthz',
  headers: { host: 'a.example:81', 'x-key': '1' },
  statuses: [[200, 399]],
};

const ask = (url: string, question: Partial<HttpQuestion> = {}, place: Partial<CheckPlace> = {}) => {
  const { hostname, port } = new URL(url);
  return askHttp(
    { host: hostname, port: Number(port), timeout: 2000, ...place },
    { ...QUESTION, ...question },
  ).result;
};

/** A server that says the same bytes to everybody who asks. */
const saying = (text: string, ends = true) =>
  startRawBackend((socket) => {
    socket.on('end', () => socket.end());
    whenSaid(socket, (said) => {
      if (said.includes('\r\n\r\n')) ends ? socket.end(text) : socket.write(text);
    });
  });

/** A server that takes connections and says nothing. */
const silent = () => startRawBackend((socket) => socket.on('end', () => socket.end()).resume());

describe('a check over HTTP', () => {
  it('asks what it is told to ask, on a connection that it closes', async () => {
    const backend = await startBackend();
    expect(await ask(backend.url, { method: 'HEAD', path: '/up?deep=1' })).toEqual({
      isGood: true,
      isRefused: false,
      text: expect.stringMatching(/^200 in \d+ ms$/),
    });
    const [request] = backend.requests;
    expect(request).toMatchObject({
      method: 'HEAD',
      url: '/up?deep=1',
      headers: { host: 'a.example:81', 'x-key': '1', connection: 'close' },
    });
    await eventually(() => backend.open === 0);
  });

  it.each([
    [200, [[200, 399]], true, '200'],
    [399, [[200, 399]], true, '399'],
    [503, [[200, 399]], false, '503 instead of 200-399'],
    [
      404,
      [
        [200, 299],
        [401, 401],
      ],
      false,
      '404 instead of 200-299, 401',
    ],
    [401, [[401, 401]], true, '401'],
  ] as const)('with the answer %s, where %j is good, is good: %s', async (status, statuses, isGood, text) => {
    const { url } = await startBackend((_, res) => res.writeHead(status).end());
    const result = await ask(url, { statuses });
    expect(result).toMatchObject({ isGood, text: expect.stringMatching(new RegExp(`^${text}`)) });
  });

  it.each([
    ['ready', true],
    ['nothing of that', false],
  ])('wants the text %j in the body: %s', async (body, isGood) => {
    const { url } = await startBackend((_, res) => void res.end('{"state":"ready"}'));
    expect(await ask(url, { body })).toMatchObject({ isGood });
  });

  it('finds a text over the edge of two pieces, and leaves when it has it', async () => {
    const { url } = await startBackend((_, res) => {
      res.write('re');
      setImmediate(() => res.write('ady'));
    });
    expect(await ask(url, { body: 'ready' })).toMatchObject({ isGood: true });
  });

  it('reads no more of a body than it has to', async () => {
    let sent = 0;
    const backend = await startBackend((_, res) => {
      const piece = Buffer.alloc(16_384, 'x');
      const more = (): void => {
        if (res.destroyed) return;
        sent += piece.length;
        if (res.write(piece)) setImmediate(more);
        else res.once('drain', more);
      };
      more();
    });
    expect(await ask(backend.url, { body: 'ready' })).toMatchObject({
      isGood: false,
      text: '200 without "ready" in its body',
    });
    await eventually(() => backend.open === 0);
    expect(sent).toBeGreaterThanOrEqual(MAX_BODY_BYTES);
    expect(sent).toBeLessThan(1024 * MAX_BODY_BYTES);
  });

  it.each([
    ['says nothing', silent, 'no answer within 50ms'],
    ['never ends its head', () => saying('HTTP/1.1 200 OK\r\nx: ', false), 'no answer within 50ms'],
  ])('gives up on a server that %s', async (_, start, text) => {
    const backend = await start();
    expect(await ask(backend.url, {}, { timeout: 50 })).toEqual({ isGood: false, isRefused: false, text });
    await eventually(() => backend.open === 0);
  });

  it('gives up on a body that does not come', async () => {
    const { url } = await saying('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nr', false);
    const result = await ask(url, { body: 'ready' }, { timeout: 50 });
    expect(result).toMatchObject({ isGood: false, text: 'no answer within 50ms' });
  });

  it('gives up on a machine that answers nothing at all', async () => {
    const result = await ask(await aBlackHole(), {}, { timeout: 50 });
    expect(result).toMatchObject({ isGood: false, isRefused: false, text: 'no answer within 50ms' });
  });

  it('says that nobody listens there', async () => {
    expect(await ask(await aDeadUrl())).toEqual({ isGood: false, isRefused: true, text: 'connect refused' });
  });

  it('says that a name has no address', async () => {
    const result = await ask('http://no-such-host.invalid:80', {}, { host: 'no-such-host.invalid' });
    expect(result).toMatchObject({ isGood: false, isRefused: false });
    expect(result.text).toMatch(/^its name (has no address|cannot be looked up)$/);
  });

  it('does not take a reset for a refusal', async () => {
    const { url } = await startRawBackend((socket) => whenSaid(socket, () => resetNow(socket)));
    expect(await ask(url)).toEqual({ isGood: false, isRefused: false, text: 'connection reset' });
  });

  it.each(['SSH-2.0-x\r\n', 'HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n', ''])(
    'is bad with the answer %j',
    async (text) => {
      const { url } = await saying(text);
      expect(await ask(url)).toMatchObject({ isGood: false, isRefused: false });
    },
  );

  it('sends the header of the PROXY protocol before anything else', async () => {
    const texts: string[] = [];
    const { url } = await startRawBackend((socket) =>
      whenSaid(socket, (text) => {
        texts.push(text);
        if (text.includes('\r\n\r\n')) socket.end('HTTP/1.1 204 x\r\n\r\n');
      }),
    );
    const preamble = Buffer.from('PROXY UNKNOWN\r\n');
    expect(await ask(url, {}, { preamble })).toMatchObject({ isGood: true });
    expect(texts.at(-1)).toMatch(/^PROXY UNKNOWN\r\nGET \/healthz HTTP\/1\.1\r\n/);
  });

  it('can be called off', async () => {
    const backend = await silent();
    const { port } = new URL(backend.url);
    const check = askHttp({ host: '127.0.0.1', port: Number(port), timeout: 60_000 }, QUESTION);
    await eventually(() => backend.open === 1);
    check.cancel();
    expect(await check.result).toMatchObject({ isGood: false });
    await eventually(() => backend.open === 0);
  });
});

describe('a check over HTTP with TLS', () => {
  const start = async () => {
    const { cert, key } = aCertificate({ names: ['web.example'] });
    const server = createServer({ cert, key }, (_, res) => void res.end('ok'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, ca: cert };
  };
  const TLS: CheckTls = { verify: true, servername: 'web.example' };

  it.each([undefined, Buffer.alloc(0)])(
    'knows the server by its authority and its name',
    async (preamble) => {
      const { url, ca } = await start();
      expect(await ask(url, {}, { tls: { ...TLS, ca }, preamble })).toMatchObject({ isGood: true });
    },
  );

  it('is bad where the authority is unknown', async () => {
    const { url } = await start();
    const result = await ask(url, {}, { tls: TLS });
    expect(result).toEqual({ isGood: false, isRefused: false, text: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  });

  it('is bad where the name is another one', async () => {
    const { url, ca } = await start();
    const result = await ask(url, {}, { tls: { ...TLS, ca, servername: 'other.example' } });
    expect(result).toMatchObject({ isGood: false, text: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  });

  it('does not look at that where it is not to', async () => {
    const { url } = await start();
    expect(await ask(url, {}, { tls: { ...TLS, verify: false } })).toMatchObject({ isGood: true });
  });

  it('is bad where nobody speaks TLS, and refused where nobody listens', async () => {
    const { url } = await startBackend();
    expect(await ask(url, {}, { tls: TLS })).toMatchObject({ isGood: false, isRefused: false });
    expect(await ask(await aDeadUrl(), {}, { tls: TLS })).toMatchObject({ isRefused: true });
  });
});
