import type { HandState } from '../../core/server-spec.ts';
import type { SharedHand } from '../shared-hands.ts';

/** A state set by hand, or that one was lifted, as it stands in redis. */
export interface HandEntry {
  readonly pool: string;
  readonly server: string;
  /** Undefined: it was lifted. */
  readonly hand: HandState | undefined;
  /** When it was set, ms since 1970 on the clock of the proxy that did; the newest one holds. */
  readonly at: number;
  /** The signed message. */
  readonly text: string;
}

const MAX_NAME = 256;
const MAX_REASON = 1024;
const MAX_WEIGHT = 256;
/** That a state was lifted is kept for a week: a proxy that was cut off for so long may still hold the old state. */
const LIFT_KEPT = 7 * 24 * 3600 * 1000;

/** Under which name it stands in the hash. */
export const fieldOf = (pool: string, server: string): string => `${pool}/${server}`;

/** What is signed. */
export const handSaid = (
  pool: string,
  server: string,
  hand: HandState | undefined,
  at: number,
): Readonly<Record<string, unknown>> => ({ v: 1, pool, server, at, ...(hand ?? { state: 'lifted' }) });

const isText = (value: unknown, most: number): value is string =>
  typeof value === 'string' && value.length <= most;

const isNumberOr = (value: unknown, isFine: (number: number) => boolean): value is number | undefined =>
  value === undefined || (typeof value === 'number' && isFine(value));

const handOf = ({ state, weight, reason, until, by }: Record<string, unknown>): HandState | undefined => {
  if (state !== 'ready' && state !== 'drain' && state !== 'maint') return undefined;
  if (!isText(reason, MAX_REASON)) return undefined;
  if (!isNumberOr(weight, (number) => number >= 0 && number <= MAX_WEIGHT)) return undefined;
  if (!isNumberOr(until, Number.isFinite)) return undefined;
  if (by !== undefined && !isText(by, MAX_NAME)) return undefined;
  return {
    state,
    reason,
    ...(weight === undefined ? {} : { weight }),
    ...(until === undefined ? {} : { until }),
    ...(by === undefined ? {} : { by }),
  };
};

/** Reads what a signed message says; undefined if it is not the state of a server. */
export const readHand = (said: Readonly<Record<string, unknown>>, text: string): HandEntry | undefined => {
  const { v, pool, server, at, state } = said;
  if (v !== 1 || !isText(pool, MAX_NAME) || !isText(server, MAX_NAME)) return undefined;
  if (typeof at !== 'number' || !Number.isSafeInteger(at)) return undefined;
  const hand = handOf(said);
  return hand || state === 'lifted' ? { pool, server, hand, at, text } : undefined;
};

/** Whether it says nothing any more: its time is over, or it was lifted a week ago. `epoch`: ms since 1970. */
export const isOver = ({ hand, at }: HandEntry, epoch: number): boolean =>
  hand ? hand.until !== undefined && hand.until <= epoch : epoch - at > LIFT_KEPT;

/** Whether `one` holds against `other`. Two of the same millisecond are told apart by their text, everywhere alike. */
export const isNewer = (one: HandEntry, other: HandEntry | undefined): boolean =>
  !other || one.at > other.at || (one.at === other.at && one.text > other.text);

/** What is set now, of all entries. */
export const setNow = (entries: Iterable<HandEntry>, epoch: number): readonly SharedHand[] =>
  [...entries].flatMap((entry) => {
    const { pool, server, hand } = entry;
    return hand && !isOver(entry, epoch) ? [{ pool, server, hand }] : [];
  });
