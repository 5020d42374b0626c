import { describe, expect, it } from 'vitest';
import { byPeakEwma } from '../../candidacy/by-peak-ewma.ts';
import type { Outcome } from '../../src/core/types.ts';
import { FAILED } from './closed-loop.ts';
import { Bench, faultsIn } from './support.ts';

const answer = (firstByte: number, status = 200): Outcome => ({
  kind: 'answered',
  status,
  firstByte,
  total: firstByte + 1000,
});

/** One server, and what it counts as. */
class Costs {
  readonly bench = new Bench([{ id: 'a' }]);
  readonly #chain;

  constructor(given: unknown = {}) {
    this.#chain = this.bench.chain([[byPeakEwma, given]]);
  }

  hear(outcome: Outcome, after = 0): void {
    const { bench } = this;
    const done = bench.board.begin(bench.server('a'), bench.now);
    bench.now += after;
    done(outcome, bench.now);
  }

  get cost(): number {
    const [step] = this.bench.explain(this.#chain);
    return step?.scores?.[0]?.score ?? Number.NaN;
  }
}

describe('the score of byPeakEwma', () => {
  it('takes the first answer as it is, by its first byte', () => {
    const costs = new Costs();
    costs.hear(answer(40));
    expect(costs.cost).toBe(40);
  });

  it('jumps to a slower answer at once and comes down slowly', () => {
    const costs = new Costs();
    costs.hear(answer(10));
    costs.hear(answer(200), 10);
    expect(costs.cost).toBe(200);
    costs.hear(answer(10), 1000);
    expect(costs.cost).toBeCloseTo(200 * Math.exp(-0.1) + 10 * (1 - Math.exp(-0.1)), 9);
  });

  it('falls while nothing is sent there', () => {
    const costs = new Costs({ tau: '2s' });
    costs.hear(answer(100));
    costs.bench.now += 4000;
    expect(costs.cost).toBeCloseTo(100 * Math.exp(-2), 9);
  });

  it('stops falling for a request that is sent, and counts what is under way', () => {
    const costs = new Costs();
    costs.hear(answer(100));
    costs.bench.now += 60_000;
    expect(costs.cost).toBeLessThan(1);
    costs.bench.board.begin(costs.bench.server('a'), costs.bench.now);
    expect(costs.cost).toBe(200);
    costs.bench.now += 10_000;
    expect(costs.cost).toBeCloseTo(200 * Math.exp(-1), 9);
  });

  it.each<[string, Outcome]>([
    ['no connection', FAILED],
    ['a 503', answer(1, 503)],
    ['a 500', answer(1, 500)],
    ['a 429', answer(1, 429)],
  ])('is the penalty for %s, however fast', (_, outcome) => {
    const costs = new Costs({ penalty: '3s' });
    costs.hear(answer(10));
    costs.hear(outcome, 1);
    expect(costs.cost).toBe(3000);
  });

  it.each<[string, Outcome]>([
    ['a client that left', { kind: 'failed', side: 'client', reason: 'client_abort', unsent: false }],
    ['a fault of this proxy', { kind: 'failed', side: 'proxy', reason: 'connect_error', unsent: true }],
    ['an answer in no time at all', answer(Number.NaN)],
    ['an answer before its request', answer(-5)],
    ['an answer after endless time', answer(Number.POSITIVE_INFINITY)],
  ])('is not changed by %s', (_, outcome) => {
    const costs = new Costs();
    costs.hear(answer(10));
    costs.hear(outcome);
    expect(costs.cost).toBe(10);
  });

  it('is nothing for a server that was there from the start, and that of the first request then', () => {
    const costs = new Costs();
    expect(costs.cost).toBe(0);
    costs.bench.board.begin(costs.bench.server('a'), costs.bench.now);
    expect(costs.cost).toBe(60);
  });

  it('is doubled by half the weight', () => {
    const costs = new Costs();
    costs.hear(answer(10));
    costs.bench.board.setHand('web', 'a', { state: 'ready', weight: 0.5, reason: '' });
    expect(costs.cost).toBe(20);
  });

  it('refuses a tau of nothing', () => {
    expect(faultsIn(byPeakEwma, '0s')).toEqual(['expected a tau above 0']);
  });
});

describe('a server that is new to byPeakEwma', () => {
  it('does not take all before its first answer', () => {
    const bench = new Bench(['a', 'b', 'c'].map((id) => ({ id })));
    const chain = bench.chain([byPeakEwma]);
    const chosen = Array.from({ length: 30 }, () => {
      bench.now += 1;
      const server = bench.decide(chain).chosen!;
      const done = bench.board.begin(server, bench.now);
      if (server.id !== 'c') done(answer(10), bench.now);
      return server.id;
    });
    expect(chosen.filter((id) => id === 'c')).toHaveLength(1);
  });
});
