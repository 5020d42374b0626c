import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { TERMINATIONS } from '../../src/control/cells/pool-cells.ts';
import { parseExposition } from '../control/exposition.ts';
import { aFullScrape } from '../control/metrics/a-full-scrape.ts';
import { readSources } from '../imports.ts';

const text = readFileSync(new URL('../../docs/monitoring.md', import.meta.url), 'utf8');

describe('docs/monitoring.md', () => {
  it('has every metric with its type, and no other', async () => {
    const families = [...parseExposition(await aFullScrape())].map(([name, { type }]) => ({ name, type }));
    const ofWorkers = families.filter(({ name }) => /^forehand_workers?(_|$)/.test(name));
    const rows = [...text.matchAll(/^\| `((?:forehand|process|nodejs)_\w+)` \|[^|]*\| (\w+) \|/gm)];
    const documented = rows.map(([, name, type]) => `${name} ${type}`);
    const others = families.filter((family) => !ofWorkers.includes(family));
    expect(documented.sort()).toEqual(others.map(({ name, type }) => `${name} ${type}`).sort());
    for (const { name } of ofWorkers) expect(text).toContain(`\`${name}`);
  });

  it('names the labels that each metric has', async () => {
    const families = parseExposition(await aFullScrape());
    const rows = [...text.matchAll(/^\| `((?:forehand|process|nodejs)_\w+)` \| ([^|]*) \|/gm)];
    for (const [, name = '', cell = ''] of rows) {
      const said = [...cell.replace(/\([^)]*\)/g, '').matchAll(/`(\w+)`/g)].map(([, label]) => label);
      const [sample] = families.get(name)?.samples ?? [];
      const has = Object.keys(sample?.labels ?? {}).filter((label) => label !== 'le' && label !== 'quantile');
      if (sample) expect(said.sort(), name).toEqual(has.sort());
    }
  });

  it('names every way in which a request may end', () => {
    const row = text.split('\n').find((line) => line.startsWith('| `termination`')) ?? '';
    const named = [...row.matchAll(/`(\w+)`/g)].map(([, word]) => word);
    expect(named.slice(1).sort()).toEqual([...TERMINATIONS].sort());
  });

  it('has every kind of event', () => {
    const part = text.slice(text.indexOf('## Events'), text.indexOf('## Log rotation'));
    const rows = part.split('\n').filter((line) => line.startsWith('| `'));
    const named = new Set(rows.flatMap((row) => [...row.matchAll(/`(\w+)`/g)].map(([, kind]) => kind ?? '')));
    const root = fileURLToPath(new URL('../../', import.meta.url));
    const added = [...readSources(root, ['src']).values()].flatMap((source) => [
      ...source.matchAll(/(?:events\.add|events\?\.add)\(\s*'(\w+)'/g),
      ...source.matchAll(/kind: '((?:server|node|script|discovery)_\w+)'/g),
    ]);
    const kinds = [...new Set(added.map(([, kind = '']) => kind))];
    expect(kinds.length).toBeGreaterThan(15);
    expect(kinds.filter((kind) => !named.has(kind))).toEqual([]);
  });

  it('has examples that are JSON', () => {
    const blocks = [...text.matchAll(/```json\n(.*?)```/gs)].map(([, block = '']) => block);
    for (const block of blocks) expect(() => JSON.parse(block), block).not.toThrow();
  });
});
