import type { Found } from './json-numbers.ts';
import { readLabels, type Series, type Wanted } from './wanted.ts';

/** Lines of one name that are read: more label sets than that are no number of one server. */
const MAX_LINES = 1000;
const MAX_LINE = 8192;
/** A value, as Go writes one. What is infinite or not a number says nothing that could be balanced on. */
const VALUE = /\s*([+-]?(?:\d|\.\d)[\d.eE+-]*)(?=\s|$)/y;

interface Sample {
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

/** What stands behind the name on a line. Undefined if it is damaged or has no finite value. */
const readSample = (rest: string): Sample | undefined => {
  const inside = rest[0] === '{' ? readLabels(rest, 1) : undefined;
  if (rest[0] === '{' && rest[inside?.end ?? rest.length] !== '}') return undefined;
  VALUE.lastIndex = inside ? inside.end + 1 : 0;
  const value = Number(VALUE.exec(rest)?.[1] ?? Number.NaN);
  return Number.isFinite(value) ? { labels: inside?.labels ?? new Map(), value } : undefined;
};

/** Where the lines begin that begin with a name: nothing else of a large page is looked at. */
const linesWith = function* (text: string, name: string): Generator<number> {
  const opening = `\n${name}`;
  if (text.startsWith(name)) yield 0;
  for (let at = text.indexOf(opening); at !== -1; at = text.indexOf(opening, at + 1)) yield at + 1;
};

const samplesOf = (text: string, name: string): readonly Sample[] => {
  const samples: Sample[] = [];
  let lines = 0;
  for (const start of linesWith(text, name)) {
    const behind = start + name.length;
    if (!/[{ \t]/.test(text.charAt(behind))) continue;
    if (lines++ === MAX_LINES) throw new RangeError(`${name}: more than ${MAX_LINES} lines`);
    const newline = text.indexOf('\n', behind);
    const end = newline === -1 ? text.length : newline;
    const sample = readSample(text.slice(behind, Math.min(end, behind + MAX_LINE)));
    if (sample) samples.push(sample);
  }
  return samples;
};

const matches = ({ labels }: Sample, series: Series): boolean =>
  [...series.labels].every(([name, value]) => labels.get(name) === value);

/**
 * The numbers of a text in the format of Prometheus (or OpenMetrics): what was asked for, the sum of all that have
 * the labels. A series that is not there, or not finite, is left out. Throws RangeError for a name on too many lines.
 */
export const numbersInPrometheus = (text: string, wanted: readonly Wanted[]): Found => {
  const read = new Map<string, readonly Sample[]>();
  const found = new Map<string, number>();
  for (const { field, series } of wanted) {
    if (!series) continue;
    const samples = read.get(series.name) ?? samplesOf(text, series.name);
    read.set(series.name, samples);
    const matching = samples.filter((sample) => matches(sample, series));
    if (matching.length > 0)
      found.set(
        field,
        matching.reduce((sum, { value }) => sum + value, 0),
      );
  }
  return found;
};
