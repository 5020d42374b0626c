import { describe, expect, it, vi } from 'vitest';
import { turn } from '../support/a-fake-connection.ts';
import { aProber, LOAD, withTimeStandingStill } from './a-prober.ts';

withTimeStandingStill();

/** A prober of one server, asked once. */
const asked = async (...facts: Parameters<typeof aProber> extends [string, ...infer Rest] ? Rest : never) => {
  const made = aProber('a', ...facts);
  const ask = async (): Promise<void> => {
    made.prober.askSome(made.servers, 1);
    await turn();
  };
  await ask();
  return { ...made, ask };
};

describe('a probe of a server', () => {
  it('is one small question on a connection of its own, which is kept for the next', async () => {
    const { connections, to, heard, ended, ask } = await asked();
    await to('a').connects();
    expect(to('a').takeAll()).toBe('GET /load HTTP/1.1\r\nHost: 10.0.0.1\r\n\r\n');
    await to('a').says(LOAD);
    expect([heard, ended]).toEqual([['a text eps=1'], ['answered']]);
    vi.advanceTimersByTime(10);
    await ask();
    expect(to('a').takeAll()).toMatch(/^GET \/load /);
    await to('a').says(LOAD);
    expect([heard.length, connections.length]).toEqual([2, 1]);
  });

  it('goes to another port of the same host where an agent listens there', async () => {
    const { connections, to } = await asked({ settings: { port: 9778 } });
    await to('a').connects();
    expect(connections[0]?.address).toMatchObject({ port: 9778 });
    expect(to('a').taken).toContain('\r\nHost: 10.0.0.1:9778\r\n');
  });

  it('shows what the servers of the pool want to see', async () => {
    const { to } = await asked({ settings: { authorization: 'Basic eA==' } });
    await to('a').connects();
    expect(to('a').taken).toContain('\r\nAuthorization: Basic eA==\r\n');
  });

  it('is not sent again while it is under way, nor within five milliseconds', async () => {
    const { to, ask } = await asked();
    await to('a').connects();
    await ask();
    await to('a').says(LOAD);
    await ask();
    expect(to('a').taken.match(/GET/g)).toHaveLength(1);
    vi.advanceTimersByTime(5);
    await ask();
    expect(to('a').taken.match(/GET/g)).toHaveLength(2);
  });

  it('understands an answer that comes in pieces, behind an interim one', async () => {
    const { to, heard } = await asked();
    await to('a').connects();
    for (const piece of ['HTTP/1.1 103 Early Hints\r\n\r\nHTT', ...LOAD.slice(3).match(/.{1,9}/gs)!])
      await to('a').says(piece);
    expect(heard).toEqual(['a text eps=1']);
  });

  it.each([
    ['content', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nendpoint-load-metrics: eps=1\r\n\r\nok'],
    ['the end of the connection', LOAD.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n')],
    ['the end of the connection in a moment', LOAD.replace('\r\n\r\n', '\r\nKeep-Alive: timeout=0\r\n\r\n')],
    ['something more', `${LOAD}HTTP/1.1`],
  ])('takes an answer with %s, and no other on that connection', async (_, answer) => {
    const { to, heard, connections, ask } = await asked();
    await to('a').connects();
    await to('a').says(answer);
    expect([heard, to('a').isClosed]).toEqual([['a text eps=1'], true]);
    vi.advanceTimersByTime(5);
    await ask();
    expect(connections).toHaveLength(2);
  });

  it.each([
    ['a page that is not there', 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'],
    ['a failure, whatever it says', LOAD.replace('204 No Content', '500 Oops')],
    ['no load', 'HTTP/1.1 204 No Content\r\n\r\n'],
    ['nonsense', 'SSH-2.0-OpenSSH\r\n\r\n'],
    ['interim answers without end', 'HTTP/1.1 103 A\r\n\r\n'.repeat(5000)],
  ])('has failed with %s', async (_, answer) => {
    const { to, heard, ended } = await asked();
    await to('a').connects();
    await to('a').says(answer);
    expect([heard, ended, to('a').isClosed]).toEqual([[], ['failed'], true]);
  });

  it('has failed where nobody listens, and where the connection ends', async () => {
    const refused = await asked();
    await refused.to('a').fails('ECONNREFUSED');
    expect(refused.ended).toEqual(['failed']);
    const cut = await asked();
    await cut.to('a').connects();
    await cut.to('a').ends();
    expect([cut.ended, cut.prober.connections]).toEqual([['failed'], 0]);
  });

  it('is sent again, once, where a kept connection ended just then', async () => {
    const { to, ask, ended, connections } = await asked();
    await to('a').connects();
    await to('a').says(LOAD);
    vi.advanceTimersByTime(5);
    await ask();
    await to('a').ends();
    expect(connections).toHaveLength(2);
    await to('a').connects();
    expect(to('a').taken).toMatch(/^GET/);
    await to('a').ends();
    expect([ended, connections.length]).toEqual([['answered', 'failed'], 2]);
  });

  it('is over after its timeout, but what is said late is still heard', async () => {
    const { to, ask, ended, heard } = await asked();
    await to('a').connects();
    vi.advanceTimersByTime(20);
    expect(ended).toEqual(['timeout']);
    await to('a').says(LOAD);
    expect([heard, ended]).toEqual([['a text eps=1'], ['timeout']]);
    vi.advanceTimersByTime(5);
    await ask();
    expect(to('a').taken.match(/GET/g)).toHaveLength(2);
  });

  it('gives its connection up when no answer comes for a second', async () => {
    const { to, prober } = await asked();
    await to('a').connects();
    vi.advanceTimersByTime(1019);
    expect(to('a').isClosed).toBe(false);
    vi.advanceTimersByTime(2);
    expect([to('a').isClosed, prober.connections]).toEqual([true, 0]);
  });

  it('comes ever less where none is answered, until one is', async () => {
    const { connections, ask, ended } = await asked();
    const times: number[] = [0];
    for (let ms = 0; ms < 300_000; ms += 10) {
      vi.advanceTimersByTime(10);
      const before = ended.length;
      await ask();
      if (ended.length === before && connections.at(-1)?.connection.isClosed === false) {
        await connections.at(-1)?.connection.fails();
        times.push(ms);
      }
    }
    const waits = times.slice(1).map((ms, i) => ms - (times[i] ?? 0));
    expect(times.length).toBeLessThan(20);
    expect(waits.at(0)).toBeLessThanOrEqual(130);
    expect(waits.at(-1)).toBeGreaterThanOrEqual(30_000);
  });

  it('does not come back on what a server says that was not asked', async () => {
    const { to, heard } = await asked();
    await to('a').connects();
    await to('a').says(LOAD);
    await to('a').says(LOAD);
    expect([heard.length, to('a').isClosed]).toEqual([1, true]);
  });

  it.each([
    ['a minute', LOAD, 60_000],
    [
      'as long as the server says, less half a second',
      LOAD.replace(/\r\n$/, 'Keep-Alive: timeout=5\r\n\r\n'),
      4500,
    ],
  ])('leaves its connection open for %s', async (_, answer, kept) => {
    const { to } = await asked();
    await to('a').connects();
    await to('a').says(answer);
    vi.advanceTimersByTime(kept - 1);
    expect(to('a').isClosed).toBe(false);
    vi.advanceTimersByTime(2);
    expect(to('a').isClosed).toBe(true);
  });

  it('has failed where no connection can even be asked for', async () => {
    const { ended } = await asked({
      connect: () => {
        throw new Error('no such certificate');
      },
    });
    await turn();
    expect(ended).toEqual(['failed']);
  });
});
