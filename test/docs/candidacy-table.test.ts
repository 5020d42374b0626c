import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { builtIns } from '../../candidacy/index.ts';
import type { Candidacy } from '../../src/core/candidacy.ts';
import { z } from '../../src/core/options.ts';
import { faultsIn } from '../candidacy/support.ts';

const PAGE = new URL('../../docs/candidacy.md', import.meta.url);
const MARKS = /(<!-- table: .* -->\n)([\s\S]*?)(<!-- \/table -->)/;

type Shape = z.core.JSONSchema._JSONSchema;

/** As one writes it; of a mapping what each of its keys is by itself. */
const presetOf = (shape: Shape): string => {
  if (typeof shape !== 'object' || shape.default === undefined) return '';
  const { default: preset, anyOf = [] } = shape;
  if (Array.isArray(preset)) return `: [${preset.join(', ')}]`;
  if (typeof preset !== 'object') return `: ${preset}`;
  const keys = [shape, ...anyOf].flatMap((one) =>
    Object.entries(typeof one === 'object' ? (one.properties ?? {}) : {}),
  );
  return `: { ${keys.map(([key, inner]) => key + presetOf(inner)).join(', ')} }`;
};

/** `max: 20s` for an option with a default, its bare name for one without, `needed` where it must be given. */
const optionsOf = ({ options, shorthand }: Candidacy): string => {
  if (!options) return '';
  const { properties = {}, required = [] } = z.toJSONSchema(options, { io: 'input', unrepresentable: 'any' });
  return Object.entries(properties)
    .map(([name, shape]) => {
      const value = presetOf(shape);
      const need = required.includes(name) ? ' (needed)' : '';
      return name === shorthand ? `**\`${name}${value}\`**${need}` : `\`${name}${value}\`${need}`;
    })
    .join(', ');
};

const rowOf = (candidacy: Candidacy): string => {
  const { name, kind, summary } = candidacy;
  return `| [${name}](#${name.toLowerCase()}) | ${kind} | ${optionsOf(candidacy)} | ${summary} |`;
};

const table = (): string =>
  [
    '',
    '| name | kind | options | what it does |',
    '|---|---|---|---|',
    ...[...builtIns.values()].map(rowOf),
    '\n',
  ].join('\n');

if (process.env['UPDATE_DOCS'] === '1') {
  const page = readFileSync(PAGE, 'utf8');
  writeFileSync(
    PAGE,
    page.replace(MARKS, (_, open: string, __, close: string) => open + table() + close),
  );
}

const page = readFileSync(PAGE, 'utf8');
const sections = new Map(
  page
    .split(/^## /m)
    .slice(1)
    .map((text) => [text.split('\n')[0], text]),
);
const examples = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].flatMap(([, text]) => parse(text ?? ''));

/** A bare name has no options; a path is what the configuration resolves. */
const linkIn = (example: unknown): readonly [string, unknown] => {
  if (typeof example === 'string') return [example, {}];
  const [name = '', options] = Object.entries(example as object)[0] ?? [];
  return [name, name === 'byFunction' ? { function: () => [] } : options];
};

describe('docs/candidacy.md', () => {
  it('has the table that the definitions give (UPDATE_DOCS=1 writes it)', () => {
    expect(MARKS.exec(page)?.[2]).toBe(table());
  });

  it('has a section for every built-in function and no other, in the order of the table', () => {
    expect([...sections.keys()]).toEqual([...builtIns.keys()]);
  });

  it.each([...builtIns.values()])(
    'says of $name what it computes, misses, costs, comes from, and how to write it',
    (one) => {
      const text = sections.get(one.name) ?? '';
      for (const part of ['- Formula: ', '- Missing stats: ', '- Cost: ', '- Source: ', '```yaml\n'])
        expect(text).toContain(part);
      expect(text).toContain(one.name);
      expect(text.includes('*Old numbers.*')).toBe(one.ordersByReports);
    },
  );

  it.each(examples.map((example) => ({ example })))(
    'has an example that can be read: $example',
    ({ example }) => {
      const [name, options] = linkIn(example);
      const candidacy = builtIns.get(name);
      expect(candidacy?.name).toBe(name);
      expect(candidacy && faultsIn(candidacy, options)).toEqual([]);
    },
  );
});
