import { describe, expect, it } from 'vitest';
import { streamsOf } from '../../src/simulator/draws.ts';
import { Traffic } from '../../src/simulator/traffic.ts';
import { aPolicy, aScenario, NO_PROBES, run } from './support.ts';

const CALM = {
  servers: { count: 10, cores: 4 },
  proxies: 2,
  load: 0.5,
  duration: '6s',
  warmup: '1s',
} as const;

const share = ({ errors, requests }: { readonly errors: number; readonly requests: number }): number =>
  errors / requests;

describe('servers that fail', () => {
  it('with errors at once draw requests where nobody minds, and few where they are ejected', async () => {
    const scenario = aScenario({ ...CALM, failures: [{ kind: 'errors', servers: 1 }] });
    const naive = run(scenario, await aPolicy('leastConnections'));
    expect(share(naive)).toBeGreaterThan(0.1);
    expect(naive.maxShare).toBeCloseTo(share(naive), 2);
    expect(share(run(scenario, await aPolicy('default')))).toBeLessThan(0.005);
  });

  it('by a crash lose what they work on, and refuse what comes, until they are back', async () => {
    const crash = { kind: 'crash', servers: 2, from: '2s', for: '2s' } as const;
    const scenario = aScenario({ ...CALM, failures: [crash] });
    const random = await aPolicy('random');
    expect(share(run(scenario, random))).toBeCloseTo((2 / 10) * (2 / 5), 1);
    const forGood = aScenario({
      ...CALM,
      failures: [{ ...crash, for: undefined }].map(({ for: _, ...rest }) => rest),
    });
    expect(share(run(forGood, random))).toBeGreaterThan(1.5 * share(run(scenario, random)));
  });

  it('by a crash end what waited there without work once, and the run comes to its end', async () => {
    const scenario = aScenario({
      servers: { count: 8 },
      load: 0.7,
      keys: { count: 1000, cached: 100 },
      longPolls: { share: 0.05, hold: '4s' },
      retries: { attempts: 1 },
      failures: [{ kind: 'crash', servers: 2, from: '5s', for: '1s' }],
      timeout: '3s',
      duration: '10s',
      warmup: '4s',
    });
    // All go to the first server that is not ejected.
    const { links, ...policy } = await aPolicy('default');
    const { requests } = run(scenario, { ...policy, links: links.slice(0, 2) });
    expect(requests).toBeGreaterThan(1000);
  });

  it('cost nobody anything where a refused request is tried elsewhere', async () => {
    const failures = [{ kind: 'crash', servers: 2, from: '2s', for: '2s' }];
    const scenario = aScenario({ ...CALM, failures, retries: { attempts: 3, budget: 0.2 } });
    expect(run(scenario, await aPolicy('random')).errors).toBeLessThan(5);
  });

  it('and lose requests that were sent have them tried again within the budget', async () => {
    const lost = async (budget: number): Promise<number> => {
      const overloaded = {
        ...CALM,
        load: 1.5,
        duration: '3s',
        failures: [{ kind: 'crash', servers: 5, from: '2s', for: '1ms' }],
      };
      return run(aScenario({ ...overloaded, retries: { attempts: 5, budget } }), await aPolicy('random'))
        .errors;
    };
    expect(await lost(1)).toBeLessThan(0.2 * (await lost(0)));
  });

  it('by a deployment are away one after the other, and slow for a while', async () => {
    const deploy = {
      kind: 'deploy',
      servers: 10,
      from: '1s',
      every: '200ms',
      down: '100ms',
      cold: '3s',
    } as const;
    const wave = run(aScenario({ ...CALM, failures: [deploy] }), await aPolicy('default'));
    const warm = run(aScenario({ ...CALM, failures: [{ ...deploy, slower: 1 }] }), await aPolicy('default'));
    expect(share(wave)).toBeGreaterThan(0);
    expect(share(wave)).toBeLessThan(0.05);
    expect(wave.p99).toBeGreaterThan(1.5 * warm.p99);
  });
});

