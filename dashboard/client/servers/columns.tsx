import { computed } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import type { ServerView } from '../../../src/control/views/views.ts';
import { changes, histories, proxyNow } from '../live/feed.ts';
import { shownRank } from '../live/screen.ts';
import { Bar, Spark } from '../parts/marks.tsx';
import {
  age,
  bytes,
  count,
  decimal,
  hundredths,
  isNumber,
  MISSING,
  mean,
  millis,
  percent,
} from '../state/format.ts';
import { keyOf } from '../state/histories.ts';
import type { SortValue } from '../state/sorting.ts';

/** A column of the table of servers behind name, state and report. */
export interface Column {
  readonly key: string;
  readonly label: string;
  readonly hint: string;
  /** Of the reported: it grows old with the report. */
  readonly isReported?: boolean;
  /** 1: on every screen. 2: from tablets on. 3: on wide screens. */
  readonly rank: 1 | 2 | 3;
  readonly isText?: boolean;
  readonly valueOf: (server: ServerView) => SortValue;
  readonly main: (server: ServerView) => ComponentChildren;
  /** A smaller line below; empty for none. */
  readonly sub?: (server: ServerView) => string;
}

const orNull = (value: unknown): number | null => (isNumber(value) ? value : null);

const highest = ({ pressure = {} }: ServerView): number | null => {
  const shares = [pressure.cpu, pressure.memory, pressure.io].filter(isNumber);
  return shares.length > 0 ? Math.max(...shares) : null;
};

const pressures = (server: ServerView): string => {
  const { cpu, memory, io } = server.pressure ?? {};
  if (highest(server) === null) return MISSING;
  const shares = [cpu, memory, io].map((share) => (isNumber(share) ? (share * 100).toFixed(0) : MISSING));
  return shares.join('\u2009/\u2009');
};

const lined = (text: string, points: Parameters<typeof Spark>[0]['points']): ComponentChildren => (
  <span class="lined">
    <Spark points={points} />
    <span>{text}</span>
  </span>
);

const REPORTED: readonly Column[] = [
  {
    key: 'load',
    label: 'Load',
    hint: 'Runnable tasks, mean of one minute, and how it went in the last minute; below it the decaying high-water mark',
    isReported: true,
    rank: 2,
    valueOf: ({ load1 }) => orNull(load1),
    main: (server) => lined(hundredths(server.load1), histories.of(keyOf(server)).load),
    sub: ({ loadHighWater }) => (isNumber(loadHighWater) ? `high ${hundredths(loadHighWater)}` : ''),
  },
  {
    key: 'idle',
    label: 'Idle',
    hint: 'CPU idle: its idle share over the last interval',
    isReported: true,
    rank: 3,
    valueOf: ({ cpuIdle }) => orNull(cpuIdle),
    main: ({ cpuIdle }) => percent(cpuIdle),
    sub: ({ cpus }) => (isNumber(cpus) ? `${decimal(cpus)} cpus` : ''),
  },
  {
    key: 'memory',
    label: 'Memory',
    hint: 'Memory that new work could get',
    isReported: true,
    rank: 3,
    valueOf: ({ memoryAvailable }) => orNull(memoryAvailable),
    main: ({ memoryAvailable }) => bytes(memoryAvailable),
    sub: ({ memoryTotal }) => (isNumber(memoryTotal) ? `of ${bytes(memoryTotal)}` : ''),
  },
  {
    key: 'pressure',
    label: 'PSI %',
    hint: 'Pressure: share of time in which work waited for CPU / memory / input and output, in percent',
    isReported: true,
    rank: 3,
    valueOf: highest,
    main: pressures,
    sub: ({ throttled }) => (isNumber(throttled) && throttled > 0 ? `throttled ${percent(throttled)}` : ''),
  },
  {
    key: 'arriba',
    label: 'Arriba',
    hint: 'Speed of one core that work really gets now; 1000 is the reference machine',
    isReported: true,
    rank: 3,
    valueOf: ({ arriba }) => orNull(arriba),
    main: ({ arriba }) => count(arriba),
    sub: ({ arribaNominal }) => (isNumber(arribaNominal) ? `of ${count(arribaNominal)}` : ''),
  },
];

