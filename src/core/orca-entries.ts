import { isObject } from './is-object.ts';
import type { OrcaMetrics } from './orca-metrics.ts';
import type { Refusal } from './report.ts';

/** Decimal, with an exponent perhaps. A sign that makes it negative is none of it; so are hexadecimal and words. */
const NUMBER = /^\+?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d{1,4})?$/i;
/** Longer than any number that a double holds is written. */
const MAX_NUMBER = 64;

const numberOf = (text: string): number =>
  text.length <= MAX_NUMBER && NUMBER.test(text) ? Number(text) : Number.NaN;

/** By the names of JSON's own style, which protobuf writes unless it is told otherwise, those of the text form. */
const SNAKE: ReadonlyMap<string, string> = new Map([
  ['cpuUtilization', 'cpu_utilization'],
  ['memUtilization', 'mem_utilization'],
  ['applicationUtilization', 'application_utilization'],
  ['rpsFractional', 'rps_fractional'],
  ['requestCost', 'request_cost'],
  ['namedMetrics', 'named_metrics'],
]);

const GROUPS: readonly string[] = ['request_cost', 'utilization', 'named_metrics'];

const malformed = (message: string): Refusal => ({ code: 'malformed', message });

/** `name=value` or `name:value`; the last one of either parts, so that a name may have colons. */
const readEntry = (metrics: OrcaMetrics, entry: string): Refusal | undefined => {
  const at = Math.max(entry.lastIndexOf('='), entry.lastIndexOf(':'));
  const name = entry.slice(0, Math.max(0, at)).trim();
  if (name === '') return entry.trim() === '' ? undefined : malformed('an entry that is not name=value');
  if (metrics.has(name)) return malformed(`${JSON.stringify(name.slice(0, 60))} comes twice`);
  return metrics.knows(name) ? metrics.put(name, numberOf(entry.slice(at + 1).trim())) : undefined;
};

/** Reads entries with commas between them: Envoy writes colons in them, vLLM and Triton equals signs. */
export const readText = (metrics: OrcaMetrics, text: string): Refusal | undefined => {
  for (let from = 0; from < text.length; ) {
    const comma = text.indexOf(',', from);
    const end = comma === -1 ? text.length : comma;
    const fault = readEntry(metrics, text.slice(from, end));
    if (fault) return fault;
    from = end + 1;
  }
  return undefined;
};

/** Protobuf's JSON may have a number in quotation marks. */
const numberIn = (value: unknown): number => {
  if (typeof value === 'number') return value;
  return typeof value === 'string' ? numberOf(value) : Number.NaN;
};

const readGroup = (metrics: OrcaMetrics, group: string, values: unknown): Refusal | undefined => {
  if (!isObject(values)) return malformed(`${group}: expected an object`);
  for (const [name, value] of Object.entries(values)) {
    const fault = metrics.put(`${group}.${name}`, numberIn(value));
    if (fault) return fault;
  }
  return undefined;
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const readField = (metrics: OrcaMetrics, name: string, value: unknown): Refusal | undefined => {
  if (value === null) return undefined;
  if (GROUPS.includes(name)) return readGroup(metrics, name, value);
  // A dot is for the names of the text form.
  return metrics.knows(name) && !name.includes('.') ? metrics.put(name, numberIn(value)) : undefined;
};

/** Reads the JSON form of the message; null is the same as nothing. */
export const readJson = (metrics: OrcaMetrics, text: string): Refusal | undefined => {
  const report = parsed(text);
  if (!isObject(report)) return malformed('expected a JSON object');
  for (const [name, value] of Object.entries(report)) {
    const fault = readField(metrics, SNAKE.get(name) ?? name, value);
    if (fault) return fault;
  }
  return undefined;
};
