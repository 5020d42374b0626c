import { afterEach, describe, expect, it, vi } from 'vitest';
import { encodeReport, type Report } from '../../src/core/report.ts';
import { HttpReceiver, type HttpReceiverOptions } from '../../src/state/http-receive.ts';
import { RawStream, streamHead, tokensOf } from './http-support.ts';
import { aClock, aReport, Listener, TOKEN } from './support.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(open.splice(0).map((thing) => thing.close()));
});

const listening = async (options: Partial<HttpReceiverOptions> = {}) => {
  const tokens = tokensOf(TOKEN);
  const clock = aClock();
  const receiver = new HttpReceiver({
    listen: { host: '127.0.0.1', port: 0 },
    tokens,
    clock,
    proxy: 'proxy-1',
    ...options,
  });
  const listener = new Listener();
  await receiver.subscribe(listener);
  open.push(receiver);
  const stream = (head?: string): RawStream => {
    const one = new RawStream(receiver.address!, head);
    open.push({ close: () => one.socket.destroy() });
    return one;
  };
  return { receiver, listener, tokens, clock, stream };
};
const line = (facts: Partial<Report> = {}, prefix = ''): string =>
  `${prefix}${encodeReport(aReport(facts))}\n`;

describe('GET /v1/reports/stream', () => {
  it('changes the protocol, and says which proxy this is', async () => {
    const { stream } = await listening();
    const agent = stream();
    await agent.until(() => agent.lines.length > 0);
    expect(agent.answer).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\nconnection: upgrade\r\n/);
    expect(agent.lines).toEqual([{ proxy: 'proxy-1' }]);
  });

  it('takes a report a line, with when it was sent', async () => {
    const { stream, listener, clock } = await listening();
    const agent = stream();
    agent.write(line({ seq: 1 }) + line({ seq: 2 }, '1700000000000 2 '));
    await listener.until(2);
    const source = { address: '127.0.0.1', transport: 'http', token: 'agents' };
    const sent = { at: 1_700_000_000_000, receivedAt: clock.epoch() };
    expect(listener.reports).toEqual([
      { report: aReport({ seq: 1 }), source },
      { report: aReport({ seq: 2 }), source: { ...source, sent } },
    ]);
  });

  it('says whose stream has ended, if a report came on it', async () => {
    const listener = new Listener();
    const left: string[] = [];
    Object.assign(listener, { left: (node: string) => left.push(node) });
    const receiver = new HttpReceiver({ listen: { host: '127.0.0.1', port: 0 }, tokens: tokensOf(TOKEN) });
    open.push(receiver);
    await receiver.subscribe(listener);
    for (const text of ['', line({ node: 'n7' })]) {
      const agent = new RawStream(receiver.address ?? '');
      await agent.until(() => agent.lines.length > 0);
      agent.write(text);
      if (text) await listener.until(1);
      agent.socket.destroy();
    }
    await vi.waitFor(() => expect(left).toEqual(['n7']));
  });

  it('takes what came with the head, and what comes a byte at a time', async () => {
    const { stream, listener } = await listening();
    const agent = stream(streamHead() + line({ seq: 1 }));
    await listener.until(1);
    for (const byte of Buffer.from(line({ seq: 2 }, '1700000000000 2 '))) agent.write(Buffer.of(byte));
    await listener.until(2);
    expect(listener.refusals).toEqual([]);
  });

  it('tells the newest report that was taken, every two seconds, whether or not more come', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const { stream, listener, clock } = await listening();
    const agent = stream();
    agent.write(line({ seq: 1 }));
    await agent.until(() => agent.lines.length > 1);
    agent.write(line({ seq: 2 }) + line({ seq: 3 }));
    await listener.until(3);
    clock.turn(1999);
    vi.advanceTimersByTime(500);
    expect(agent.lines).toEqual([{ proxy: 'proxy-1' }, { taken: 1 }]);
    clock.turn(1);
    vi.advanceTimersByTime(500);
    await agent.until(() => agent.lines.length > 2);
    expect(agent.lines.at(-1)).toEqual({ taken: 3 });
    clock.turn(2000);
    agent.write(line({ seq: 4 }));
    await agent.until(() => agent.lines.length > 3);
    expect(agent.lines.at(-1)).toEqual({ taken: 4 });
  });

  it('tells sooner what is taken after a refusal: the agent waits for it', async () => {
    const { stream, listener, clock } = await listening();
    listener.verdict = ({ seq }) => (seq === 2 ? { code: 'replayed', message: 'old' } : undefined);
    const agent = stream();
    agent.write(line({ seq: 1 }) + line({ seq: 2 }));
    await agent.until(() => agent.lines.length > 2);
    clock.turn(1000);
    agent.write(line({ seq: 3 }));
    await agent.until(() => agent.lines.length > 3);
    expect(agent.lines.at(-1)).toEqual({ taken: 3 });
  });

  it('tells at once what was refused and why, but not without end', async () => {
    const { stream, listener } = await listening();
    listener.verdict = ({ seq }) => (seq % 2 ? { code: 'replayed', message: 'old' } : undefined);
    const agent = stream();
    agent.write(`nonsense\n${line({ seq: 1 })}`);
    await agent.until(() => agent.lines.length > 2);
    expect(agent.lines.slice(1)).toEqual([
      { refused: { code: 'malformed', message: expect.stringContaining('not JSON') } },
      { refused: { code: 'replayed', message: 'old', seq: 1 } },
    ]);
    for (let i = 0; i < 100; i++) agent.write(line({ seq: 2 * i + 1 }));
    agent.write(line({ seq: 2 }));
    await agent.until(() => agent.answer.includes('taken'));
    expect(agent.lines.length).toBeLessThan(20);
    expect(listener.total).toBe(103);
  });

  it.each<[string, string, number, string]>([
    ['no token', streamHead().replace(/Authorization.*\r\n/, ''), 401, 'token'],
    ['a wrong token', streamHead().replace(TOKEN, 'wrong'), 401, 'token'],
    ['a web page', streamHead('Origin: http://evil.example'), 403, 'source'],
  ])('answers %s as it answers a post', async (_, head, status, code) => {
    const { stream, listener } = await listening();
    const agent = stream(head);
    await agent.closed;
    expect(agent.answer).toMatch(new RegExp(`^HTTP/1.1 ${status} .*"code":"${code}"`, 's'));
    expect(listener.codes).toEqual([code]);
  });

  it('counts against the rate: the stream, and each of its lines', async () => {
    const clock = aClock();
    const { stream, listener } = await listening({ rate: { perSecond: 1, burst: 3 }, clock });
    const agent = stream();
    agent.write(line({ seq: 1 }) + line({ seq: 2 }) + line({ seq: 3 }));
    await listener.until(3);
    expect(listener.codes).toEqual(['rate']);
    expect(listener.reports).toHaveLength(2);
    const second = stream();
    await second.closed;
    expect(second.answer).toMatch(/^HTTP\/1.1 429 /);
  });

  it('asks who does not ask for the protocol to do so', async () => {
    const { receiver } = await listening();
    const response = await fetch(`${receiver.address}/v1/reports/stream`);
    expect(response.status).toBe(426);
    expect(await response.json()).toMatchObject({ error: { code: 'upgrade_required' } });
  });

  it('serves a post that asks for another protocol besides, and one that comes after it', async () => {
    const { stream, listener } = await listening();
    const body = encodeReport(aReport());
    const post = (...fields: string[]): string =>
      [
        'POST /v1/reports HTTP/1.1',
        'Host: proxy',
        `Authorization: Bearer ${TOKEN}`,
        `Content-Length: ${body.length}`,
        ...fields,
        '',
        body,
      ].join('\r\n');
    const client = stream(
      post('Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__') +
        post('Connection: close'),
    );
    await client.closed;
    expect(client.answer.match(/HTTP\/1.1 204 /g)).toHaveLength(2);
    expect(listener.reports).toHaveLength(2);
  });
});

