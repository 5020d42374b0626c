import { type AnyDecision, isWanted, readStatuses } from '../control/decisions/decision-filter.ts';
import { partOf } from './part-of.ts';

/** Which decisions are wanted, as texts of the command line; all that are said must hold. */
export interface TapFilters {
  readonly pool?: string;
  readonly route?: string;
  /** Id of the server chosen. */
  readonly server?: string;
  /** `5xx`, `503`, or several with commas. */
  readonly status?: string;
  /** Part of them, `0.1` or `10%`. */
  readonly sample?: string;
}

const statusTest = (text: string): ((status: number) => boolean) => {
  const read = readStatuses(text);
  if ('test' in read) return read.test;
  throw new Error(`--status: expected a status such as 503 or 5xx, got ${JSON.stringify(read.wrong)}`);
};

/** Throws for what is no part. */
const readPart = (text: string): number => {
  const part = partOf(text);
  if (part > 0 && part <= 1) return part;
  throw new Error(`--sample: expected a part such as 0.1 or 10%, got ${JSON.stringify(text)}`);
};

/**
 * What tells wanted decisions from others. Throws for a filter that cannot be read.
 * @param random from 0 to 1, for `sample`.
 */
export const tapFilter = (
  { pool, route, server, status, sample }: TapFilters,
  random: () => number = Math.random,
): ((decision: AnyDecision) => boolean) => {
  const filter = { pool, route, server, status: status === undefined ? undefined : statusTest(status) };
  const part = sample === undefined ? 1 : readPart(sample);
  return (decision) => isWanted(decision, filter) && (part === 1 || random() < part);
};
