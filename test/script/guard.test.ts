import { describe, expect, it } from 'vitest';
import type { ScriptEvent } from '../../src/script/event.ts';
import { type GuardSettings, ScriptGuard } from '../../src/script/guard.ts';
import { Heartbeat, RUNNING } from '../../src/script/heartbeat.ts';

interface Bench {
  readonly guard: ScriptGuard;
  readonly heartbeat: Heartbeat;
  readonly events: ScriptEvent[];
  readonly pass: (ms: number) => void;
  /** One call that takes so long. */
  readonly call: (ms?: number) => void;
  readonly kinds: () => readonly string[];
}

const aBench = (settings: Partial<GuardSettings> = {}): Bench => {
  let now = 1_000_000;
  const events: ScriptEvent[] = [];
  const heartbeat = new Heartbeat();
  const guard = new ScriptGuard({
    name: './s.ts',
    hash: 'abc',
    files: ['/own/s.ts'],
    clock: () => now,
    heartbeat,
    onEvent: (event) => events.push(event),
    settings,
  });
  const pass = (ms: number): void => {
    now += ms;
  };
  const call = (ms = 0.1): void => {
    guard.enter();
    pass(ms);
    guard.leave();
  };
  return { guard, heartbeat, events, pass, call, kinds: () => events.map(({ kind }) => kind) };
};

describe('what a guard counts', () => {
  it('counts calls and their time, and quick ones are no fault', () => {
    const { guard, call, events } = aBench();
    for (const ms of [0.5, 4, 5]) call(ms);
    const faults = { throw: 0, bad_result: 0, timeout: 0 };
    expect(guard.status()).toMatchObject({ calls: 3, totalMs: 9.5, faults, lastFault: undefined });
    expect(events).toEqual([]);
  });

  it('takes a call of more than 5 ms for a fault and says how long it was', () => {
    const { guard, call, events } = aBench();
    call(12.34);
    expect(guard.status().faults.timeout).toBe(1);
    expect(events).toEqual([
      {
        kind: 'script_fault',
        name: './s.ts',
        fault: 'timeout',
        message: 'took 12.3 ms, more than 5 ms',
        untold: 0,
      },
    ]);
  });

  it('keeps the last fault with the line of its author', () => {
    const { guard } = aBench();
    const thrown = Object.assign(new Error('boom'), { stack: 'Error: boom\n    at pick (/own/s.ts:3:9)' });
    guard.fault('bad_result', 'returned a value');
    guard.fault('throw', 'boom', thrown);
    expect(guard.status().lastFault).toEqual({
      kind: 'throw',
      message: 'boom',
      at: 1_000_000,
      place: { file: '/own/s.ts', line: 3, column: 9 },
    });
  });

  it('counts a function that comes back into itself as one call', () => {
    const { guard, heartbeat, pass } = aBench();
    guard.enter();
    pass(1);
    guard.call(
      () => pass(1),
      () => undefined,
    );
    expect(Atomics.load(heartbeat.words, RUNNING)).toBe(1);
    pass(1);
    guard.leave();
    expect(guard.status()).toMatchObject({ calls: 1, totalMs: 3 });
    expect(Atomics.load(heartbeat.words, RUNNING)).toBe(0);
  });
});

