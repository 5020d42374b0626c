import { describe, expect, it } from 'vitest';
import { aPolicy, aScenario, meanLatency } from './support.ts';

/** Probability that a request meets k busy servers (Erlang C). */
const erlangC = (cores: number, offered: number): number => {
  let blocking = 1;
  for (let i = 1; i <= cores; i++) blocking = (offered * blocking) / (i + offered * blocking);
  return blocking / (1 - (offered / cores) * (1 - blocking));
};

const SERVICE = 10;

/** Mean time in an M/M/k queue; limited processor sharing has the same, as it ends requests at the same rate. */
const theory = (cores: number, load: number): number =>
  SERVICE + (SERVICE * erlangC(cores, load * cores)) / (cores * (1 - load));

describe('one server and one proxy', () => {
  it.each([
    ['M/M/1-PS', 'exponential', 1, 0.5, theory(1, 0.5)],
    ['M/M/4', 'exponential', 4, 0.8, theory(4, 0.8)],
    ['M/D/1-PS, which has the mean of M/M/1', 'constant', 1, 0.5, theory(1, 0.5)],
    ['M/G/1-PS with long and short work', 'bimodal', 1, 0.5, theory(1, 0.5)],
  ] as const)('take as long as theory says: %s', async (_, distribution, cores, load, expected) => {
    const scenario = aScenario({
      servers: { count: 1, cores },
      load,
      work: { mean: '10ms', distribution },
      reports: { every: '60s' },
      timeout: '1h',
      duration: `${Math.round(600 / (load * cores))}s`,
      warmup: '5s',
    });
    const mean = meanLatency(scenario, await aPolicy('random'));
    expect(mean / expected).toBeGreaterThan(0.95);
    expect(mean / expected).toBeLessThan(1.05);
  });

  it('are as slow as antagonists make them, while the load is the same part of what is left', async () => {
    const disturbed = { share: 0.5, speed: 0.4, on: '20ms' };
    const facts = {
      servers: { count: 1, cores: 1 },
      load: 0.3,
      work: { distribution: 'exponential' as const },
    };
    const rest = { reports: { every: '60s' }, duration: '500s', warmup: '1s' };
    const policy = await aPolicy('random');
    const calm = meanLatency(aScenario({ ...facts, ...rest }), policy);
    const slow = meanLatency(aScenario({ ...facts, ...rest, antagonists: disturbed }), policy);
    expect(calm / theory(1, 0.3)).toBeCloseTo(1, 1);
    // Speeds change as often as requests come: about as if it had its mean speed, 0.7, all the time.
    expect((slow * 0.7) / theory(1, 0.3)).toBeGreaterThan(1);
    expect((slow * 0.7) / theory(1, 0.3)).toBeLessThan(1.35);
  });
});
