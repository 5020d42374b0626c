import { expect, it } from 'vitest';
import { packed } from '../../../src/control/cells/packed.ts';
import { writeShadowFamilies } from '../../../src/control/metrics/metrics-shadow.ts';
import { MetricsText } from '../../../src/control/metrics/metrics-text.ts';
import { CELL_COUNT, CELLS } from '../../../src/control/shadow/shadow-cells.ts';
import { shadowViews } from '../../../src/control/shadow/shadow-views.ts';
import { parseExposition } from '../exposition.ts';

const viewOf = (counts: Partial<Record<keyof typeof CELLS, number>>) => {
  const cells = new Float64Array(CELL_COUNT);
  for (const [name, value] of Object.entries(counts)) cells[CELLS[name as keyof typeof CELLS]] = value;
  return shadowViews([
    { pool: 'web', links: [], share: 1, key: 'k', cells: packed(cells), lastFault: null, isBypassed: false },
  ]);
};

const samples = (counts: Parameters<typeof viewOf>[0]): Readonly<Record<string, number>> => {
  const text = new MetricsText();
  writeShadowFamilies(text, viewOf(counts));
  const lines = String(text).match(/^\w+\{pool="web"\} \S+$/gm) ?? [];
  expect([...parseExposition(String(text)).keys()]).toHaveLength(6);
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf('{')), Number(line.split(' ')[1])]),
  );
};

it('a shadow chain that has not decided has no ratios', () => {
  expect(samples({})).toEqual({
    forehand_shadow_decisions_total: 0,
    forehand_shadow_disagreements_total: 0,
    forehand_shadow_faults_total: 0,
    forehand_shadow_safe: 0,
  });
});

it('a shadow chain is shown against the one in use', () => {
  const counts = {
    decisions: 20_000,
    disagreements: 5000,
    delays: 20_000,
    liveDelay: 40_000,
    shadowDelay: 30_000,
  };
  expect(samples({ ...counts, windows: 10, liveHerd: 2, shadowHerd: 2.2, faults: 1 })).toEqual({
    forehand_shadow_decisions_total: 20_000,
    forehand_shadow_disagreements_total: 5000,
    forehand_shadow_faults_total: 1,
    forehand_shadow_delay_ratio: 0.75,
    forehand_shadow_herding_ratio: 1.1,
    forehand_shadow_safe: 0,
  });
  expect(samples(counts)['forehand_shadow_safe']).toBe(1);
});
