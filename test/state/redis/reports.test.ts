import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeReport } from '../../../src/core/report.ts';
import { encodeDatagram } from '../../../src/state/datagram.ts';
import { Reports } from '../../../src/state/redis/reports.ts';
import { Tokens } from '../../../src/state/tokens.ts';
import { mutated } from '../conformance.ts';
import { aClock, aReport, Listener, TOKEN } from '../support.ts';

const aDoor = ({ isSigned = true, loopback = false } = {}) => {
  const token = isSigned ? TOKEN : undefined;
  const clock = aClock();
  const tokens = new Tokens(token === undefined ? [] : [{ name: 'agents', token }]);
  const door = new Reports({ tokens, loopback, clock });
  const listener = new Listener();
  door.subscribe(listener);
  const message = (seq: number, node = 'web1') =>
    Buffer.from(encodeDatagram(encodeReport(aReport({ seq, node })), token, clock.epoch()));
  return { door, listener, clock, message };
};

describe('reports through redis', () => {
  it('are not taken unsigned from a redis on another machine', () => {
    const { door, listener, message } = aDoor({ isSigned: false });
    door.take(message(1));
    expect(listener.codes).toEqual(['source']);
    expect(listener.reports).toEqual([]);
  });

  it('are taken unsigned from one on this machine', () => {
    const { door, listener, message } = aDoor({ isSigned: false, loopback: true });
    door.take(message(1));
    expect(listener.reports).toHaveLength(1);
  });

  it('are not heard by key if a newer one of the node was heard by channel', () => {
    const { door, listener, clock, message } = aDoor();
    const older = message(1);
    clock.turn(250);
    door.take(message(2));
    door.take(older, { node: 'web1', age: 250 });
    door.take(message(1, 'web2'), { node: 'web2', age: 0 });
    expect(listener.reports.map(({ report }) => [report.node, report.seq])).toEqual([
      ['web1', 2],
      ['web2', 1],
    ]);
    expect(listener.refusals).toEqual([]);
  });

  it('are no replays when the channel brings late what was heard by key, but are some seconds later', () => {
    const { door, listener, clock, message } = aDoor();
    const before = message(1);
    clock.turn(250);
    const kept = message(2);
    door.take(kept, { node: 'web1', age: 0 });
    door.take(before);
    door.take(kept);
    expect(listener.total).toBe(1);
    clock.turn(2000);
    door.take(kept);
    expect(listener.codes).toEqual(['replayed']);
  });

  it('are told with what the board needs to know how old they are', () => {
    const { door, listener, clock, message } = aDoor();
    const kept = message(1);
    clock.turn(9000);
    door.take(kept, { node: 'web1', age: 9000 });
    const { age, sent } = listener.reports[0]!.source;
    expect(age).toBe(9000);
    expect(sent!.receivedAt).toBe(sent!.at);
  });

  it('are forgotten by the snapshot as soon as the board would not believe them', () => {
    const { door, clock, message } = aDoor();
    const kept = message(1);
    clock.turn(10_000);
    door.take(kept, { node: 'web1', age: 10_000 });
    expect(door.recent()).toHaveLength(1);
    clock.turn(10_001);
    expect(door.recent()).toHaveLength(0);
  });

  it('are refused and counted if they were changed on the way, however they were', () => {
    const { door, listener, message } = aDoor();
    const base = message(1).toString();
    let refused = 0;
    const change = fc.oneof(mutated(base), fc.string({ unit: 'binary' }), fc.json());
    fc.assert(
      fc.property(change, fc.boolean(), (text, isKept) => {
        if (text === base) return;
        door.take(Buffer.from(text), isKept ? { node: 'web1', age: 0 } : undefined);
        refused += 1;
        expect(listener.refusals).toHaveLength(refused);
        expect(listener.reports).toEqual([]);
      }),
      { numRuns: 5000 },
    );
  });
});
