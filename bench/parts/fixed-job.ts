/**
 * The application of `bench/arriba.ts`: works in turns of a fixed number of units, back to back or one every 100 ms, and
 * counts. A turn lasts from when it is due, so that waiting for a core to begin counts as well. Its first line is its port, each further one what it did so far: { at, units, spent, best }: the moment and
 * the time spent in turns in milliseconds on the machine's monotonic clock, and the most units per ms of any turn.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const isLight = process.argv[2] === 'light';
/** A unit takes about 0.03 ms on the reference machine, a turn 5 ms; at light load 10 ms, a tenth of a core. */
const LOOPS_PER_UNIT = 20_000;
const UNITS_PER_TURN = isLight ? 340 : 170;
const PERIOD_MS = 100;
/** Timers of Node go by whole milliseconds: so late they may be without anybody waiting for a core. */
const TIMER_STEP_MS = 1.2;
const TELL_MS = 100;

let sink = 0;
const work = (): void => {
  let mixed = sink | 1;
  for (let i = 0; i < LOOPS_PER_UNIT; i++) mixed = (Math.imul(mixed ^ (mixed >>> 15), mixed | 1) + i) | 0;
  sink = mixed;
};

const now = (): number => Number(process.hrtime.bigint()) / 1e6;

let units = 0;
let spent = 0;
let best = 0;
let toldAt = 0;

const turn = (due: number): void => {
  const startedAt = Math.min(now(), due + TIMER_STEP_MS);
  for (let i = 0; i < UNITS_PER_TURN; i++) work();
  const at = now();
  units += UNITS_PER_TURN;
  spent += at - startedAt;
  best = Math.max(best, UNITS_PER_TURN / (at - startedAt));
  if (at - toldAt >= TELL_MS) {
    toldAt = at;
    console.log(JSON.stringify({ at, units, spent, best }));
  }
  if (!isLight) {
    setImmediate(() => turn(Number.POSITIVE_INFINITY));
    return;
  }
  const next = Math.max(at, due + PERIOD_MS);
  // Within this turn of the event loop a timer would count from its beginning, before the work.
  setImmediate(() => setTimeout(() => turn(next), next - now()));
};

const server = createServer((_, response) => response.end());
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ port: (server.address() as AddressInfo).port }));
  turn(now());
});
