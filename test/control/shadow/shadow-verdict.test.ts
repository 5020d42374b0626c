import { describe, expect, it } from 'vitest';
import { type ShadowFacts, shadowVerdict } from '../../../src/control/shadow/shadow-verdict.ts';

const good: ShadowFacts = {
  decisions: 10_000,
  refused: 0,
  faults: 0,
  isBypassed: false,
  delayRatio: 1.05,
  herdingRatio: 1.25,
  costUs: 10,
};

describe('the verdict on a shadow chain', () => {
  it('is that it is safe to switch where nothing stands against it', () => {
    expect(shadowVerdict(good)).toEqual({ isSafe: true, text: 'safe to switch' });
    expect(shadowVerdict({ ...good, delayRatio: 0.7, herdingRatio: null, costUs: null }).isSafe).toBe(true);
  });

  it.each<[Partial<ShadowFacts>, string]>([
    [{ decisions: 9999 }, 'not yet: 9999 of the 10000 decisions that it takes'],
    [{ faults: 1 }, 'not yet: 1 faults of its functions'],
    [{ isBypassed: true }, 'not yet: a function of it is bypassed'],
    [{ refused: 3 }, 'not yet: it left no server for 3 requests'],
    [{ delayRatio: 1.06 }, 'not yet: its servers are expected to take 1.06 times as long (at most 1.05)'],
    [
      { herdingRatio: 1.3 },
      'not yet: it sends 1.30 times as many requests to one server within 100 ms (at most 1.25)',
    ],
    [{ costUs: 10.1 }, 'not yet: a decision takes 10.1 us (at most 10)'],
    [{ delayRatio: null, herdingRatio: null }, 'not yet: it has not chosen a server yet'],
    [{ faults: 2, costUs: 30 }, 'not yet: 2 faults of its functions; a decision takes 30.0 us (at most 10)'],
  ])('%j: %s', (facts, text) => {
    expect(shadowVerdict({ ...good, ...facts })).toEqual({ isSafe: false, text });
  });
});
