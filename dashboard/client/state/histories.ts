import type { ServerView } from '../../../src/control/views/views.ts';
import { isNumber } from './format.ts';

/** A number at a moment; null where it was not known. */
export interface Point {
  /** Epoch ms on the proxy's clock. */
  readonly at: number;
  readonly value: number | null;
}

export interface History {
  readonly load: readonly Point[];
  /** Requests forwarded a second. */
  readonly rate: readonly Point[];
}

interface Kept {
  readonly load: Point[];
  readonly rate: Point[];
  forwarded: number;
  at: number;
}

/** How far back the lines go, ms. */
export const HISTORY_MS = 60_000;
/** Snapshots that come for a change between two seconds add no point. */
const LEAST_STEP_MS = 900;

export const keyOf = ({ pool, id }: Pick<ServerView, 'pool' | 'id'>): string => `${pool} ${id}`;

const NONE: History = { load: [], rate: [] };

const push = (points: Point[], point: Point): void => {
  points.push(point);
  while (points[0] && point.at - points[0].at > HISTORY_MS) points.shift();
};

/** The last minute of every server, as this page has seen it: the proxy keeps none. */
export class Histories {
  #kept = new Map<string, Kept>();

  /** `at`: epoch ms of the snapshot. Servers that have left are forgotten. */
  take(at: number, servers: readonly ServerView[]): void {
    const kept = new Map<string, Kept>();
    for (const server of servers) {
      const key = keyOf(server);
      kept.set(key, this.#next(this.#kept.get(key), at, server));
    }
    this.#kept = kept;
  }

  of(key: string): History {
    return this.#kept.get(key) ?? NONE;
  }

  /** The last rate that is known, requests a second. */
  rateOf(key: string): number | null {
    return this.#kept.get(key)?.rate.at(-1)?.value ?? null;
  }

  #next(before: Kept | undefined, at: number, { load1, forwarded }: ServerView): Kept {
    const load = { at, value: isNumber(load1) ? load1 : null };
    if (!before || at < before.at) return { load: [load], rate: [], forwarded, at };
    const ms = at - before.at;
    if (ms < LEAST_STEP_MS) return before;
    const sent = forwarded - before.forwarded;
    push(before.load, load);
    // A count that has shrunk began again with a new process.
    push(before.rate, { at, value: sent < 0 ? null : (sent * 1000) / ms });
    before.forwarded = forwarded;
    before.at = at;
    return before;
  }
}

/** A gap longer than this is left open in the line, ms. */
const GAP_MS = 3500;

/** Size of the drawing of a line, in its own units. */
export interface Frame {
  readonly width: number;
  readonly height: number;
}

/**
 * The last minute as the path of an SVG: now is at the right edge, 0 at the bottom, the highest point just below the
 * top. Empty where fewer than two points are known.
 */
export const sparkPath = (points: readonly Point[], { width, height }: Frame): string => {
  const now = points.at(-1)?.at ?? 0;
  const most = points.reduce((high, { value }) => Math.max(high, value ?? 0), 0) || 1;
  let path = '';
  let last: Point | undefined;
  for (const point of points) {
    if (point.value !== null) {
      const x = width * (1 - (now - point.at) / HISTORY_MS);
      const y = height - 1 - (point.value / most) * (height - 2);
      const joins = last && last.value !== null && point.at - last.at <= GAP_MS;
      path += `${joins ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`;
    }
    last = point;
  }
  return path.includes('L') ? path : '';
};
