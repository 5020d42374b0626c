import type { ExplainedFunction, MemoryPlace, MemoryReader } from '../../src/core/candidacy.ts';
import { orderBy } from '../../src/core/making.ts';
import type { Moment, Server } from '../../src/core/types.ts';
import { takeOut } from './take-out.ts';

/** What is shared: a clock that goes by turns and not by time. */
export interface Rotation {
  /** The latest turn that was due, in mean intervals between two turns of one server. */
  clock: number;
  /** Those that take turns. */
  readonly members: Turn[];
}

/** A server's place in a rotation. */
export interface Turn {
  readonly slot: number;
  readonly rotation: Rotation;
  /** When its last turn was due; NaN before its first. */
  start: number;
  /** From one turn to the next at weight 1; the mean of all is about 1. */
  interval: number;
  /** The weight that was set for it, as the function last saw it: the hooks are not told. */
  weight: number;
}

export const newRotation = (): Rotation => ({ clock: 0, members: [] });

export const newTurn = (rotation: Rotation, { slot }: Pick<MemoryPlace, 'slot'>): Turn => ({
  slot,
  rotation,
  start: Number.NaN,
  interval: 1,
  weight: 1,
});

/** Takes a turn out of its rotation, when its server has left. */
export const leaveRotation = (turn: Turn): void => takeOut(turn.rotation.members, turn);

/**
 * A server has taken its turn. The next is due one interval after this one was, so that a turn that comes late is made
 * up for; one that was missed by more than an interval (the server was left out) is lost, so that nobody gets a burst.
 */
export const takeTurn = (turn: Turn): void => {
  const { rotation, weight } = turn;
  const { clock, members } = rotation;
  if (Number.isNaN(turn.start)) {
    // First turns stand as far from each other as those of equal servers do.
    turn.start = clock;
    rotation.clock = clock + 1 / Math.max(1, members.length);
    return;
  }
  const interval = turn.interval / weight;
  const due = turn.start + interval;
  turn.start = due < clock - interval ? clock : due;
  rotation.clock = Math.max(clock, due);
};

/**
 * When a server's next turn is due, from the clock of its rotation on: whose is lowest is next. Those that never had
 * one come first, in random order, so that not every proxy begins with the same one and all go on in step.
 */
export const dueIn = (server: Server, turn: Turn | undefined, { random }: Moment): number => {
  if (turn && server.weight > 0) turn.weight = server.weight;
  if (!turn || Number.isNaN(turn.start)) return -1 - random();
  return turn.start + turn.interval / server.weight - turn.rotation.clock;
};

/** Whose turn is due next comes first. */
export const inTurn = (turnOf: MemoryReader<Turn>): ExplainedFunction =>
  orderBy((server, moment) => dueIn(server, turnOf(server), moment));
