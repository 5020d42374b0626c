import type { AnyDecision } from './decisions.ts';
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

const STATUS = /^[1-5](?:xx|\d\d)$/;

const statusTest = (text: string): ((status: number) => boolean) => {
  const wanted = text.split(',');
  const wrong = wanted.find((one) => !STATUS.test(one));
  if (wrong !== undefined)
    throw new Error(`--status: expected a status such as 503 or 5xx, got ${JSON.stringify(wrong)}`);
  return (status) => wanted.some((one) => String(status) === one || `${Math.floor(status / 100)}xx` === one);
};

/** Throws for what is no part. */
const readPart = (text: string): number => {
  const part = partOf(text);
  if (part > 0 && part <= 1) return part;
  throw new Error(`--sample: expected a part such as 0.1 or 10%, got ${JSON.stringify(text)}`);
};

/** The status of an ended request; 0 if no answer began; undefined while it is under way. */
export const statusOf = (decision: AnyDecision): number | undefined =>
  'status' in decision ? decision.status : decision.outcome?.status;

/**
 * What tells wanted decisions from others. Throws for a filter that cannot be read.
 * @param random from 0 to 1, for `sample`.
 */
export const tapFilter = (
  { pool, route, server, status, sample }: TapFilters,
  random: () => number = Math.random,
): ((decision: AnyDecision) => boolean) => {
  const hasStatus = status === undefined ? undefined : statusTest(status);
  const part = sample === undefined ? 1 : readPart(sample);
  return (decision) =>
    (pool === undefined || decision.pool === pool) &&
    (route === undefined || decision.route === route) &&
    (server === undefined || decision.chosen === server) &&
    (hasStatus === undefined || hasStatus(statusOf(decision) ?? 0)) &&
    (part === 1 || random() < part);
};