describe('three faults of any kinds within 10 s', () => {
  it('bypass the function for 30 s, with an event that says why, and one when it is back', () => {
    const { guard, call, pass, events } = aBench();
    guard.fault('throw', 'one');
    call(6);
    expect(guard.bypassed).toBe(false);
    guard.fault('bad_result', 'three');
    expect(guard.bypassed).toBe(true);
    const why = '3 faults within 10 s, the last: three';
    expect(events.at(-1)).toEqual({ kind: 'script_bypassed', name: './s.ts', why, for: 30_000 });
    expect(guard.status().bypass).toEqual({ why, until: 1_000_006 + 30_000 });
    pass(29_999);
    expect(guard.bypassed).toBe(true);
    pass(1);
    expect(guard.bypassed).toBe(false);
    expect(events.at(-1)).toEqual({ kind: 'script_resumed', name: './s.ts' });
    expect(guard.status().bypass).toBeUndefined();
  });

  it('are not three that lie further apart', () => {
    const { guard, pass } = aBench();
    for (let i = 0; i < 10; i++) {
      guard.fault('throw', 'now and then');
      pass(5001);
    }
    expect(guard.bypassed).toBe(false);
  });

  it('are too few to bypass a function that did well in thousands of calls meanwhile', () => {
    const { guard, call } = aBench();
    const round = (good: number): void => {
      for (let i = 0; i < good; i++) call(0.01);
      call(7);
    };
    for (let i = 0; i < 20; i++) round(200);
    expect(guard.bypassed).toBe(false);
    expect(guard.status().faults.timeout).toBe(20);
    for (let i = 0; i < 80; i++) round(20);
    expect(guard.bypassed).toBe(true);
  });

  it('do not count against the function once it is back', () => {
    const { guard, pass } = aBench();
    for (let i = 0; i < 3; i++) guard.fault('throw', 'x');
    pass(30_000);
    expect(guard.bypassed).toBe(false);
    guard.fault('throw', 'x');
    guard.fault('throw', 'x');
    expect(guard.bypassed).toBe(false);
  });

  it('make each further bypass twice as long, up to 10 minutes, and start anew after a quiet hour', () => {
    const { guard, pass, events } = aBench();
    const strikeOut = (): number | null => {
      for (let i = 0; i < 3; i++) guard.fault('throw', 'x');
      const last = events.at(-1);
      return last?.kind === 'script_bypassed' ? last.for : 0;
    };
    const lengths = Array.from({ length: 7 }, () => {
      const length = strikeOut();
      pass(length ?? 0);
      expect(guard.bypassed).toBe(false);
      return length;
    });
    expect(lengths).toEqual([30_000, 60_000, 120_000, 240_000, 480_000, 600_000, 600_000]);
    pass(3_600_000);
    expect(strikeOut()).toBe(30_000);
  });
});

describe('the events of a guard', () => {
  it('tell the first fault of a kind, then at most one in 10 s with the number of those between', () => {
    const { guard, pass, events } = aBench({ strikes: 1000 });
    for (let i = 0; i < 5; i++) guard.fault('throw', `fault ${i}`);
    guard.fault('bad_result', 'another kind');
    pass(10_000);
    guard.fault('throw', 'later');
    expect(events).toMatchObject([
      { fault: 'throw', message: 'fault 0', untold: 0 },
      { fault: 'bad_result', message: 'another kind', untold: 0 },
      { fault: 'throw', message: 'later', untold: 4 },
    ]);
    expect(guard.status().faults.throw).toBe(6);
  });
});

describe('a guard that starts bypassed', () => {
  it('stays so for good: only other content gets another guard', () => {
    const { guard, pass, events, kinds } = aBench();
    guard.startBypassed('it did not return');
    pass(1e9);
    expect(guard.bypassed).toBe(true);
    expect(guard.status().bypass).toEqual({ why: 'it did not return', until: null });
    expect(events[0]).toMatchObject({ why: 'it did not return', for: null });
    expect(kinds()).toEqual(['script_bypassed']);
  });
});

describe('a call inside the rails', () => {
  it('gives its answer, or the other one when it throws or the function is bypassed', () => {
    const { guard, kinds } = aBench();
    const thrower = (): number => {
      throw new Error('boom');
    };
    expect(
      guard.call(
        () => 1,
        () => 2,
      ),
    ).toBe(1);
    for (let i = 0; i < 3; i++) expect(guard.call(thrower, () => 2)).toBe(2);
    expect(
      guard.call(
        () => 1,
        () => 2,
      ),
    ).toBe(2);
    expect(guard.status()).toMatchObject({ calls: 4, faults: { throw: 3 } });
    expect(kinds()).toEqual(['script_fault', 'script_bypassed']);
  });

  it('shows in the heartbeat while it runs, also when it throws', () => {
    const { guard, heartbeat } = aBench();
    const running = (): number => Atomics.load(heartbeat.words, RUNNING);
    expect(guard.watched(running)).toBe(1);
    expect(() =>
      guard.watched(() => {
        throw new Error('boom');
      }),
    ).toThrow('boom');
    expect(running()).toBe(0);
    expect(guard.status().calls).toBe(0);
  });
});
