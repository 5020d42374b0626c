import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { seededRandom } from '../../src/core/random.ts';
import type { Server } from '../../src/core/types.ts';
import type { Check, CheckPlace, CheckResult, CheckRules } from '../../src/health/check-spec.ts';
import {
  type Found,
  HealthChecks,
  MAX_OPEN_CHECKS,
  type WatchTarget,
} from '../../src/health/health-checks.ts';
import { aBoard } from '../core/support.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const RULES: CheckRules = { interval: 1000, jitter: 0, rise: 2, fall: 3, initial: 'unknown' };
const GOOD: CheckResult = { isGood: true, isRefused: false, text: '200 in 1 ms' };
const BAD: CheckResult = { isGood: false, isRefused: false, text: '503 instead of 200-399' };
const REFUSED: CheckResult = { isGood: false, isRefused: true, text: 'connect refused' };
const CONNECTED: CheckResult = { isGood: true, isRefused: false, text: 'connected in 1 ms' };

const placeOf = ({ url }: Server): CheckPlace => ({ host: url.hostname, port: 80, timeout: 1000 });

/** Servers with regular checks. `question` makes these different from tries. */
const checked = (servers: readonly Server[], rules: Partial<CheckRules> = {}): readonly WatchTarget[] =>
  servers.map((server) => ({
    server,
    place: placeOf(server),
    regular: {
      place: placeOf(server),
      rules: { ...RULES, ...rules },
      question: { method: 'GET', path: '/', headers: {}, statuses: [[200, 399]] },
    },
  }));

const unchecked = (servers: readonly Server[]): readonly WatchTarget[] =>
  servers.map((server) => ({ server, place: placeOf(server), regular: undefined }));

interface Asked {
  readonly host: string;
  readonly at: number;
  readonly isTry: boolean;
}

