import { describe, expect, it } from 'vitest';
import type { DecisionView } from '../../../src/control/views/views.ts';
import { JoinedDecisions } from '../../../src/control/workers/joined-decisions.ts';
import { ToldDecisions } from '../../../src/control/workers/told-decisions.ts';

const OUTCOME = { status: 200, termination: 'ok', durationMs: 5, attempts: 1 };

const decision = (id: number, outcome: DecisionView['outcome'] = OUTCOME, at = id): DecisionView => ({
  id: String(id),
  at,
  pool: 'web',
  route: '*/',
  seed: 1,
  request: { method: 'GET', host: '', path: '/', clientIp: '' },
  outcome,
  why: 'a won',
  chosen: 'a',
  delivery: 'proxy',
  ranked: ['a'],
  steps: [],
});

const ids = (decisions: readonly DecisionView[]): readonly string[] => decisions.map(({ id }) => id);

describe('a worker tells its decisions', () => {
  it('once, and once more when a request has ended that was under way', () => {
    const told = new ToldDecisions();
    expect(ids(told.news([decision(7, null), decision(3)]))).toEqual(['7', '3']);
    expect(ids(told.news([decision(7, null), decision(3)]))).toEqual([]);
    expect(ids(told.news([decision(9), decision(7), decision(3)]))).toEqual(['9', '7']);
    expect(ids(told.news([decision(9), decision(7), decision(3)]))).toEqual([]);
    expect(ids(told.news([]))).toEqual([]);
  });
});

describe('the decisions of all workers', () => {
  it('are shown newest first, each with its last outcome', () => {
    const joined = new JoinedDecisions();
    joined.take(1, [decision(5, null, 50), decision(1, OUTCOME, 10)]);
    joined.take(2, [decision(5, OUTCOME, 30)]);
    expect(ids(joined.newest(10))).toEqual(['1-5', '2-5', '1-1']);
    joined.take(1, [decision(5, OUTCOME, 50)]);
    expect(joined.newest(1)).toMatchObject([{ id: '1-5', outcome: { status: 200 } }]);
    expect(joined.newest(10)).toHaveLength(3);
  });

  it('are no more than 200', () => {
    const joined = new JoinedDecisions();
    for (let i = 1; i <= 300; i++) joined.take(1, [decision(i)]);
    expect(joined.newest(1000)).toHaveLength(200);
    expect(ids(joined.newest(1))).toEqual(['1-300']);
  });
});
