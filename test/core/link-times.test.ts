import { describe, expect, it } from 'vitest';
import { decide } from '../../src/core/decide.ts';
import { LinkTimes } from '../../src/core/link-times.ts';
import { aBoard, aChain, aContext, reversed } from './support.ts';

/** A clock that goes on by a millisecond whenever somebody looks. */
const aTickingClock = (): (() => number) => {
  let now = 0;
  return () => ++now;
};

describe('the times of links', () => {
  it('are nothing without a clock', () => {
    const { chain } = aChain([reversed()], aBoard(['a', 'b']).pool);
    for (let i = 0; i < 100; i++) decide(chain, aContext());
    expect([...chain.times.spent]).toEqual([0]);
  });

  it('stand for all decisions, though one in 64 is timed', () => {
    const { chain } = aChain([reversed()], aBoard(['a', 'b']).pool);
    chain.times.clock = aTickingClock();
    for (let i = 0; i < 1 + 64; i++) decide(chain, aContext());
    expect([...chain.times.spent]).toEqual([1 + 64]);
  });

  it('look at the clock once a link and once before, and not at all in between', () => {
    let looks = 0;
    const { chain } = aChain([reversed(), reversed()], aBoard(['a', 'b']).pool);
    chain.times.clock = () => ++looks;
    for (let i = 0; i < 64; i++) decide(chain, aContext());
    expect(looks).toBe(1 + 2);
  });

  it('of the shared head are added whenever it is run', () => {
    const times = new LinkTimes(1);
    times.clock = aTickingClock();
    times.beginHead();
    times.ended(0);
    times.end();
    times.beginHead();
    times.ended(0);
    expect([...times.spent]).toEqual([2]);
  });
});
