import { describe, expect, it } from 'vitest';
import { Changes } from '../../../../dashboard/client/state/changes.ts';
import { Histories, keyOf, sparkPath } from '../../../../dashboard/client/state/histories.ts';
import { aServerView } from '../../../control/fake-views.ts';

const server = (forwarded: number, load1 = 1) => aServerView({ forwarded, load1 });
const key = keyOf(aServerView());

describe('histories', () => {
  it('keep the load and the rate of the last minute', () => {
    const histories = new Histories();
    for (let second = 0; second <= 90; second++) histories.take(second * 1000, [server(second * 20, second)]);
    const { load, rate } = histories.of(key);
    expect([load.length, load[0]?.at, load.at(-1)?.value]).toEqual([61, 30_000, 90]);
    expect(new Set(rate.map(({ value }) => value))).toEqual(new Set([20]));
    expect(histories.rateOf(key)).toBe(20);
  });

  it('take a snapshot between two seconds for none', () => {
    const histories = new Histories();
    histories.take(0, [server(0)]);
    histories.take(100, [server(50)]);
    histories.take(1000, [server(100)]);
    expect(histories.of(key).rate).toEqual([{ at: 1000, value: 100 }]);
  });

  it('do not know the rate where the count began again, and begin again where the clock went back', () => {
    const histories = new Histories();
    histories.take(1000, [server(500)]);
    histories.take(2000, [server(3)]);
    expect(histories.rateOf(key)).toBeNull();
    histories.take(1500, [server(4)]);
    expect(histories.of(key)).toMatchObject({ load: [{ at: 1500 }], rate: [] });
  });

  it('forget servers that have left', () => {
    const histories = new Histories();
    histories.take(0, [server(0)]);
    histories.take(1000, []);
    expect(histories.of(key).load).toEqual([]);
  });
});

describe('the path of a line', () => {
  const frame = { width: 60, height: 12 };

  it('has now at the right, a minute ago at the left, and its highest point near the top', () => {
    const points = [0, 30_000, 60_000].map((at, i) => ({ at, value: i === 1 ? 10 : 0 }));
    expect(
      sparkPath(
        points.filter(({ at }) => at !== 30_000),
        frame,
      ),
    ).toBe('');
    const close = [57_000, 60_000].map((at, i) => ({ at, value: i * 10 }));
    expect(sparkPath(close, frame)).toBe('M57.0 11.0L60.0 1.0');
  });

  it('is open where nothing is known', () => {
    const points = [57, 58, 59, 60].map((second) => ({ at: second * 1000, value: second === 58 ? null : 1 }));
    expect(sparkPath(points, frame)).toBe('M57.0 1.0M59.0 1.0L60.0 1.0');
  });

  it('is none for fewer than two points', () => {
    expect([sparkPath([], frame), sparkPath([{ at: 0, value: 1 }], frame)]).toEqual(['', '']);
  });
});

describe('changes', () => {
  it('are none at first, then named with their reason', () => {
    const changes = new Changes();
    expect(changes.take(0, [aServerView()])).toEqual([]);
    expect(changes.take(1, [aServerView({ state: 'down', reason: 'connect refused' })])).toEqual([
      'web-1 is down: connect refused',
    ]);
    expect(changes.of(key)).toEqual({ at: 1, text: 'ready → down: connect refused' });
    expect(changes.take(2, [aServerView({ id: 'web-2' })])).toEqual(['web-2 is ready', 'web-1 has left']);
    expect(changes.of(key)).toBeUndefined();
  });
});
