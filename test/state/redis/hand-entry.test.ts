import { describe, expect, it } from 'vitest';
import type { HandState } from '../../../src/core/server-spec.ts';
import { handSaid, isNewer, isOver, readHand, setNow } from '../../../src/state/redis/hand-entry.ts';

const DRAIN: HandState = { state: 'drain', reason: 'new kernel' };
const anEntry = (at: number, hand: HandState | undefined = DRAIN, text = 'text') =>
  readHand(handSaid('web', 'a:80', hand, at), text)!;

describe('the entry of a state set by hand', () => {
  it.each([
    DRAIN,
    { ...DRAIN, by: 'ops' },
    { state: 'ready', weight: 0, reason: '', until: 5 },
    undefined,
  ] as const)('says what was set: %j', (hand) => {
    const said = JSON.parse(JSON.stringify(handSaid('web', 'a:80', hand, 7)));
    expect(readHand(said, 'text')).toEqual({ pool: 'web', server: 'a:80', hand, at: 7, text: 'text' });
  });

  it.each([
    { v: 2 },
    { pool: 1 },
    { server: 'x'.repeat(257) },
    { at: 1.5 },
    { at: undefined },
    { state: 'down' },
    { reason: undefined },
    { weight: '1' },
    { weight: Number.NaN },
    { until: Number.POSITIVE_INFINITY },
    { by: 7 },
    { by: 'x'.repeat(257) },
  ])('is none with %j', (fault) => {
    expect(readHand({ ...handSaid('web', 'a:80', DRAIN, 7), ...fault }, '')).toBeUndefined();
  });

  it('holds against older ones, and of two of one millisecond everybody takes the same', () => {
    expect(isNewer(anEntry(2), anEntry(1))).toBe(true);
    expect(isNewer(anEntry(1), anEntry(2))).toBe(false);
    expect(isNewer(anEntry(1, DRAIN, 'b'), anEntry(1, DRAIN, 'a'))).toBe(true);
    expect(isNewer(anEntry(1, DRAIN, 'a'), anEntry(1, DRAIN, 'b'))).toBe(false);
    expect(isNewer(anEntry(1), anEntry(1))).toBe(false);
    expect(isNewer(anEntry(1), undefined)).toBe(true);
  });

  it('is over at its time, and a week after it was lifted', () => {
    const week = 7 * 24 * 3600 * 1000;
    expect(isOver(anEntry(0, { ...DRAIN, until: 10 }), 9)).toBe(false);
    expect(isOver(anEntry(0, { ...DRAIN, until: 10 }), 10)).toBe(true);
    expect(isOver(anEntry(0), 100 * week)).toBe(false);
    const lifted = readHand(handSaid('web', 'a:80', undefined, 5), '')!;
    expect(isOver(lifted, week + 5)).toBe(false);
    expect(isOver(lifted, week + 6)).toBe(true);
    expect(setNow([lifted, anEntry(0, { ...DRAIN, until: 10 })], 10)).toEqual([]);
    expect(setNow([anEntry(0)], 10)).toEqual([{ pool: 'web', server: 'a:80', hand: DRAIN }]);
  });
});
