import type { News } from '../core/board-tap.ts';
import type { Termination } from '../core/exchange.ts';
import type { InBand } from '../core/observed.ts';
import type { ServerSpec } from '../core/server-spec.ts';
import type { Millis, Outcome, Stats } from '../core/types.ts';
import {
  AT_ONCE_BIT,
  HEAD_BIT,
  IN_BAND_BIT,
  OUTCOME_BIT,
  REASONS,
  SIDES,
  TERMINATIONS,
  UNSENT_BIT,
} from './event-kinds.ts';
import type { EventReader } from './event-reader.ts';

/** How the exchange of a decision ended. */
export interface RecordedOutcome {
  /** Which decision of its run, from 1. */
  readonly decision: number;
  readonly status: number;
  readonly termination: Termination;
  /** Servers that were tried, copies to a second one among them. */
  readonly attempts: number;
  /** As 32-bit floats where it differs from that of an attempt: nothing is decided by it. */
  readonly duration: Millis;
  /** NaN if no answer began. */
  readonly firstByte: Millis;
}

export type Answer = Extract<Outcome, { kind: 'answered' }>;

/** Numbers from a server itself; without stats where they are those that it said last. */
export type RecordedInBand = Omit<InBand, 'stats'> & { readonly stats: Stats | undefined };

/** The entry at that place. Throws a RangeError where there is none. */
export const named = <Name>(names: readonly Name[], place: number): Name => {
  const name = names[place];
  if (name === undefined) throw new RangeError(`there is no entry ${place}`);
  return name;
};

/** How an exchange ended. `first`: the byte of its kind. `last`: the decision and the answer before. */
export const outcomeIn = (
  first: number,
  reader: EventReader,
  last: { readonly decision: number; readonly answer: Answer },
): RecordedOutcome => {
  const decision = first & OUTCOME_BIT.far ? reader.u32() : (last.decision - reader.u16()) >>> 0;
  if (first & OUTCOME_BIT.likeAnswer) {
    const { status, firstByte, total } = last.answer;
    return { decision, status, firstByte, duration: total, termination: 'ok', attempts: 1 };
  }
  const how = reader.u16();
  return {
    decision,
    termination: named(TERMINATIONS, how & 255),
    attempts: how >> 8,
    status: reader.u16(),
    duration: reader.f32(),
    firstByte: reader.f32(),
  };
};

/** How a request to a server was answered. */
export const answerIn = (reader: EventReader): Answer => {
  const code = reader.u16();
  const firstByte = reader.f64();
  const total = code & AT_ONCE_BIT ? firstByte : reader.f64();
  return { kind: 'answered', status: code & ~AT_ONCE_BIT, firstByte, total };
};

/** How a request to a server failed. */
export const failureIn = (reader: EventReader): Outcome => {
  const bits = reader.u8();
  const reason = named(REASONS, reader.u8());
  return {
    kind: 'failed',
    side: named(SIDES, bits & ~UNSENT_BIT),
    reason,
    unsent: (bits & UNSENT_BIT) !== 0,
  };
};

const statsIn = (reader: EventReader): Stats => {
  const value = reader.value();
  return typeof value === 'object' && value !== null ? value : {};
};

/** What a report said of a server. */
export const newsIn = (reader: EventReader): News => {
  const heardAt = reader.f64();
  const restarted = reader.u8() === 1;
  const node = reader.said();
  return { heardAt, restarted, node, stats: statsIn(reader) };
};

/** What a server said itself. `first`: the byte of its kind. */
export const inBandIn = (first: number, reader: EventReader, now: Millis): RecordedInBand => {
  const bits = reader.u8();
  const isNow = (first & HEAD_BIT.extra) !== 0;
  const heardAt = isNow ? now : bits & IN_BAND_BIT.fullTime ? reader.f64() : reader.half(now);
  const stats = bits & IN_BAND_BIT.same ? undefined : statsIn(reader);
  return { heardAt, by: bits & IN_BAND_BIT.probe ? 'probe' : 'answer', stats };
};

/** Tags of a server. */
export const tagsIn = (reader: EventReader): readonly string[] => {
  const value = reader.value();
  return Array.isArray(value) ? value.map(String) : [];
};

/** Servers that discovery has found. */
export const specsIn = (reader: EventReader): readonly ServerSpec[] => {
  const value = reader.value();
  const specs = Array.isArray(value) ? (value as readonly (Omit<ServerSpec, 'url'> & { url: string })[]) : [];
  return specs.map((spec) => ({ ...spec, url: new URL(spec.url) }));
};
