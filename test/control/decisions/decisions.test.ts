import { describe, expect, it } from 'vitest';
import { DecisionLog } from '../../../src/control/decisions/decisions.ts';
import { Instance } from '../../../src/control/instance.ts';
import { silentLog } from '../../../src/control/logs/log.ts';
import type { RunClock } from '../../../src/control/run-clock.ts';
import { Heartbeat } from '../../../src/script/heartbeat.ts';
import { aRequest } from '../../../src/testing/index.ts';
import { anExchange } from '../an-exchange.ts';

const anInstance = (servers: number, clock: () => number): Promise<Instance> =>
  Instance.start({
    source: {
      value: {
        pools: {
          web: { servers: Array.from({ length: servers }, (_, i) => `http://127.0.0.1:${3000 + i}`) },
        },
      },
    },
    env: {},
    log: silentLog,
    clock: { now: clock, wallClock: clock, epochOffset: () => 0 },
    seed: 7,
    watch: false,
    heartbeat: new Heartbeat(),
  });

const clockAt = (now: () => number): RunClock => ({ now, wallClock: now, epochOffset: () => 1000 });

const decideOften = async (servers: number, times: number): Promise<DecisionLog> => {
  let now = 0;
  const instance = await anInstance(servers, () => now);
  const log = new DecisionLog(clockAt(() => now));
  for (let i = 0; i < times; i++) {
    now += 1;
    const choice = instance.choose(aRequest({ path: `/${i}` }));
    if (!choice) continue;
    log.sample(choice);
    log.ended(anExchange({ decision: choice.decision, startedAt: now, duration: 1 }));
  }
  await instance.close();
  return log;
};

describe('DecisionLog', () => {
  it('explains the very decision that was made', async () => {
    const instance = await anInstance(50, () => 5);
    const log = new DecisionLog(clockAt(() => 5));
    const choice = instance.choose(aRequest());
    if (choice) log.sample(choice);
    const [view] = log.newest(1);
    expect(view?.chosen).toBe(choice?.decision.chosen?.id);
    expect(view?.steps.map(({ name, before, after }) => ({ name, before, after }))).toEqual(
      choice?.decision.steps,
    );
    expect(view?.outcome).toBeNull();
    expect(choice?.decision.isSampled).toBe(true);
    await instance.close();
  });

  it('says which trace the request belongs to: that of the client, until it is known which one went on', async () => {
    const instance = await anInstance(2, () => 5);
    const log = new DecisionLog(clockAt(() => 5));
    const headers = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` };
    const choice = instance.choose(aRequest({ headers }));
    if (choice) log.sample(choice);
    expect(log.newest(1)[0]?.traceId).toBe('a'.repeat(32));
    log.ended(anExchange({ decision: choice?.decision, traceId: 'c'.repeat(32) }));
    expect(log.newest(1)[0]?.traceId).toBe('c'.repeat(32));
    await instance.close();
  });

  it('keeps at most twenty a second, newest first, with their outcome', async () => {
    const log = await decideOften(3, 500);
    expect(log.newest(200)).toHaveLength(20);
    expect(log.newest(1)[0]).toMatchObject({
      outcome: { status: 200, termination: 'ok', durationMs: 1, attempts: 1 },
    });
  });

  it('explains fewer decisions of large pools, and names at most fifty servers in each list', async () => {
    const log = await decideOften(2000, 100);
    const kept = log.newest(200);
    expect(kept).toHaveLength(2);
    for (const { dropped } of kept[0]?.steps ?? []) expect(dropped.length).toBeLessThanOrEqual(50);
    expect(kept[0]?.ranked.length).toBeLessThanOrEqual(50);
  });
});

describe('decisions that are kept besides', () => {
  const aLog = async () => {
    let now = 0;
    const instance = await anInstance(3, () => now);
    const log = new DecisionLog(clockAt(() => now));
    const end = (facts: Partial<Parameters<DecisionLog['ended']>[0]> = {}): void => {
      now += 1;
      const decision = instance.choose(aRequest())?.decision;
      log.ended(anExchange({ decision, startedAt: now, duration: 5, ...facts }));
    };
    await instance.close();
    return { log, end };
  };

  it('are the last ten thousand, with what it takes to make each again', async () => {
    const { log, end } = await aLog();
    for (let i = 0; i < 10_003; i++) end({ status: 200 + (i % 5) });
    const recent = log.kept('recent', 20_000);
    expect(recent).toHaveLength(10_000);
    expect(recent[0]).toEqual({
      id: '10003',
      at: 11_003,
      pool: 'web',
      route: 'everything',
      seed: expect.any(Number),
      chosen: expect.stringMatching(/^127\.0\.0\.1:300[0-2]$/),
      status: 202,
      durationMs: 5,
    });
    expect(recent.at(-1)?.id).toBe('4');
    expect(log.kept('recent', 2).map(({ id }) => id)).toEqual(['10003', '10002']);
  });

  it('are those that were slow, with their steps', async () => {
    const { log, end } = await aLog();
    end({ duration: 999 });
    end({ duration: 1001, path: `/${'x'.repeat(2000)}` });
    end({ duration: 9999, kind: 'upgrade' });
    end({ duration: 9999, status: 0, termination: 'client_abort' });
    expect(log.kept('slow', 10)).toMatchObject([
      {
        request: { method: 'GET', host: 'shop.example', path: `/${'x'.repeat(511)}`, clientIp: '192.0.2.7' },
        steps: [{ name: 'byAge', before: 3, after: 3 }, {}, {}, {}, {}],
        outcome: { status: 200, termination: 'ok', durationMs: 1001, attempts: 1 },
      },
    ]);
    expect(log.kept('failed', 10)).toEqual([]);
  });

  it.each([
    [{ status: 502, termination: 'server_abort' }, true],
    [{ status: 500 }, true],
    [{ status: 0, termination: 'idle_timeout' }, true],
    [{ status: 503, termination: 'no_server' }, true],
    [{ status: 499, termination: 'client_abort' }, false],
    [{ status: 404 }, false],
    [{ status: 302, termination: 'redirect' }, false],
  ] as const)('are those that failed: %j %j', async (facts, isFailed) => {
    const { log, end } = await aLog();
    end(facts);
    expect(log.kept('failed', 10)).toHaveLength(isFailed ? 1 : 0);
  });

  it('are a thousand of each kind at most, so that slow ones do not push out those that failed', async () => {
    const { log, end } = await aLog();
    end({ status: 500 });
    for (let i = 0; i < 1001; i++) end({ duration: 1001 + i });
    expect(log.kept('slow', 5000).length).toBeLessThanOrEqual(1000);
    expect(log.kept('failed', 5000)).toHaveLength(1);
  });

  it('are none of requests that nobody decided', async () => {
    const { log, end } = await aLog();
    end({ decision: undefined, status: 503 });
    expect([...log.kept('recent', 1), ...log.kept('failed', 1)]).toEqual([]);
  });
});

describe('a decision that is asked for', () => {
  it('is explained whatever the ration', async () => {
    const instance = await anInstance(3, () => 5);
    const log = new DecisionLog(clockAt(() => 5));
    for (let i = 0; i < 50; i++) {
      const choice = instance.choose(aRequest());
      if (choice) log.sample(choice, i === 49);
      const field = choice && log.fieldOf({ decision: choice.decision, attempts: 1 });
      expect(field === undefined).toBe(i >= 20 && i < 49);
      if (field) expect(JSON.parse(field).chosen).toBe(choice?.decision.chosen?.id);
    }
    await instance.close();
  });
});
