import { EventEmitter, once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fingerprint } from '../../agent/arriba-cache.ts';
import { type Agent, type AgentOptions, startAgent } from '../../agent/index.ts';
import { parseAddressRule } from '../../src/core/accept.ts';
import { Board } from '../../src/core/board.ts';
import type { Report } from '../../src/core/report.ts';
import type { Subscriber } from '../../src/state/driver.ts';
import { receiverAt } from '../../src/state/driver-from-url.ts';
import { MemoryDriver } from '../../src/state/memory.ts';
import { Tokens } from '../../src/state/tokens.ts';
import { Listener, TOKEN } from '../state/support.ts';

const URL_OF_APP = 'http://10.0.0.1:3001';
const open: { close(): unknown }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((thing) => thing.close()));
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

/** An agent that measures nothing, reporting in memory. */
const anAgent = async (options: Partial<AgentOptions> = {}) => {
  const driver = new MemoryDriver();
  const listener = new Listener();
  await driver.subscribe(listener);
  const agent = await startAgent({
    driver,
    url: URL_OF_APP,
    node: 'app',
    sample: () => ({ load1: 1 }),
    ...options,
  });
  open.push(agent);
  const seqs = (): readonly number[] => listener.reports.map(({ report }) => report.seq);
  const last = (): Report => listener.reports.at(-1)!.report;
  return { agent, driver, listener, seqs, last };
};

describe('what an agent reports', () => {
  it('names itself, its start and its servers, and counts from 1', async () => {
    const { listener, agent } = await anAgent({ pool: 'web', tags: ['big'], interval: 50 });
    await listener.until(3);
    const reports = listener.reports.map(({ report }) => report);
    expect(reports[0]).toEqual({
      v: 1,
      node: 'app',
      boot: expect.stringMatching(/^[\w-]{16}$/),
      seq: 1,
      stats: { load1: 1 },
      servers: [{ url: URL_OF_APP, pool: 'web', tags: ['big'] }],
    });
    expect(reports.slice(0, 3).map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(new Set(reports.map(({ boot }) => boot)).size).toBe(1);
    expect(agent.report()).toMatchObject({ seq: reports.length + 1, stats: { load1: 1 } });
  });

  it('is told apart from its last start', async () => {
    const [first, second] = [await anAgent(), await anAgent()];
    expect(first.last().boot).not.toBe(second.last().boot);
  });

  it('joins the numbers of the machine and of the application', async () => {
    const { agent } = await anAgent({ slots: 4, arriba: 800 });
    agent.set('queue', 7);
    const end = agent.count();
    expect(agent.report().stats).toEqual({
      load1: 1,
      arriba: 800,
      arribaNominal: 800,
      arribaFrom: 'configured',
      inFlight: 1,
      slots: { total: 4, available: 3 },
      custom: { queue: 7 },
    });
    end();
  });

  it('has the numbers that are read elsewhere from the first report on', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'forehand-agent-')), 'numbers');
    open.push({ close: () => rmSync(dirname(file), { recursive: true }) });
    writeFileSync(file, 'jobs{queue="mail"} 4\njobs{queue="print"} 5\nrows -1\n');
    const { listener, agent } = await anAgent({
      scrape: [{ from: file, metrics: { queue: 'jobs', inFlight: 'rows' } }],
      interval: 50,
    });
    agent.set('own', 1);
    expect(listener.reports[0]?.report.stats).toEqual({ load1: 1, custom: { queue: 9 } });
    expect(agent.report().stats.custom).toEqual({ queue: 9, own: 1 });
    expect(agent.problems).toMatchObject([
      { code: 'scrape_number', message: expect.stringMatching(/inFlight/) },
    ]);
    writeFileSync(file, 'jobs 7\n');
    await vi.waitFor(() => expect(agent.report().stats.custom).toMatchObject({ queue: 7 }));
  });

  it('is a server of a pool that accepts it, at once', async () => {
    const board = new Board();
    const accept = [parseAddressRule('10.0.0.0/8:3000-3999')!];
    board.configure([{ name: 'web', servers: [], accept }]);
    const driver = new MemoryDriver();
    const subscriber: Subscriber = {
      hear: (report, source) => board.hear(report, source, 0),
      refused: () => undefined,
    };
    await driver.subscribe(subscriber);
    open.push(await startAgent({ driver, url: URL_OF_APP, pool: 'web', sample: () => ({ load1: 2 }) }));
    await vi.waitFor(() => expect(board.pool('web')?.servers).toHaveLength(1));
    expect(board.pool('web')?.servers[0]).toMatchObject({ id: '10.0.0.1:3001', stats: { load1: 2 } });
  });

  it('counts what the application serves', async () => {
    const responses: http.ServerResponse[] = [];
    const server = http.createServer((_, response) => void responses.push(response)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { agent } = await anAgent({ server });
    expect(agent.report().stats.inFlight).toBe(0);
    const asked = fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await once(server, 'request');
    expect(agent.report().stats.inFlight).toBe(1);
    responses[0]?.end('hello');
    await (await asked).text();
    await vi.waitFor(() => expect(agent.report().stats.inFlight).toBe(0));
    expect(agent.report().stats.serviceTime).toBeGreaterThan(0);
    await agent.close();
    expect(server.listenerCount('request')).toBe(1);
    server.closeAllConnections();
    server.close();
  });
});