describe('agents that lie', () => {
  it('draw some requests to a server that says it is idle, until we have more there than it counts', async () => {
    const facts = { ...CALM, proxies: 4, load: 0.7, reports: { noise: 0 } };
    const scenario = aScenario({ ...facts, failures: [{ kind: 'lies', servers: 1, says: 'idle' }] });
    const policy = await aPolicy('default');
    const drawn = run(scenario, policy).maxShare / run(aScenario(facts), policy).maxShare;
    expect(drawn).toBeGreaterThan(1.15);
    expect(drawn).toBeLessThan(1.5);
    const own = await aPolicy('leastConnections');
    expect(run(scenario, own).maxShare).toBeLessThan(1.1 * run(aScenario(facts), own).maxShare);
  });

  it('that say nonsense are refused, and their servers are chosen as if nobody knew them', async () => {
    const scenario = aScenario({ ...CALM, failures: [{ kind: 'lies', servers: 2, says: 'nonsense' }] });
    for (const name of ['default', 'full']) {
      const result = run(scenario, await aPolicy(name));
      expect(result.errors).toBe(0);
      expect(result.maxShare).toBeLessThan(0.25);
    }
  });
});

describe('probes', () => {
  const scenario = (probes: object) =>
    aScenario({
      servers: { count: 20, cores: 4 },
      proxies: 20,
      load: 0.85,
      duration: '1500ms',
      warmup: '500ms',
      probes,
    });

  it('make choices better where proxies know little, and lost ones do not hurt much', async () => {
    const policy = await aPolicy('full', { answers: false, probe: NO_PROBES });
    const blind = run(scenario({}), policy).p99;
    const probed = run(scenario({ perRequest: 2 }), policy).p99;
    expect(probed).toBeLessThan(0.8 * blind);
    expect(run(scenario({ perRequest: 2, loss: 0.1 }), policy).p99).toBeLessThan(1.2 * probed);
  });

  it('that are waited for delay every request by their round trip, or by the wait', async () => {
    const policy = await aPolicy('random', { probe: NO_PROBES });
    const without = run(scenario({}), policy);
    const waited = run(scenario({ servers: 3, roundTrip: '2ms', wait: '10ms' }), policy);
    const inVain = run(scenario({ servers: 3, roundTrip: '50ms', wait: '10ms' }), policy);
    expect(waited.p50 - without.p50).toBeGreaterThan(1);
    expect(waited.p50 - without.p50).toBeLessThan(3);
    expect(inVain.p50 - without.p50).toBeGreaterThan(8);
  });
});

describe('unequal traffic', () => {
  it('of keys is faster where servers remember them', async () => {
    const keys = { count: 1000, cached: 200, hit: 0.2 };
    const facts = { ...CALM, load: 0.8 };
    const random = await aPolicy('random');
    const cold = run(aScenario({ ...facts, keys: { ...keys, cached: 0 } }), random);
    expect(run(aScenario({ ...facts, keys }), random).p50).toBeLessThan(0.7 * cold.p50);
  });

  it('of proxies comes to the first so many times as often', () => {
    const scenario = aScenario({ ...CALM, proxies: { count: 4, firstSends: 10 } });
    const traffic = new Traffic(scenario, streamsOf(1));
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < 13_000; i++) counts[traffic.proxy()]! += 1;
    expect(counts[0]! / 10_000).toBeCloseTo(1, 1);
    for (const count of counts.slice(1)) expect(count / 1000).toBeCloseTo(1, 0);
  });

  it('of long polls holds requests in flight without slowing the others down', async () => {
    const scenario = aScenario({ ...CALM, longPolls: { share: 0.1, hold: '2s' } });
    const random = await aPolicy('random');
    const [polled, plain] = [run(scenario, random), run(aScenario(CALM), random)];
    expect(polled.p99 / plain.p99).toBeCloseTo(1, 0);
    expect(polled.errors).toBe(0);
  });

  it('of clocks does not change what is known', async () => {
    const reports = { every: '500ms', delay: '20ms' };
    const policy = await aPolicy('default');
    const skewed = run(aScenario({ ...CALM, reports: { ...reports, skew: '1s' } }), policy);
    expect(skewed.p99 / run(aScenario({ ...CALM, reports }), policy).p99).toBeCloseTo(1, 0);
  });
});
