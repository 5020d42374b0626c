import { proxyNow } from '../live/feed.ts';
import { localTime, utcTime } from '../state/format.ts';
import { type Point, sparkPath } from '../state/histories.ts';
import { STATE_HINTS } from '../state/pools.ts';

/** A bar; text beside it says the same. `part`: 0..1. */
export const Bar = ({ part, tone = '' }: { readonly part: number; readonly tone?: string }) => (
  <span
    class={`bar ${tone}`}
    aria-hidden="true"
    style={{ backgroundSize: `${(100 * Math.min(1, Math.max(0, part || 0))).toFixed(1)}% 100%` }}
  />
);

const FRAME = { width: 72, height: 20 };

/** The last minute as a line; text beside it says the last number. */
export const Spark = ({ points }: { readonly points: readonly Point[] }) => (
  <svg
    class="spark"
    viewBox={`0 0 ${FRAME.width} ${FRAME.height}`}
    preserveAspectRatio="none"
    aria-hidden="true"
    focusable="false"
  >
    <path d={sparkPath(points, FRAME)} />
  </svg>
);

/** A state by drawing, word and colour. */
export const State = ({ state }: { readonly state: string }) => (
  <span class="state" data-state={state} title={STATE_HINTS[state]}>
    <svg class="icon" aria-hidden="true" focusable="false">
      <use href={`#icon-${state}`} />
    </svg>
    <span class="word">{state}</span>
  </span>
);

/** A moment on the reader's clock; UTC in the tooltip. */
export const Moment = ({ at }: { readonly at: number }) => (
  <time title={utcTime(at)}>{localTime(at, proxyNow())}</time>
);

/** A mark for a few words. */
export const Badge = ({ tone = '', children }: { readonly tone?: string; readonly children: string }) => (
  <span class={`badge ${tone}`}>{children}</span>
);
