/** A strict reader of the Prometheus text format 0.0.4, for tests: throws on what a scraper would refuse. */

export interface ParsedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface ParsedFamily {
  readonly type: string;
  readonly samples: readonly ParsedSample[];
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\[\\"n])*)"(,|$)/y;
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: [''],
  gauge: [''],
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['', '_sum', '_count'],
};

const unescaped = (text: string): string =>
  text.replace(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char));

const parseLabels = (text: string, line: string): Record<string, string> => {
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  let at = 0;
  while (at < text.length) {
    const match = LABEL.exec(text);
    if (!match) throw new Error(`labels cannot be read: ${line}`);
    const [, name = '', value = ''] = match;
    if (name in labels) throw new Error(`label ${name} twice: ${line}`);
    labels[name] = unescaped(value);
    at = LABEL.lastIndex;
  }
  return labels;
};

const parseValue = (text: string, line: string): number => {
  if (text === 'NaN') return Number.NaN;
  if (/^[+-]Inf$/.test(text)) return text === '+Inf' ? Infinity : -Infinity;
  const value = Number(text);
  if (Number.isNaN(value)) throw new Error(`not a number: ${line}`);
  return value;
};

const parseSample = (line: string): ParsedSample => {
  const match = SAMPLE.exec(line);
  if (!match) throw new Error(`not a sample: ${JSON.stringify(line)}`);
  const [, name = '', labels = '', value = ''] = match;
  return { name, labels: parseLabels(labels, line), value: parseValue(value, line) };
};

const keyOf = ({ name, labels }: ParsedSample): string =>
  JSON.stringify([name, Object.entries(labels).sort()]);

/** Families by name. Refuses samples before HELP and TYPE, families in pieces, series twice, counters not `_total`. */
export const parseExposition = (body: string): ReadonlyMap<string, ParsedFamily> => {
  if (!body.endsWith('\n')) throw new Error('the last line does not end');
  const families = new Map<string, { type: string; samples: ParsedSample[] }>();
  const helped = new Set<string>();
  const series = new Set<string>();
  let open = '';
  for (const line of body.split('\n')) {
    if (line === '') continue;
    const [, keyword, name = '', type = ''] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (keyword === 'HELP') {
      if (helped.has(name)) throw new Error(`HELP of ${name} twice`);
      helped.add(name);
    } else if (keyword === 'TYPE') {
      if (!helped.has(name) || families.has(name) || !(type in SUFFIXES)) throw new Error(`bad: ${line}`);
      if (type === 'counter' && !name.endsWith('_total')) throw new Error(`counter without _total: ${name}`);
      families.set(name, { type, samples: [] });
      open = name;
    } else {
      const sample = parseSample(line);
      const family = families.get(open);
      if (!family || !SUFFIXES[family.type]?.some((suffix) => sample.name === open + suffix))
        throw new Error(`outside its family: ${line}`);
      if (series.has(keyOf(sample))) throw new Error(`series twice: ${line}`);
      series.add(keyOf(sample));
      family.samples.push(sample);
    }
  }
  return families;
};
