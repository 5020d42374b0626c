import { describe, expect, it } from 'vitest';
import { decisionField } from '../../../src/control/decisions/decision-field.ts';
import type { DecisionView } from '../../../src/control/views/views.ts';
import { aDecisionView } from '../fake-views.ts';

const manySteps = (count: number, entries: number): DecisionView['steps'] =>
  Array.from({ length: count }, (_, i) => ({
    name: `step${i}`,
    before: entries,
    after: entries,
    us: 1,
    dropped: Array.from({ length: entries }, (_, j) => ({ id: `10.0.0.${j}:3000`, reason: 'age 4.1s > 3s' })),
    scores: Array.from({ length: entries }, (_, j) => ({ id: `10.0.0.${j}:3000`, score: j })),
  }));

const parsed = (view: DecisionView) => {
  const text = decisionField(view, { server: 'web-2', attempts: 2 });
  expect(text.length).toBeLessThanOrEqual(4096);
  expect(text).toMatch(/^[\x20-\x7e]*$/);
  return JSON.parse(text);
};

describe('a decision as a field', () => {
  it('says what was decided, why, and what became of it so far', () => {
    const view = aDecisionView();
    expect(parsed(view)).toMatchObject({
      chosen: 'web-1',
      why: view.why,
      delivery: 'proxy',
      pool: 'web',
      route: 'everything',
      seed: 7,
      attempts: 2,
      server: 'web-2',
      ranked: ['web-1', 'web-2'],
      steps: [{ name: 'byAge', before: 3, after: 2 }, { scores: [{ id: 'web-1', score: 0.42 }] }],
    });
  });

  it('has what functions say besides', () => {
    const steps = [{ name: 'notEjected', before: 3, after: 3, dropped: [], note: 'panic', us: 1 }];
    expect(parsed(aDecisionView({ steps })).steps[0].note).toBe('panic');
  });

  it('leaves notes out where they are too long', () => {
    const note = 'x'.repeat(9000);
    const steps = manySteps(20, 0).map((step) => ({ ...step, note }));
    const field = parsed(aDecisionView({ steps }));
    expect(field.steps).toHaveLength(20);
    expect(field.steps[0]).not.toHaveProperty('note');
  });

  it('has no character that a field may not have', () => {
    const why = 'é\u0000\r\n"\u2028\u{1f600}\u007f won';
    expect(parsed(aDecisionView({ why })).why).toBe(why);
  });

  it.each([
    [4, 20, 5],
    [20, 20, 1],
    [40, 50, undefined],
  ])('is cut to fit: %i steps with %i entries keep %j of each', (steps, entries, kept) => {
    const field = parsed(aDecisionView({ steps: manySteps(steps, entries) }));
    expect(field.steps).toHaveLength(steps);
    expect(field.steps[0].scores?.length).toBe(kept);
    expect(field.why).toContain('won');
  });

  it('names steps with their counts where there are too many', () => {
    const { steps } = parsed(aDecisionView({ steps: manySteps(64, 0), why: 'x'.repeat(3000) }));
    expect(steps).toMatch(/^step0 0>0, step1 0>0/);
  });

  it('is short whatever its texts are', () => {
    const field = parsed(
      aDecisionView({ why: '\u00e9'.repeat(9000), steps: manySteps(64, 3), route: '\u00e9'.repeat(900) }),
    );
    expect(field.chosen).toBe('web-1');
  });
});
