import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type ParsedSample, parseExposition } from '../control/exposition.ts';
import { aFullScrape } from '../control/metrics/a-full-scrape.ts';
import { hasPromtool, promtool } from '../support/promtool.ts';
import { mentionsIn } from './promql.ts';

const file = (name: string): string => fileURLToPath(new URL(`../../contrib/${name}`, import.meta.url));

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

interface Board {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly type: string; readonly definition?: string }[] };
}

interface Rule {
  readonly alert: string;
  readonly expr: string;
}

const board = JSON.parse(readFileSync(file('grafana/forehand.json'), 'utf8')) as Board;
const alerts = parse(readFileSync(file('prometheus/alerts.yaml'), 'utf8')) as {
  groups: { rules: Rule[] }[];
};

const expressions: readonly (readonly [where: string, expr: string])[] = [
  ...board.panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => [`panel ${title}`, expr] as const),
  ),
  ...board.templating.list.flatMap(({ definition }) =>
    definition === undefined ? [] : [[`variable ${definition}`, definition] as const],
  ),
  ...alerts.groups.flatMap(({ rules }) => rules.map(({ alert, expr }) => [`alert ${alert}`, expr] as const)),
];

let samples: readonly ParsedSample[];
beforeAll(async () => {
  samples = [...parseExposition(await aFullScrape()).values()].flatMap((family) => family.samples);
});

const isThere = ({ name, labels }: ReturnType<typeof mentionsIn>[number]): boolean =>
  samples.some((sample) => sample.name === name && labels.every((label) => label in sample.labels));

describe('the board for Grafana and the alerts', () => {
  it('have panels and rules', () => {
    expect(board.panels.filter(({ targets }) => targets).length).toBeGreaterThan(20);
    expect(expressions.length).toBeGreaterThan(50);
  });

  it.each(expressions)(
    '%s asks only for metrics that there are, by labels that they have',
    (_where, expr) => {
      const asked = mentionsIn(expr);
      expect(asked.filter((mention) => !isThere(mention))).toEqual([]);
    },
  );

  it('would not get by with a metric or a label that is not there', () => {
    expect(isThere({ name: 'forehand_open_connections', labels: ['server'] })).toBe(false);
    expect(isThere({ name: 'forehand_nothing', labels: [] })).toBe(false);
  });

  it('reads data from the source that is chosen above the board, and no other', () => {
    const sources = [...readFileSync(file('grafana/forehand.json'), 'utf8').matchAll(/"uid": "([^"]*)"/g)];
    const others = sources.map(([, uid]) => uid).filter((uid) => uid !== 'forehand');
    expect(new Set(others)).toEqual(new Set([`${'$'}{datasource}`]));
    expect(board.templating.list.map(({ type }) => type)).toContain('datasource');
  });

  it('names in legends only labels that the expression leaves', () => {
    for (const { title, targets = [] } of board.panels)
      for (const { expr, legendFormat } of targets) {
        const legend = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
        const sum = /^(?:1 - )?(?:sum|max|histogram_quantile)\b/.test(expr);
        const kept = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, names = '']) => names.split(', '));
        for (const label of sum ? legend : []) expect(kept, `${title}: ${expr}`).toContain(label);
      }
  });
});

describe('the files for Prometheus', () => {
  it.runIf(hasPromtool).each([
    ['check rules', ['check', 'rules', file('prometheus/alerts.yaml')]],
    ['check config', ['check', 'config', file('prometheus/scrape.yaml')]],
    ['test rules', ['test', 'rules', file('prometheus/alerts.test.yaml')]],
  ])('pass promtool %s', (_what, args) => {
    const { status, text } = promtool(args);
    expect(status, text).toBe(0);
  });

  it('have a test for each alert, of when it fires and when it does not', () => {
    const text = readFileSync(file('prometheus/alerts.test.yaml'), 'utf8');
    for (const { rules } of alerts.groups)
      for (const { alert } of rules) {
        expect(text, alert).toMatch(new RegExp(`alertname: ${alert}\\n\\s+exp_alerts:\\n\\s+- exp_labels`));
        expect(text, alert).toMatch(new RegExp(`alertname: ${alert}, exp_alerts: \\[\\]`));
      }
  });
});
