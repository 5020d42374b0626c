import { describe, expect, it } from 'vitest';
import type { AnyDecision } from '../../src/cli/decisions.ts';
import { NewDecisions } from '../../src/cli/new-decisions.ts';
import { aDecisionView } from '../control/fake-views.ts';

describe('new decisions', () => {
  const open = (id: string): AnyDecision => aDecisionView({ id, outcome: null });
  const ids = (list: readonly AnyDecision[]): readonly string[] => list.map(({ id }) => id);

  it('are held back while their requests are under way, so long as there is patience', () => {
    const fresh = new NewDecisions(2);
    fresh.take([open('old')]);
    const taken = Array.from({ length: 4 }, () => ids(fresh.take([open('1'), open('old')]).decisions));
    expect(taken).toEqual([[], [], ['1'], []]);
  });

  it('are new again with a new process, which gives the same ids', () => {
    const fresh = new NewDecisions(0);
    fresh.take([aDecisionView({ id: '1', at: 1 })]);
    const { decisions, hasGap } = fresh.take([aDecisionView({ id: '1', at: 2 })]);
    expect([ids(decisions), hasGap]).toEqual([['1'], true]);
  });
});
