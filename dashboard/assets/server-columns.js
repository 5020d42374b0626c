import { bytes, count, decimal, isNumber, MISSING, millis, percent } from './format.js';

/** @import { ServerView } from '../../src/control/views.ts' */

/**
 * A column of plain numbers: what to show, and a smaller line below it.
 * @typedef {object} Column
 * @property {string} label
 * @property {string} hint
 * @property {(server: ServerView) => string} main
 * @property {(server: ServerView) => string} sub Empty for none.
 * @property {string} [className] `reported` or `sub-reported`: what of it grows old with the report.
 */

/** @param {ServerView} server */
const pressures = ({ pressure = {} }) => {
  const shares = [pressure.cpu, pressure.memory, pressure.io];
  if (!shares.some(isNumber)) return MISSING;
  return `${shares.map((share) => (isNumber(share) ? (share * 100).toFixed(0) : MISSING)).join('\u2009/\u2009')}\u202f%`;
};

/** @type {readonly Column[]} */
export const NUMBERS = [
  {
    label: 'Load',
    hint: 'Runnable tasks, mean of one minute; below it the decaying high-water mark',
    main: ({ load1 }) => decimal(load1),
    sub: ({ loadHighWater }) => (isNumber(loadHighWater) ? `high ${decimal(loadHighWater)}` : ''),
    className: 'reported',
  },
  {
    label: 'CPU idle',
    hint: 'Idle share of the CPU over the last interval',
    main: ({ cpuIdle }) => percent(cpuIdle),
    sub: ({ cpus }) => (isNumber(cpus) ? `${decimal(cpus)} cpus` : ''),
    className: 'reported',
  },
  {
    label: 'Memory',
    hint: 'Memory that new work could get',
    main: ({ memoryAvailable }) => bytes(memoryAvailable),
    sub: ({ memoryTotal }) => (isNumber(memoryTotal) ? `of ${bytes(memoryTotal)}` : ''),
    className: 'reported',
  },
  {
    label: 'Arriba',
    hint: 'Speed of one core that work really gets now; 1000 is the reference machine',
    main: ({ arriba }) => count(arriba),
    sub: ({ arribaNominal }) => (isNumber(arribaNominal) ? `of ${count(arribaNominal)}` : ''),
    className: 'reported',
  },
  {
    label: 'Pressure',
    hint: 'Share of time that work waited for CPU / memory / input and output',
    main: pressures,
    sub: ({ throttled }) => (isNumber(throttled) && throttled > 0 ? `throttled ${percent(throttled)}` : ''),
    className: 'reported',
  },
  {
    label: 'Slots free',
    hint: 'Idle workers of the application',
    main: ({ slots }) => count(slots?.available),
    sub: ({ slots }) => (slots ? `of ${count(slots.total)}` : ''),
    className: 'reported',
  },
  {
    label: 'In flight',
    hint: 'Requests under way through this proxy; below it those that the server reports, from everywhere',
    main: ({ inFlight }) => count(inFlight),
    sub: ({ reportedInFlight }) => (isNumber(reportedInFlight) ? `${count(reportedInFlight)} reported` : ''),
    className: 'sub-reported',
  },
  {
    label: 'First byte',
    hint: 'Time to the first byte, moving mean; below it the time of whole answers',
    main: ({ latencyMs }) => millis(latencyMs),
    sub: ({ responseTimeMs }) => (isNumber(responseTimeMs) ? `whole ${millis(responseTimeMs)}` : ''),
  },
  {
    label: 'Service',
    hint: 'Time that the application says one request takes',
    main: ({ serviceTime }) => millis(serviceTime),
    sub: () => '',
    className: 'reported',
  },
];

/** Every column, in order.
 * @type {readonly { label: string, hint?: string, left?: boolean }[]}
 */
export const HEAD = [
  { label: 'Server', left: true },
  { label: 'State', left: true },
  { label: 'Report', hint: 'Age of the last report; the bar is full at 20 s', left: true },
  ...NUMBERS,
  { label: 'Share', hint: "Part of the pool's requests of the last ten seconds", left: true },
  { label: 'Failures', hint: 'Failures in a row' },
];
