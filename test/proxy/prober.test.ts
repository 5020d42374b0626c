import { describe, expect, it, vi } from 'vitest';
import { seededRandom } from '../../src/core/random.ts';
import { turn } from '../support/a-fake-connection.ts';
import { aProber, LOAD, withTimeStandingStill } from './a-prober.ts';

withTimeStandingStill();

const random = seededRandom(1).next;

describe('probes after decisions', () => {
  it('go out when the turn is over, so that no request waits for them', async () => {
    const { prober, servers, connections } = aProber('abc');
    prober.askSome(servers, 1);
    expect(connections).toHaveLength(0);
    await turn();
    expect(connections).toHaveLength(1);
  });

  it.each([0.25, 1, 1.5, 3])('are %d for each decision, of different servers', async (perRequest) => {
    const { prober, servers, connections } = aProber('abcdefghij', { random });
    let most = 0;
    for (let i = 0; i < 400; i++) {
      const before = connections.length;
      prober.askSome(servers, perRequest);
      await turn();
      const of = connections.slice(before).map(({ server }) => server);
      most = Math.max(most, of.length);
      expect(new Set(of).size).toBe(of.length);
      for (const { connection } of connections.slice(before)) {
        await connection.connects();
        await connection.says(LOAD.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
      }
      vi.advanceTimersByTime(5);
    }
    expect(Math.abs(connections.length / 400 / perRequest - 1)).toBeLessThan(0.15);
    expect(most).toBe(Math.ceil(perRequest));
  });

  it('spare a server that was heard just now', async () => {
    let heardAt = 0;
    const { prober, servers, connections } = aProber('a', { heardAt: () => heardAt });
    heardAt = performance.now() - 4;
    prober.askSome(servers, 1);
    await turn();
    expect(connections).toHaveLength(0);
    heardAt = performance.now() - 5;
    prober.askSome(servers, 1);
    await turn();
    expect(connections).toHaveLength(1);
  });

  it('are as many as there are servers, and none of none', async () => {
    const { prober, servers, connections } = aProber('ab');
    prober.askSome([], 3);
    prober.askSome(servers, 3);
    await turn();
    expect(connections.map(({ server }) => server)).toEqual(['a', 'b']);
  });
});

describe('probes before a decision', () => {
  const three = { servers: 3, wait: 5 };

  /** A request that waits for three servers, which are connected. */
  const waiting = async (facts: Parameters<typeof aProber>[1] = {}) => {
    const made = aProber('abc', facts);
    const went = vi.fn();
    const isParked = made.prober.refresh(made.servers, three, went);
    for (const { connection } of made.connections) await connection.connects();
    return { ...made, went, isParked };
  };

  it('let it go when all but one have answered, once', async () => {
    const { to, went, isParked, heard } = await waiting();
    expect(isParked).toBe(true);
    await to('a').says(LOAD);
    expect(went).not.toHaveBeenCalled();
    await to('c').says(LOAD);
    expect(went).toHaveBeenCalledOnce();
    await to('b').says(LOAD);
    vi.advanceTimersByTime(100);
    expect([went.mock.calls.length, heard.length]).toEqual([1, 3]);
  });

  it('let it go when the wait is over, whatever has come', async () => {
    const { to, went } = await waiting();
    await to('a').says(LOAD);
    vi.advanceTimersByTime(4);
    expect(went).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(went).toHaveBeenCalledOnce();
    await to('b').says(LOAD);
    await to('c').says(LOAD);
    expect(went).toHaveBeenCalledOnce();
  });

  it('let it go when there is nothing more to wait for', async () => {
    const { to, went } = await waiting();
    await to('a').fails();
    await to('b').fails();
    expect(went).not.toHaveBeenCalled();
    await to('c').says(LOAD);
    expect(went).toHaveBeenCalledOnce();
  });

  it('share the answers of probes that are under way', async () => {
    const { prober, servers, connections, to, went } = await waiting();
    const second = vi.fn();
    expect(prober.refresh(servers, three, second)).toBe(true);
    expect(connections).toHaveLength(3);
    await to('a').says(LOAD);
    await to('b').says(LOAD);
    expect([went.mock.calls.length, second.mock.calls.length]).toEqual([1, 1]);
  });

  it('let it go at once where enough is known', async () => {
    const { isParked, went, connections } = await waiting({
      heardAt: ({ id }) => (id === 'a' ? Number.NEGATIVE_INFINITY : performance.now()),
    });
    expect([isParked, connections.length]).toEqual([false, 1]);
    vi.advanceTimersByTime(100);
    expect(went).not.toHaveBeenCalled();
  });

  it('let it go at once where nobody answers, and where there is no choice', async () => {
    const { prober, servers, to, went } = await waiting();
    for (const id of 'abc') await to(id).fails();
    expect(went).toHaveBeenCalledOnce();
    expect(prober.refresh(servers, three, went)).toBe(false);
    expect(prober.refresh(servers.slice(0, 1), three, went)).toBe(false);
  });

  it('let it go when the prober begins anew or ends', async () => {
    const { prober, went, connections } = await waiting();
    prober.renew();
    expect(went).toHaveBeenCalledOnce();
    expect(connections.every(({ connection }) => connection.isClosed)).toBe(true);
    expect(prober.connections).toBe(0);
  });

  it('go on when what waited for them fails', async () => {
    const { prober, servers, to, faults } = aProber('ab');
    prober.refresh(servers, three, () => {
      throw new Error('bad');
    });
    for (const id of 'ab') {
      await to(id).connects();
      await to(id).says(LOAD);
    }
    expect(faults.splice(0)).toEqual([new Error('bad')]);
  });
});

it('asks in the new way once settings have changed', async () => {
  const settings = { path: '/old' };
  const { prober, servers, to } = aProber('a', { settings });
  prober.askSome(servers, 1);
  await turn();
  await to('a').connects();
  expect(to('a').taken).toContain('/old');
  settings.path = '/new';
  prober.renew();
  prober.askSome(servers, 1);
  await turn();
  await to('a').connects();
  expect(to('a').taken).toContain('/new');
});
