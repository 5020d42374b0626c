/** A source of the application's own numbers. */
export interface ScrapeSource {
  /** `http://...`, `https://...`, `file:///...` or the path of a file. What it holds is JSON or Prometheus text. */
  readonly from: string;
  /**
   * What to take from it, by the name in the report: `inFlight`, `serviceTime`, `eventLoopDelay`, `slots.total` or
   * `slots.available`; any other name becomes `custom.<name>`. The value says where it is: a series of Prometheus
   * (`jobs{queue="mail"}`) or a path in JSON (`queues.mail.length`).
   */
  readonly metrics?: Readonly<Record<string, string>>;
}

/** One time series, or several that are summed: all that have these labels. */
export interface Series {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
}

/** A number that is looked for in a source. */
export interface Wanted {
  /** As the report calls it: `inFlight`, `slots.total`, `custom.queue`. */
  readonly field: string;
  /** Where it is, as it was written. */
  readonly where: string;
  /** In JSON: the keys on the way to it. */
  readonly path: readonly string[];
  /** In Prometheus text; undefined for what cannot be a series. */
  readonly series: Series | undefined;
}

/** Numbers of the application that have a field of their own in a report. */
export const OWN_FIELDS: readonly string[] = [
  'inFlight',
  'serviceTime',
  'eventLoopDelay',
  'slots.total',
  'slots.available',
];

/** As many as a report holds. */
export const MAX_NUMBERS = 64;
const MAX_WHERE = 1024;
/** What checkReport takes for a name. */
const NAME = /^[\w.:@/-]{1,128}$/;
/** Names of the text format: https://prometheus.io/docs/instrumenting/exposition_formats/ */
const SERIES = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?$/;
const LABEL = /\s*([a-zA-Z_]\w*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(,|$|(?=\}))/y;

const unescaped = (text: string): string =>
  text.includes('\\') ? text.replace(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char)) : text;

/**
 * The labels that begin at a place of a text, up to its end or a closing brace, and the place behind them; undefined
 * if that is not what stands there.
 */
export const readLabels = (
  text: string,
  start: number,
): { readonly labels: ReadonlyMap<string, string>; readonly end: number } | undefined => {
  const labels = new Map<string, string>();
  let end = start;
  for (;;) {
    LABEL.lastIndex = end;
    const match = LABEL.exec(text);
    if (!match) break;
    labels.set(match[1] ?? '', unescaped(match[2] ?? ''));
    end = LABEL.lastIndex;
  }
  while (text[end] === ' ') end += 1;
  return end === text.length || text[end] === '}' ? { labels, end } : undefined;
};

/** Reads `name` or `name{label="value",...}`; undefined for anything else. */
export const parseSeries = (text: string): Series | undefined => {
  const match = SERIES.exec(text.trim());
  if (!match) return undefined;
  const inside = match[2] ?? '';
  const read = readLabels(inside, 0);
  return read?.end === inside.length ? { name: match[1] ?? '', labels: read.labels } : undefined;
};

const wantedOf = (name: string, where: string): Wanted => {
  if (!NAME.test(name))
    throw new TypeError(`expected a name of at most 128 plain characters, got ${JSON.stringify(name)}`);
  const series = parseSeries(where);
  const path = where.trim().split('.');
  const isPath = !/[{}"]/.test(where) && path.every((key) => key !== '');
  if (where.length > MAX_WHERE || (!series && !isPath))
    throw new TypeError(
      `${name}: expected a series such as jobs{queue="mail"} or a path such as queues.mail.length, got ${JSON.stringify(where.slice(0, 80))}`,
    );
  const field = OWN_FIELDS.includes(name) ? name : `custom.${name.replace(/^custom\./, '')}`;
  return { field, where, path: isPath ? path : [], series };
};

/** What a source is asked for. Throws TypeError that names the number that cannot be looked for. */
export const readMetrics = (metrics: Readonly<Record<string, string>> = {}): readonly Wanted[] => {
  const wanted = Object.entries(metrics).map(([name, where]) => wantedOf(name, where));
  if (wanted.length > MAX_NUMBERS) throw new TypeError(`metrics: more than ${MAX_NUMBERS} numbers`);
  return wanted;
};