describe('what ends a stream', () => {
  it('a line that is too long', async () => {
    const { stream, listener } = await listening();
    const agent = stream();
    agent.write('x'.repeat(70_000));
    await agent.closed;
    expect(listener.codes).toEqual(['too_large']);
  });

  it('a token that was taken away, at the next line', async () => {
    const { stream, listener, tokens } = await listening();
    const agent = stream();
    agent.write(line({ seq: 1 }));
    await listener.until(1);
    tokens.take([{ name: 'agents', token: 'another-one' }]);
    agent.write(line({ seq: 2 }));
    await agent.closed;
    expect(listener.codes).toEqual(['token']);
    expect(agent.lines.at(-1)).toMatchObject({ refused: { code: 'token' } });
    expect(listener.reports).toHaveLength(1);
  });

  it('a token that was taken away, also without a line', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const { stream, tokens } = await listening();
    const agent = stream();
    await agent.until(() => agent.lines.length > 0);
    tokens.take([]);
    vi.advanceTimersByTime(1000);
    await agent.closed;
  });

  it('not a rotation in which its token stays, but what the token allows then counts', async () => {
    const { stream, listener, tokens } = await listening();
    const agent = stream();
    agent.write(line({ seq: 1 }));
    await listener.until(1);
    tokens.take([
      { name: 'new', token: 'another-one' },
      { name: 'old', token: TOKEN, pools: ['web'] },
    ]);
    agent.write(line({ seq: 2 }));
    await listener.until(2);
    expect(listener.reports.at(-1)?.source).toMatchObject({ token: 'old', pools: new Set(['web']) });
  });

  it('two minutes without a whole line', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const { stream, listener, clock } = await listening();
    const [dribbling, talking] = [stream(), stream()];
    await Promise.all([dribbling, talking].map((one) => one.until(() => one.lines.length > 0)));
    clock.turn(100_000);
    dribbling.write('{');
    talking.write(line());
    await listener.until(1);
    clock.turn(20_001);
    vi.advanceTimersByTime(1000);
    await dribbling.closed;
    expect(talking.socket.closed).toBe(false);
  });

  it('the end of the driver', async () => {
    const { stream, receiver } = await listening();
    const agent = stream();
    await agent.until(() => agent.lines.length > 0);
    await receiver.close();
    await agent.closed;
  });

  it('an agent that never reads what it is told', async () => {
    const clock = aClock();
    const { stream, listener } = await listening({ rate: { perSecond: 1e9, burst: 1e9 }, clock });
    listener.verdict = () => {
      clock.turn(1000);
      return { code: 'replayed', message: 'x'.repeat(3000) };
    };
    const agent = stream();
    await agent.until(() => agent.lines.length > 0);
    agent.socket.pause();
    const closed = new Promise((resolve) => agent.socket.once('error', resolve).once('close', resolve));
    const write = (): void => {
      if (!agent.socket.destroyed) agent.socket.write(line().repeat(50), () => setImmediate(write));
    };
    write();
    await closed;
    expect(listener.reports.length).toBeGreaterThan(5);
  });
});

describe('how many proxies there are', () => {
  it('is what most agents say, by either way', async () => {
    const { stream, receiver, listener, clock } = await listening();
    expect(receiver.proxies).toBe(1);
    const agent = stream();
    agent.write(line({ node: 'a' }, '1700000000000 3 ') + line({ node: 'liar' }, '1700000000000 1000 '));
    const headers = { authorization: `Bearer ${TOKEN}`, 'forehand-proxies': '3' };
    const response = await fetch(`${receiver.address}/v1/reports`, {
      method: 'POST',
      headers,
      body: encodeReport(aReport({ node: 'b' })),
    });
    expect(response.headers.get('forehand-proxy')).toBe('proxy-1');
    await listener.until(3);
    clock.turn(500);
    expect(receiver.proxies).toBe(3);
    clock.turn(5001);
    expect(receiver.proxies).toBe(1);
  });

  it('is not for those to say whose report was not taken', async () => {
    const { stream, receiver, listener, clock } = await listening();
    listener.verdict = () => ({ code: 'not_accepted', message: 'no' });
    const agent = stream();
    agent.write(line({}, '1700000000000 7 '));
    await listener.until(1);
    clock.turn(500);
    expect(receiver.proxies).toBe(1);
  });
});
