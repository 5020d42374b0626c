import { describe, expect, it } from 'vitest';
import { isNotable, Requests } from '../../agent/requests.ts';

describe('Requests', () => {
  it('counts a request until it ends, and ends it once', () => {
    let changes = 0;
    const requests = new Requests(
      () => 0,
      () => {
        changes += 1;
      },
    );
    expect(requests.counted).toBe(false);
    const [first, second] = [requests.begin(), requests.begin()];
    expect(requests.inFlight).toBe(2);
    first();
    first();
    expect(requests.inFlight).toBe(1);
    second();
    expect(requests.inFlight).toBe(0);
    expect(changes).toBe(4);
  });

  it('keeps a moving mean of the service time: an eighth of each new one', () => {
    let now = 0;
    const requests = new Requests(
      () => now,
      () => undefined,
    );
    const serve = (time: number): number => {
      const end = requests.begin();
      now += time;
      end();
      return requests.serviceTime;
    };
    expect(requests.serviceTime).toBeNaN();
    expect([serve(80), serve(160), serve(90)]).toEqual([80, 90, 90]);
  });
});

describe('isNotable', () => {
  it.each([
    [0, 0, false],
    [0, 1, true],
    [1, 0, true],
    [100, 0, true],
    [1, 2, false],
    [1, 4, false],
    [4, 1, false],
    [2, 5, true],
    [3, 5, false],
    [5, 9, false],
    [5, 10, true],
    [10, 6, false],
    [10, 5, true],
    [100, 199, false],
    [100, 200, true],
  ])('from %i to %i: %s', (said, now, notable) => {
    expect(isNotable(said, now)).toBe(notable);
  });
});