it('says the load with each answer of the application, and when it is probed', async () => {
  const server = http.createServer((_, response) => void response.end('hello')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push({
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  });
  const { agent } = await anAgent({ server, arriba: 800, probePath: '/load' });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const said = async (path: string): Promise<string | null> =>
    (await fetch(url + path)).headers.get('endpoint-load-metrics');
  expect(await said('/')).toMatch(/^TEXT named_metrics.in_flight=1,.*named_metrics.arriba=800/);
  expect(await said('/load')).toMatch(/^TEXT named_metrics.in_flight=0,/);
  expect(agent.load()).toMatch(/^TEXT named_metrics.in_flight=0,/);
  await agent.close();
  expect(await said('/')).toBeNull();
});

it('refuses a path of probes that is none', async () => {
  await expect(anAgent({ probePath: 'load' })).rejects.toThrow('probePath: expected a path without query');
});

describe('when an agent reports', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  it('says at once that it became busy, or idle again', async () => {
    const { agent, seqs, last } = await anAgent({ interval: 60_000 });
    await vi.advanceTimersByTimeAsync(1000);
    const end = agent.count();
    await vi.advanceTimersByTimeAsync(0);
    expect([seqs().length, last().stats.inFlight]).toEqual([2, 1]);
    await vi.advanceTimersByTimeAsync(1000);
    end();
    await vi.advanceTimersByTimeAsync(0);
    expect([seqs().length, last().stats.inFlight]).toEqual([3, 0]);
  });

  it('says at once that no more requests fit in', async () => {
    const { agent, seqs, last } = await anAgent({ interval: 60_000, slots: 3 });
    for (let i = 0; i < 3; i++) {
      await vi.advanceTimersByTimeAsync(1000);
      agent.count();
    }
    await vi.advanceTimersByTimeAsync(0);
    expect(seqs()).toEqual([1, 2, 3]);
    expect(last().stats.slots).toEqual({ total: 3, available: 0 });
  });

  it('says no more than twenty times a second what changes all the time', async () => {
    const { agent, seqs } = await anAgent({ interval: 60_000 });
    for (let i = 0; i < 1000; i++) {
      const end = agent.count();
      await vi.advanceTimersByTimeAsync(1);
      if (i % 2 === 0) end();
    }
    expect(seqs().length).toBeLessThanOrEqual(21);
  });

  it('does not repeat a change that was over before it could be told', async () => {
    const { agent, seqs } = await anAgent({ interval: 60_000 });
    agent.count()();
    await vi.advanceTimersByTimeAsync(1000);
    expect(seqs()).toEqual([1]);
  });

  it('waits for the next interval while nobody takes its reports', async () => {
    const { agent, driver, listener } = await anAgent({ interval: 1000 });
    vi.spyOn(driver, 'health').mockReturnValue({ up: false, detail: 'gone' });
    await vi.advanceTimersByTimeAsync(100);
    agent.count();
    await vi.advanceTimersByTimeAsync(500);
    expect(listener.reports).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(700);
    expect(listener.reports.at(-1)?.report.stats.inFlight).toBe(1);
  });

  it('sends the newest report, and only that, after a slow one', async () => {
    const { driver, seqs } = await anAgent();
    let finish = (): void => undefined;
    const publish = driver.publish.bind(driver);
    vi.spyOn(driver, 'publish').mockImplementationOnce(async (report) => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      await publish(report);
    });
    await vi.advanceTimersByTimeAsync(3000);
    expect(seqs()).toEqual([1]);
    finish();
    await vi.advanceTimersByTimeAsync(0);
    expect(seqs()).toHaveLength(3);
    expect(seqs()[1]).toBe(2);
    expect(seqs()[2]).toBeGreaterThan(8);
  });

  it('leaves out a report when its sample fails, and says so once', async () => {
    const problems: string[] = [];
    let fails = false;
    const sample = () => {
      if (fails) throw new Error('no numbers today');
      return { load1: 1 };
    };
    const onProblem = (problem: unknown) => void problems.push(String(problem));
    const { agent, seqs } = await anAgent({ sample, onProblem });
    fails = true;
    await vi.advanceTimersByTimeAsync(2000);
    expect(seqs()).toEqual([1]);
    expect(problems).toEqual(['no numbers today']);
    expect(agent.problems[0]).toMatchObject({ code: 'sample' });
    expect(agent.problems[0]?.count).toBeGreaterThan(5);
    fails = false;
    await vi.advanceTimersByTimeAsync(1000);
    expect(seqs().length).toBeGreaterThan(2);
  });

  it('does not wait for a sample for more than two seconds', async () => {
    let hangs = false;
    const sample = () => (hangs ? new Promise<never>(() => undefined) : { load1: 1 });
    const { agent } = await anAgent({ sample });
    hangs = true;
    await vi.advanceTimersByTimeAsync(2500);
    expect(agent.problems.map(String)).toEqual(['no sample within 2000 ms']);
  });

  it('goes on when the slots of the application cannot be told', async () => {
    let fails = false;
    const slots = () => {
      if (fails) throw new Error('no slots');
      return { total: 2, available: 1 };
    };
    const { agent, seqs } = await anAgent({ slots });
    fails = true;
    await vi.advanceTimersByTimeAsync(1000);
    expect(agent.problems.map(String)).toEqual(['no slots']);
    fails = false;
    await vi.advanceTimersByTimeAsync(1000);
    expect(seqs().length).toBeGreaterThan(2);
  });

  it('does not report what it was still measuring when it was closed', async () => {
    let finish: (stats: object) => void = () => undefined;
    let waits = false;
    const sample = () =>
      waits
        ? new Promise<object>((resolve) => {
            finish = resolve;
          })
        : { load1: 1 };
    const { agent, listener } = await anAgent({ sample });
    waits = true;
    await vi.advanceTimersByTimeAsync(500);
    await agent.close();
    finish({ load1: 2 });
    await vi.advanceTimersByTimeAsync(1000);
    expect(listener.reports).toHaveLength(1);
  });

  it('is silent after it was closed, and leaves a driver open that it was handed', async () => {
    const { agent, driver, listener } = await anAgent();
    const end = agent.count();
    await Promise.all([agent.close(), agent.close()]);
    end();
    agent.count();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(listener.reports).toHaveLength(1);
    expect(agent.problems).toEqual([]);
    expect(driver.health().up).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('what stands between an agent and a proxy', () => {
  const reporting = async (
    options: Partial<AgentOptions> = {},
  ): Promise<{ agent: Agent; problems: string[] }> => {
    const problems: string[] = [];
    const agent = await startAgent({
      url: URL_OF_APP,
      interval: 50,
      sample: () => ({ load1: 1 }),
      onProblem: ({ code }) => void problems.push(code),
      ...options,
    });
    open.push(agent);
    return { agent, problems };
  };
  const receiving = async (at = 'http://127.0.0.1:0') => {
    const receiver = receiverAt(at, { tokens: new Tokens([{ name: 'agents', token: TOKEN }]) });
    const listener = new Listener();
    await receiver.subscribe(listener);
    open.push(receiver);
    return { receiver, listener, to: receiver.address! };
  };

  it('starts before the proxy does, and goes on after it comes back', async () => {
    const { receiver, to } = await receiving();
    await receiver.close();
    const { agent, problems } = await reporting({ to, token: TOKEN });
    await vi.waitFor(() => expect(problems).toEqual(['unreachable']));
    expect(agent.health).toMatchObject({ up: false, detail: expect.stringContaining('ECONNREFUSED') });
    const { listener } = await receiving(to);
    await listener.until(2);
    await vi.waitFor(() => expect(agent.health.up).toBe(true));
    expect(problems).toEqual(['unreachable']);
  });

  it.each([
    ['a wrong token', { token: 'wrong' }, 'token'],
    ['a number that cannot be', { token: TOKEN, sample: () => ({ cpuIdle: Number.NaN }) }, 'number'],
    ['an absurd number', { token: TOKEN, sample: () => ({ load1: 1e300 }) }, 'number'],
  ])('is told what the proxy has against %s, and so is the proxy', async (_, options, code) => {
    const { listener, to } = await receiving();
    const { agent, problems } = await reporting({ to, ...options });
    await vi.waitFor(() => expect(problems).toEqual([code]));
    await listener.until(3);
    expect(listener.codes.slice(0, 3)).toEqual([code, code, code]);
    expect(agent.health.detail).toMatch(/ 4\d\d /);
    expect(problems).toEqual([code]);
  });

  it('reports to several proxies, and one that is gone holds up no other', async () => {
    const { listener, to } = await receiving();
    const udp = await receiving('udp://127.0.0.1:0');
    const gone = await receiving();
    await gone.receiver.close();
    const { problems, agent } = await reporting({ to: [gone.to, to, udp.to], token: TOKEN });
    await Promise.all([listener.until(5), udp.listener.until(5)]);
    expect(problems).toEqual(['unreachable']);
    expect(agent.health.up).toBe(true);
  });
});

describe('how an agent starts', () => {
  it.each<[string, Partial<AgentOptions>, string]>([
    ['an interval that is too short', { interval: 1 }, 'interval: expected 50'],
    ['a pool that is no name', { pool: 'a b' }, 'servers[0].pool: not a name'],
    ['a node that is no name', { node: 'a b' }, 'node: expected a name'],
    ['an absurd speed', { arriba: -1 }, 'stats.arriba: expected a number from 1'],
    ['absurd slots', { slots: Number.NaN }, 'stats.slots.total'],
    ['a source that cannot be', { scrape: [{ from: 'ftp://a' }] }, 'scrape: expected http://'],
    [
      'a number that cannot be found',
      { scrape: [{ from: '/x', metrics: { a: '{' } }] },
      'a: expected a series',
    ],
    ['two tokens', { token: 'a', tokenFile: '/none' }, 'either `token` or `tokenFile`'],
    ['two ways to report', { to: 'http://127.0.0.1:1' }, 'either `to` or `driver`'],
  ])('refuses %s, and leaves nothing behind', async (_, options, fault) => {
    const server = new EventEmitter();
    const started = anAgent({ server, ...options });
    await expect(started).rejects.toThrow(fault);
    await expect(started).rejects.toThrow(TypeError);
    expect(server.listenerCount('request')).toBe(0);
  });

  describe('with its own measuring', () => {
    let cache = '';
    beforeEach(() => {
      cache = mkdtempSync(join(tmpdir(), 'forehand-agent-'));
      vi.stubEnv('XDG_CACHE_HOME', cache);
    });
    afterEach(() => rmSync(cache, { recursive: true }));
    const measuring = async () => {
      const driver = new MemoryDriver();
      const listener = new Listener();
      await driver.subscribe(listener);
      const agent = await startAgent({ driver, url: URL_OF_APP, interval: 50 });
      open.push(agent);
      return { agent, listener };
    };

    it('knows its speed at once where it was measured before', async () => {
      mkdirSync(join(cache, 'forehand'));
      const kept = JSON.stringify({ arriba: 777, spread: 0, fingerprint: fingerprint() });
      writeFileSync(join(cache, 'forehand', 'arriba.json'), kept);
      const { listener } = await measuring();
      await listener.until(1);
      expect(listener.reports[0]?.report.stats).toMatchObject({ arribaNominal: 777 });
      expect(listener.reports[0]?.report.stats.arriba).toBeLessThanOrEqual(777);
    });

    it('reports before its speed is known, and with it as soon as it is', async () => {
      const { agent, listener } = await measuring();
      await listener.until(1);
      expect(listener.reports[0]?.report.stats.arriba).toBeUndefined();
      expect(listener.reports[0]?.report.stats.cpus).toBeGreaterThan(0);
      await vi.waitFor(() => expect(agent.report().stats.arriba).toBeGreaterThan(10), { timeout: 15_000 });
      expect(listener.refusals).toEqual([]);
    });
  });
});
