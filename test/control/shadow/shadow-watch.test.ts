import { expect, it, onTestFinished } from 'vitest';
import { shadowViews } from '../../../src/control/shadow/shadow-views.ts';
import { ShadowWatch } from '../../../src/control/shadow/shadow-watch.ts';
import type { ShadowView } from '../../../src/control/views/views.ts';

const aView = (facts: Partial<ShadowView>): ShadowView => {
  const [view] = shadowViews([
    {
      pool: 'web',
      links: ['byAge'],
      share: 1,
      key: 'k',
      cells: new Float64Array(),
      lastFault: null,
      isBypassed: false,
    },
  ]);
  if (!view) throw new TypeError('no view');
  return { ...view, ...facts };
};

it('a change of the verdict is told once, by its pool', () => {
  let views: readonly ShadowView[] = [];
  const told: string[] = [];
  const watch = new ShadowWatch(() => views, {
    add: (kind, message, level) => told.push(`${kind} ${level} ${message}`),
  });
  onTestFinished(() => watch.close());
  const look = (...now: readonly ShadowView[]): readonly string[] => {
    views = now;
    watch.look();
    return told.splice(0);
  };
  const safe = aView({ isSafe: true, verdict: 'safe to switch' });
  const bad = aView({ isSafe: false, verdict: 'not yet: 1 faults of its functions' });
  expect(look(bad)).toEqual([]);
  expect(look(safe)).toEqual(['shadow_verdict info the shadow chain of pool web: safe to switch']);
  expect(look(safe)).toEqual([]);
  expect(look(bad)).toEqual([
    'shadow_verdict warn the shadow chain of pool web: not yet: 1 faults of its functions',
  ]);
  expect(look(safe)).toHaveLength(1);
  // One that has gone, and comes again, begins as one that is not safe.
  expect(look()).toEqual([]);
  expect(look(bad)).toEqual([]);
});
