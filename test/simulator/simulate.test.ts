import { afterEach, describe, expect, it, vi } from 'vitest';
import { defineCandidacy } from '../../src/core/candidacy.ts';
import { ProxySide } from '../../src/simulator/proxy-side.ts';
import { simulate } from '../../src/simulator/simulate.ts';
import { aPolicy, aScenario, run } from './support.ts';

const SMALL = {
  servers: { count: 10, cores: 4, speeds: [1, 0.5] },
  proxies: 4,
  load: 0.7,
  duration: '4s',
  warmup: '1s',
} as const;

afterEach(() => {
  vi.restoreAllMocks();
});

describe('a simulation', () => {
  it('gives the same digits for the same seed, and others for another', async () => {
    const scenario = aScenario({ ...SMALL, duration: '2s', antagonists: { share: 0.3, on: '500ms' } });
    const full = await aPolicy('full');
    expect(run(scenario, full, 3)).toEqual(run(scenario, await aPolicy('full'), 3));
    expect(run(scenario, full, 4).checksum).not.toBe(run(scenario, full, 3).checksum);
  });

  it('lets every policy meet the same requests', async () => {
    const scenario = aScenario(SMALL);
    const [one, other] = [run(scenario, await aPolicy('default')), run(scenario, await aPolicy('random'))];
    expect(one.requests).toBe(other.requests);
    expect(one.checksum).not.toBe(other.checksum);
  });

  it('says exactly what the interface says', async () => {
    const result = run(aScenario({ ...SMALL, name: 'small' }), await aPolicy('default'), 9);
    expect(Object.keys(result)).toEqual([
      'scenario',
      'chain',
      'seed',
      'requests',
      'errors',
      'p50',
      'p90',
      'p99',
      'p999',
      'maxShare',
      'decisionsPerSecond',
      'checksum',
    ]);
    expect(result).toMatchObject({ scenario: 'small', chain: 'default', seed: 9, errors: 0 });
    expect(result.p50).toBeLessThan(result.p90);
    expect(result.p99).toBeLessThan(result.p999);
    expect(result.maxShare).toBeGreaterThan(0.1);
  });

  it('ends with an error when a request stays under way beyond its timeout', async () => {
    vi.spyOn(ProxySide.prototype, 'isOpen', 'get').mockReturnValue(true);
    const scenario = aScenario({ ...SMALL, name: 'leak', timeout: '200ms' });
    const policy = await aPolicy('random');
    expect(() => run(scenario, policy)).toThrow(/^leak: a request is under way 200 ms after the last one/);
  });

  it('counts what takes longer than the timeout as failed, and as so long', async () => {
    const scenario = aScenario({ ...SMALL, load: 2, timeout: '200ms' });
    const result = run(scenario, await aPolicy('random'));
    expect(result.errors / result.requests).toBeGreaterThan(0.5);
    expect(result.p999).toBe(200);
  });

  it('tells of links that fail, and decides without them', async () => {
    const broken = defineCandidacy({
      name: 'broken',
      create: () => () => {
        throw new Error('no');
      },
    });
    const random = await aPolicy('random');
    const links = [{ name: 'broken', candidacy: broken, options: undefined }, ...random.links];
    const faults: string[] = [];
    const result = simulate(
      aScenario(SMALL),
      { ...random, links },
      {
        seed: 1,
        clock: () => 0,
        onFault: (link, message) => faults.push(`${link}: ${message}`),
      },
    );
    expect(result.errors).toBe(0);
    expect(new Set(faults)).toEqual(new Set(['broken: no']));
  });

  it('counts decisions on the clock it is handed', async () => {
    let now = 0;
    const clock = () => {
      now += 500;
      return now;
    };
    const result = simulate(aScenario(SMALL), await aPolicy('random'), { seed: 1, clock });
    expect(result.decisionsPerSecond).toBeGreaterThan(2 * result.requests);
  });
});

describe('choices in a simulation', () => {
  const stale = aScenario({
    servers: { count: 20, cores: 4 },
    proxies: 4,
    load: 0.7,
    duration: '8s',
    warmup: '5s',
  });

  it('by old load averages alone are ten times as slow as the default chain', async () => {
    const textbook = run(stale, await aPolicy('textbookBackhand'));
    expect(textbook.p99).toBeGreaterThan(10 * run(stale, await aPolicy('default')).p99);
  });

  it('of the default chain are as good as exact counts where there is one proxy', async () => {
    const scenario = aScenario({ ...SMALL, servers: { count: 20, cores: 4, speeds: [1, 0.5] }, proxies: 1 });
    const own = run(scenario, await aPolicy('leastConnections'));
    expect(run(scenario, await aPolicy('default')).p99).toBeLessThan(1.1 * own.p99);
  });

  it('go by the measured speed, however it is disturbed', async () => {
    const scenario = aScenario({ ...SMALL, load: 0.3, reports: { noise: 0 } });
    const noisy = aScenario({ ...SMALL, load: 0.3, reports: { noise: 1.5 } });
    const policy = await aPolicy('default');
    expect(run(noisy, policy).p99).toBeGreaterThan(1.1 * run(scenario, policy).p99);
  });
});
