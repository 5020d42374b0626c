import type { Delivery } from '../core/decide.ts';
import type { Termination } from '../core/exchange.ts';
import type { FailureReason } from '../core/types.ts';

/** A list that has every one of the words, or it does not compile. */
const every =
  <Word extends string>() =>
  <const List extends readonly Word[]>(
    list: List & ([Exclude<Word, List[number]>] extends [never] ? unknown : never),
  ): readonly Word[] =>
    list;

/**
 * Low four bits of the first byte of each event in a recording. Numbers are little-endian; a time is a 64-bit
 * float of milliseconds, of which the low half is written alone where the high one is that of the event before.
 */
export const EVENT = {
  begun: 1,
  answered: 2,
  failed: 3,
  heard: 4,
  heardInBand: 5,
  lapsed: 6,
  elsewhere: 7,
  set: 8,
  retagged: 9,
  announced: 10,
  discovered: 11,
  forgot: 12,
  decision: 13,
  outcome: 14,
  checked: 15,
} as const;

/** The bits of the first byte that say the kind. */
export const KIND_BITS = 15;

/** High four bits of the first byte, where an event is about a server, and of a decision. */
export const HEAD_BIT = {
  /** Of a decision: the request to the chosen server began right then. Of numbers in an answer: `heardAt` is now. */
  extra: 16,
  /** The whole time follows, not its low half. */
  fullTime: 32,
  /** The time is that of the event before. */
  sameTime: 64,
  /** The place and number that follow have 16 and 32 bits, not 8 and 16. */
  wide: 128,
} as const;

/** High bits of the first byte of an outcome. */
export const OUTCOME_BIT = {
  /** A good end at the first attempt, with the status and times of the answer before. */
  likeAnswer: 128,
  /** The number of the decision follows, not how many decisions ago it was. */
  far: 64,
} as const;

/** Of the status of an answer: its last byte came with its first. */
export const AT_ONCE_BIT = 0x8000;

/** Bits of a decision. What is the same as in the decision before is not written again. */
export const DECISION_BIT = {
  sameMethod: 1,
  sameHost: 2,
  samePath: 4,
  sameClient: 8,
  noQuery: 16,
  https: 32,
  /** The board-scoped head of the chain was run for it. */
  newHead: 64,
  sameProxies: 128,
} as const;

/** Bits of numbers that came from a server itself. */
export const IN_BAND_BIT = { probe: 1, same: 2, fullTime: 4 } as const;

export const SIDES = ['client', 'server', 'proxy'] as const;
/** Beside the side: not one byte of the request can have been read. */
export const UNSENT_BIT = 128;

export const DELIVERIES = every<Delivery>()(['proxy', 'redirect', 'local', 'refused']);

/** Reasons of failures and ends of exchanges; a place in a list is part of the format, so new ones go to the end. */
export const REASONS = every<FailureReason>()([
  'connect_refused',
  'connect_timeout',
  'connect_error',
  'reset',
  'header_timeout',
  'idle_timeout',
  'bad_response',
  'body_cut',
  'client_abort',
  'no_server',
]);
export const TERMINATIONS = every<Termination>()([
  'ok',
  'client_abort',
  'server_abort',
  'connect_timeout',
  'header_timeout',
  'idle_timeout',
  'no_server',
  'no_route',
  'bad_request',
  'redirect',
  'local',
  'overload',
  'queue_full',
  'rule',
]);

/** Chosen: nobody. */
export const NOBODY = 0xffff_ffff;
