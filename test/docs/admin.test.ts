import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { adminRoutes } from '../../src/control/admin/admin-routes.ts';
import { createMetrics } from '../../src/control/metrics/metrics.ts';
import { parseExposition } from '../control/exposition.ts';
import { fakeParts } from '../control/fake-views.ts';

const text = readFileSync(new URL('../../docs/admin.md', import.meta.url), 'utf8');

it('docs/admin.md has every metric with its type, and no other', async () => {
  const metrics = createMetrics({ ...fakeParts(), pools: () => [], openConnections: () => 0 });
  const families = parseExposition((await metrics.text()).body);
  metrics.close();
  const rows = [...text.matchAll(/^\| `((?:forehand|process|nodejs)_\w+)` \|[^|]*\| (\w+) \|/gm)];
  const documented = rows.map(([, name, type]) => `${name} ${type}`);
  expect(documented.sort()).toEqual([...families].map(([name, { type }]) => `${name} ${type}`).sort());
});

it('docs/admin.md has every path with its method, and no other', () => {
  const rows = [...text.matchAll(/^\| `(GET|POST|PUT) (\/[^`?]*)/gm)].map(
    ([, method, path]) => `${method} ${path}`,
  );
  const routes = [...adminRoutes(fakeParts())].flatMap(([path, here]) =>
    here.map(({ method }) => `${method} ${path}`),
  );
  expect(rows.sort()).toEqual(['GET /', ...routes].sort());
});

it('docs/admin.md has examples that are JSON', () => {
  const blocks = [...text.matchAll(/```json\n(.*?)```/gs)].map(([, block = '']) => block);
  expect(blocks.length).toBeGreaterThan(4);
  for (const block of blocks) expect(() => JSON.parse(block), block).not.toThrow();
});