const someChecks = (count: number, answer: (asked: Asked) => CheckResult | undefined, seed = 1) => {
  const { pool } = aBoard(Array.from({ length: count }, (_, i) => `s${i}`));
  const { servers } = pool;
  const asked: Asked[] = [];
  const told: Found[] = [];
  let gone = 0;
  let cancelled = 0;
  const start = performance.now();
  const checks = new HealthChecks({
    now: () => performance.now(),
    random: seededRandom(seed).next,
    tell: (_, found) => {
      if (found) told.push(found);
      else gone += 1;
    },
    ask: ({ host }, question): Check => {
      const one = { host, at: Math.round(performance.now() - start), isTry: question === undefined };
      asked.push(one);
      const result = answer(one);
      let end: (result: CheckResult) => void = () => undefined;
      const late = new Promise<CheckResult>((resolve) => {
        end = resolve;
      });
      return {
        result: result ? Promise.resolve(result) : late,
        cancel: () => {
          cancelled += 1;
          end(BAD);
        },
      };
    },
  });
  return {
    checks,
    servers,
    asked,
    told,
    times: () => asked.map(({ at }) => at),
    states: () => told.map(({ state }) => state),
    gone: () => gone,
    cancelled: () => cancelled,
  };
};

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe('regular checks', () => {
  it('begin at once, and go on in their interval', async () => {
    const { checks, servers, times, told } = someChecks(1, () => GOOD);
    checks.follow(checked(servers));
    await pass(3000);
    expect(times()).toEqual([0, 1000, 2000, 3000]);
    expect(told.at(-1)).toMatchObject({
      state: 'up',
      facts: { kind: 'http', passes: 4, fails: 0, lastResult: '200 in 1 ms' },
    });
  });

  it('differ by their jitter, and not in the same way for every server', async () => {
    const { checks, servers, asked } = someChecks(40, () => GOOD);
    checks.follow(checked(servers, { jitter: 0.2 }));
    await pass(1200);
    const second = asked.slice(40, 80).map(({ at }) => at);
    expect(second).toHaveLength(40);
    expect(Math.min(...second)).toBeGreaterThanOrEqual(800);
    expect(Math.max(...second)).toBeLessThanOrEqual(1200);
    expect(new Set(second).size).toBeGreaterThan(30);
  });

  it('of a large pool begin within one interval, evenly', async () => {
    const { checks, servers, times } = someChecks(1000, () => GOOD);
    checks.follow(checked(servers, { interval: 10_000 }));
    await pass(0);
    expect(times().length).toBeLessThan(70);
    await pass(9999);
    expect(times().length).toBe(1000);
    const perSecond = Array.from(
      { length: 10 },
      (_, i) => times().filter((at) => at > i * 1000 && at <= (i + 1) * 1000).length,
    );
    for (const count of perSecond) expect(count).toBeGreaterThan(80);
    for (const count of perSecond) expect(count).toBeLessThan(110);
  });

  it('are so many at a time at most; others wait for their turn', async () => {
    const { checks, servers, asked } = someChecks(MAX_OPEN_CHECKS + 10, () => undefined);
    checks.follow(checked(servers));
    await pass(5000);
    expect(asked).toHaveLength(MAX_OPEN_CHECKS);
  });

  it('wait for one that is slow', async () => {
    const { checks, servers, times } = someChecks(1, () => undefined);
    checks.follow(checked(servers));
    await pass(10_000);
    expect(times()).toEqual([0]);
  });

  it('take a server down by `fall` and bring it up by `rise`', async () => {
    const results = [GOOD, BAD, BAD, BAD, GOOD, GOOD];
    const { checks, servers, told } = someChecks(1, () => results.shift() ?? GOOD);
    checks.follow(checked(servers));
    await pass(5000);
    expect(told.map(({ state, facts }) => `${state} ${facts?.passes}/${facts?.fails}`)).toEqual([
      'unknown 0/0',
      'up 1/0',
      'up 0/1',
      'up 0/2',
      'down 0/3',
      'down 1/0',
      'up 2/0',
    ]);
    expect(told[4]?.reason).toBe('3 checks failed, the last: 503 instead of 200-399');
  });

  it('of a server that flaps leave it as it is', async () => {
    const { checks, servers, states } = someChecks(1, ({ at }) => ((at / 1000) % 2 === 0 ? GOOD : BAD));
    checks.follow(checked(servers));
    await pass(20_000);
    expect(new Set(states().slice(1))).toEqual(new Set(['up']));
  });

  it('end when nobody wants them, and nobody is told of the one under way', async () => {
    const { checks, servers, told, gone, cancelled } = someChecks(2, () => undefined);
    checks.follow(checked(servers));
    await pass(10);
    const before = told.length;
    checks.follow([]);
    await pass(5000);
    expect([gone(), cancelled(), told.length]).toEqual([2, 2, before]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('end with the checks', async () => {
    const { checks, servers, gone } = someChecks(2, () => GOOD);
    checks.follow(checked(servers));
    await pass(10);
    checks.close();
    expect([gone(), vi.getTimerCount()]).toEqual([0, 0]);
  });

  it('keep their counts where nothing has changed, and the state of the server where something has', async () => {
    const { checks, servers, told, times } = someChecks(1, () => BAD);
    checks.follow(checked(servers));
    await pass(2500);
    checks.follow(checked(servers));
    await pass(600);
    expect(told.at(-1)?.facts).toMatchObject({ state: 'down', fails: 4 });
    expect(times()).toEqual([0, 1000, 2000, 3000]);
    checks.follow(checked(servers, { interval: 2000 }));
    expect(told.at(-1)).toMatchObject({ state: 'down', isRefused: false, facts: { fails: 0 } });
    await pass(0);
    expect(times()).toEqual([0, 1000, 2000, 3000, 3100]);
  });

  it('take what they have found with them when there are none any more', async () => {
    const { checks, servers, told } = someChecks(1, () => BAD);
    checks.follow(checked(servers));
    await pass(100);
    expect(told.at(-1)).toMatchObject({ state: 'down' });
    checks.follow(unchecked(servers));
    expect(told.at(-1)).toMatchObject({ state: 'unknown', facts: undefined });
  });

  it('begin with what they are told that a server is', () => {
    const { checks, servers, told } = someChecks(1, () => GOOD);
    checks.follow(checked(servers, { initial: 'down' }));
    expect(told[0]).toMatchObject({ state: 'down', reason: 'not checked yet', isRefused: true });
  });
});

describe('a suspect', () => {
  it('is tried at once, and nothing changes if it takes the connection', async () => {
    const { checks, servers, asked, told } = someChecks(2, () => CONNECTED);
    checks.follow(unchecked(servers));
    await pass(5000);
    expect(asked).toEqual([]);
    checks.suspect(servers[1] as Server);
    await pass(0);
    expect(asked).toEqual([{ host: 's1', at: 5000, isTry: true }]);
    await pass(1000);
    expect(asked.map(({ at }) => at)).toEqual([5000, 5250]);
    expect(told.at(-1)).toMatchObject({
      state: 'up',
      facts: { kind: 'tcp', lastResult: 'connected in 1 ms' },
    });
    await pass(60_000);
    expect(asked).toHaveLength(2);
  });

  it('is tried no more often than four times a second, and twice more behind the last that was said', async () => {
    const { checks, servers, times } = someChecks(1, () => CONNECTED);
    checks.follow(unchecked(servers));
    for (let i = 0; i < 100; i++) {
      checks.suspect(servers[0] as Server);
      await pass(10);
    }
    await pass(10_000);
    expect(times()).toEqual([0, 250, 500, 750, 1000, 1250]);
  });

  it('has one try at a time', async () => {
    const { checks, servers, times } = someChecks(1, () => undefined);
    checks.follow(unchecked(servers));
    for (let i = 0; i < 10; i++) {
      checks.suspect(servers[0] as Server);
      await pass(300);
    }
    expect(times()).toEqual([0]);
  });

  it('is down when nobody listens there, and is tried ever less until somebody does', async () => {
    let result = REFUSED;
    const { checks, servers, times, told } = someChecks(1, () => result);
    checks.follow(unchecked(servers));
    checks.suspect(servers[0] as Server);
    await pass(0);
    expect(told.at(-1)).toMatchObject({ state: 'down', reason: 'connect refused', isRefused: true });
    await pass(40_000);
    const gaps = times().map((at, i) => at - (times()[i - 1] ?? 0));
    expect(gaps[1]).toBeGreaterThanOrEqual(450);
    expect(gaps[1]).toBeLessThanOrEqual(550);
    expect(gaps.at(-1)).toBeGreaterThanOrEqual(4500);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(5500);
    result = CONNECTED;
    await pass(5500);
    expect(told.at(-1)).toMatchObject({ state: 'up', reason: '', isRefused: false });
    const count = times().length;
    await pass(60_000);
    expect(times()).toHaveLength(count);
  });

  it('is tried again at once when something says that it is back', async () => {
    let result = REFUSED;
    const { checks, servers, states } = someChecks(1, () => result);
    checks.follow(unchecked(servers));
    checks.suspect(servers[0] as Server);
    await pass(30_000);
    result = CONNECTED;
    checks.revive(servers[0] as Server);
    await pass(0);
    expect(states().at(-1)).toBe('up');
  });

  it('is looked at again when it takes a last connection, or breaks one, while it is being killed', async () => {
    const results = [CONNECTED, BAD, BAD, REFUSED];
    const { checks, servers, states, times } = someChecks(1, () => results.shift());
    checks.follow(unchecked(servers));
    checks.suspect(servers[0] as Server);
    await pass(300);
    expect(times()).toEqual([0, 250]);
    checks.suspect(servers[0] as Server);
    await pass(600);
    expect(times()).toEqual([0, 250, 500, 750]);
    expect(states().at(-1)).toBe('down');
  });

  it('is not down for a connection that only took too long', async () => {
    const { checks, servers, states, times } = someChecks(1, () => BAD);
    checks.follow(unchecked(servers));
    checks.suspect(servers[0] as Server);
    await pass(60_000);
    expect(states()).not.toContain('down');
    expect(times()).toEqual([0, 250, 500]);
    checks.retry(servers[0] as Server);
    await pass(60_000);
    expect(times()).toHaveLength(4);
  });

  it('stays down while it cannot be connected to, whatever becomes of the refusal', async () => {
    let result = REFUSED;
    const { checks, servers, told } = someChecks(1, () => result);
    checks.follow(unchecked(servers));
    checks.suspect(servers[0] as Server);
    await pass(0);
    result = BAD;
    await pass(60_000);
    expect(told.at(-1)).toMatchObject({ state: 'down', isRefused: true });
  });
});

describe('a suspect that is checked, too', () => {
  it('is down at the first refusal, and up when its checks have risen', async () => {
    let isThere = true;
    const { checks, servers, told, states, asked } = someChecks(1, ({ isTry }) => {
      if (!isThere) return REFUSED;
      return isTry ? CONNECTED : GOOD;
    });
    checks.follow(checked(servers));
    await pass(10);
    isThere = false;
    checks.suspect(servers[0] as Server);
    await pass(0);
    expect(told.at(-1)).toMatchObject({ state: 'down', isRefused: true, facts: { fails: 3 } });
    await pass(5000);
    isThere = true;
    checks.revive(servers[0] as Server);
    await pass(5);
    expect(asked.at(-1)).toMatchObject({ isTry: false });
    expect(told.at(-1)).toMatchObject({ state: 'down', isRefused: false, facts: { passes: 1 } });
    await pass(1000);
    expect(states().at(-1)).toBe('up');
  });

  it('is suspected by a check that is refused: said twice, it is certain', async () => {
    let isThere = true;
    const { checks, servers, told } = someChecks(1, () => (isThere ? GOOD : REFUSED));
    checks.follow(checked(servers));
    await pass(500);
    isThere = false;
    await pass(505);
    expect(told.at(-1)).toMatchObject({ state: 'down', reason: 'connect refused' });
  });

  it('shows what its last check has found, not that a connection was taken', async () => {
    const { checks, servers, told } = someChecks(1, ({ isTry }) => (isTry ? CONNECTED : BAD));
    checks.follow(checked(servers));
    await pass(10);
    checks.suspect(servers[0] as Server);
    await pass(10);
    expect(told.at(-1)).toMatchObject({ state: 'down', facts: { lastResult: '503 instead of 200-399' } });
  });

  it('stays down after a reload that changes how it is checked', async () => {
    const { checks, servers, told } = someChecks(1, () => REFUSED);
    checks.follow(checked(servers));
    await pass(100);
    checks.follow(unchecked(servers));
    expect(told.at(-1)).toMatchObject({ state: 'down', reason: 'connect refused', isRefused: true });
  });
});
