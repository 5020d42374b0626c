import { describe, expect, it } from 'vitest';
import { ReachedProxies } from '../../src/state/http-reached-proxies.ts';
import { aClock } from './support.ts';

describe('ReachedProxies', () => {
  it('counts each proxy once that has answered within five seconds', () => {
    const clock = aClock();
    const reached = new ReachedProxies(clock);
    expect(reached.count).toBe(0);
    for (const id of ['a', 'b', 'a']) reached.saw(id);
    expect(reached.count).toBe(2);
    clock.turn(3000);
    reached.saw('b');
    clock.turn(2001);
    expect(reached.count).toBe(1);
  });

  it.each(['', 'a b', 'x'.repeat(65), '{}'])('takes %j for no proxy', (id) => {
    const reached = new ReachedProxies(aClock());
    reached.saw(id);
    expect(reached.count).toBe(0);
  });

  it('has an end to what it counts', () => {
    const reached = new ReachedProxies(aClock());
    for (let i = 0; i < 3000; i++) reached.saw(`proxy${i}`);
    expect(reached.count).toBe(1024);
  });
});