const COUNTED: readonly Column[] = [
  {
    key: 'inFlight',
    label: 'In flight',
    hint: 'Requests under way through this proxy; below it those that the server reports, from everywhere',
    rank: 1,
    valueOf: ({ inFlight }) => inFlight,
    main: ({ inFlight }) => count(inFlight),
    sub: ({ reportedInFlight }) => (isNumber(reportedInFlight) ? `${count(reportedInFlight)} rep.` : ''),
  },
  {
    key: 'rate',
    label: 'Req/s',
    hint: 'Requests forwarded a second, and how that went in the last minute',
    rank: 2,
    valueOf: (server) => histories.rateOf(keyOf(server)),
    main: (server) => lined(mean(histories.rateOf(keyOf(server))), histories.of(keyOf(server)).rate),
    sub: ({ forwarded }) => `${count(forwarded)} sent`,
  },
  {
    key: 'latency',
    label: 'Latency',
    hint: 'Time to the first byte, moving mean; below it the time of whole answers',
    rank: 2,
    valueOf: ({ latencyMs }) => latencyMs,
    main: ({ latencyMs }) => millis(latencyMs),
    sub: ({ responseTimeMs }) => (isNumber(responseTimeMs) ? `all ${millis(responseTimeMs)}` : ''),
  },
  {
    key: 'failures',
    label: 'Fails',
    hint: 'Failures in a row',
    rank: 3,
    valueOf: ({ failures }) => failures,
    main: ({ failures }) => (failures > 0 ? <b class="bad">{count(failures)}</b> : '0'),
  },
  {
    key: 'share',
    label: 'Share',
    hint: "Part of the pool's requests of the last ten seconds",
    rank: 1,
    valueOf: ({ share }) => share,
    main: ({ share }) => (
      <span class="barred">
        <span>{percent(share)}</span>
        <Bar part={share} />
      </span>
    ),
  },
];

const healthText = ({ health }: ServerView): string => {
  if (!health) return '';
  if (health.state === 'unknown') return `${health.kind}, no check yet`;
  return `${health.lastResult ?? health.kind}`;
};

const changeText = (server: ServerView): readonly [number, string] | undefined => {
  const change = changes.of(keyOf(server));
  const { health } = server;
  // That the first check was good is no change.
  if (health?.state === 'down' && health.since && health.since > (change?.at ?? 0))
    return [health.since, 'checks: down'];
  return change && [change.at, change.text];
};

const JUDGED: readonly Column[] = [
  {
    key: 'health',
    label: 'Check',
    hint: 'What the last health check of this proxy found',
    rank: 3,
    isText: true,
    valueOf: ({ health }) => health?.state ?? null,
    main: ({ health }) =>
      health ? <span class={health.state === 'down' ? 'bad' : ''}>{health.state}</span> : MISSING,
    sub: healthText,
  },
  {
    key: 'changed',
    label: 'Changed',
    hint: 'What changed with it last, as events and this page know, and when',
    rank: 3,
    isText: true,
    valueOf: (server) => changeText(server)?.[0] ?? null,
    main: (server) => {
      const [at] = changeText(server) ?? [];
      return at === undefined ? MISSING : `${age(proxyNow() - at)} ago`;
    },
    sub: (server) => changeText(server)?.[1] ?? '',
  },
];

/** In the order of the table. */
export const COLUMNS: readonly Column[] = [...REPORTED, ...COUNTED, ...JUDGED];

/** Those that this screen has room for. */
export const shownColumns = computed(() => COLUMNS.filter(({ rank }) => rank <= shownRank.value));
