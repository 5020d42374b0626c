import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OwnMessages } from '../../../src/state/redis/own-messages.ts';
import { Presence } from '../../../src/state/redis/presence.ts';
import { mutated } from '../conformance.ts';
import { aClock } from '../support.ts';

const aFleet = () => {
  const clock = aClock();
  const messages = new OwnMessages({ tokens: ['fleet'], loopback: false, clock });
  const aPresence = (id: string) => new Presence({ id, messages, clock });
  const say = (id: string, left = false) => Buffer.from(aPresence(id).say({ left }));
  return { clock, presence: aPresence('one'), say };
};

describe('the proxies that are alive', () => {
  it('are this one and those that said so in the last four seconds', () => {
    const { clock, presence, say } = aFleet();
    expect(presence.count).toBe(1);
    presence.hear(say('two'));
    presence.hear(say('one'));
    clock.turn(2000);
    presence.hear(say('three'));
    expect(presence.count).toBe(3);
    clock.turn(2000);
    expect(presence.count).toBe(2);
    clock.turn(2000);
    expect(presence.count).toBe(1);
  });

  it('are as old as their key says', () => {
    const { clock, presence, say } = aFleet();
    presence.hear(say('two'), 3000);
    expect(presence.count).toBe(2);
    clock.turn(1000);
    expect(presence.count).toBe(1);
  });

  it('are not those that have left, nor brought back by what they said before', () => {
    const { clock, presence, say } = aFleet();
    const before = say('two');
    presence.hear(before);
    clock.turn(10);
    presence.hear(say('two', true));
    expect(presence.count).toBe(1);
    presence.hear(before);
    expect(presence.count).toBe(1);
    clock.turn(10);
    presence.hear(say('two'));
    expect(presence.count).toBe(2);
  });

  it('stay what they were while we are cut off, and get their time to speak afterwards', () => {
    const { clock, presence, say } = aFleet();
    presence.hear(say('two'));
    clock.turn(1000);
    presence.cutOff();
    clock.turn(20_000);
    presence.cutOff();
    expect(presence.count).toBe(2);
    presence.backAgain();
    clock.turn(2999);
    expect(presence.count).toBe(2);
    clock.turn(1);
    expect(presence.count).toBe(1);
  });

  it('are 1,024 at most, and the long silent make room', () => {
    const { clock, presence, say } = aFleet();
    for (let i = 0; i < 1024; i += 1) expect(presence.hear(say(`proxy${i}`))).toBeUndefined();
    expect(presence.hear(say('more'))?.code).toBe('full');
    expect(presence.count).toBe(1024);
    clock.turn(61_000);
    expect(presence.hear(say('more'))).toBeUndefined();
    expect(presence.count).toBe(2);
  });

  it('have names that can stand in a key', () => {
    const clock = aClock();
    const messages = new OwnMessages({ tokens: [], loopback: true, clock });
    expect(() => new Presence({ id: 'a b', messages, clock })).toThrow('proxyId');
  });

  it('are not those that a changed message names', () => {
    const { presence, say } = aFleet();
    const base = say('two').toString();
    fc.assert(
      fc.property(fc.oneof(mutated(base), fc.json()), (text) => {
        if (text === base) return;
        expect(presence.hear(Buffer.from(text))).toBeDefined();
        expect(presence.count).toBe(1);
      }),
      { numRuns: 2000 },
    );
  });
});
