import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ToldState } from '../../src/core/server-spec.ts';
import { AgentChecks, type CheckTarget, MAX_OPEN_CHECKS } from '../../src/state/agent-checks.ts';
import type { AgentLine, AgentPlace, Question } from '../../src/state/ask-agent.ts';

const aTarget = (server: string, facts: Partial<CheckTarget> = {}): CheckTarget => ({
  pool: 'web',
  server,
  host: server,
  port: 9777,
  every: 2000,
  timeout: 1000,
  ...facts,
});

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Agents that answer when the test says so. */
class Agents {
  /** Hosts that were asked, each with when. */
  readonly asked: { readonly host: string; readonly at: number }[] = [];
  readonly told: (readonly [server: string, told: ToldState | undefined])[] = [];
  readonly faults: (readonly [server: string, fault: string | undefined])[] = [];
  readonly open = new Map<string, (line: AgentLine) => void>();
  mostOpen = 0;
  /** What is answered at once; undefined for nothing. */
  answer: string | undefined = undefined;
  readonly checks = new AgentChecks({
    tell: ({ server }, told) => void this.told.push([server, told]),
    onFault: ({ server }, fault) => void this.faults.push([server, fault]),
    ask: (place) => this.#ask(place),
  });

  #ask({ host }: AgentPlace): Question {
    this.asked.push({ host, at: Date.now() });
    let resolve: (line: AgentLine) => void = () => undefined;
    const promise = new Promise<AgentLine>((taken) => {
      resolve = taken;
    });
    const done = (line: AgentLine): void => {
      this.open.delete(host);
      resolve(line);
    };
    expect(this.open.has(host)).toBe(false);
    this.open.set(host, done);
    this.mostOpen = Math.max(this.mostOpen, this.open.size);
    if (this.answer !== undefined) done({ line: this.answer });
    return { answer: promise, cancel: () => done({ fault: 'cancelled' }) };
  }
}

const some = (count: number): readonly CheckTarget[] =>
  Array.from({ length: count }, (_, i) => aTarget(`s${i}`));

describe('asking agents', () => {
  it('each is asked once an interval, at a moment of its own', async () => {
    const agents = new Agents();
    agents.answer = 'up';
    agents.checks.follow(some(20));
    const begin = Date.now();
    await vi.advanceTimersByTimeAsync(2000);
    expect(agents.asked).toHaveLength(20);
    const moments = agents.asked.map(({ at }) => at - begin);
    const gaps = moments.slice(1).map((at, i) => at - moments[i]!);
    expect(Math.min(...gaps)).toBeGreaterThan(30);
    expect(Math.max(...gaps)).toBeLessThan(200);
    await vi.advanceTimersByTimeAsync(2000);
    expect(agents.asked.slice(20).map(({ host }) => host)).toEqual(
      agents.asked.slice(0, 20).map(({ host }) => host),
    );
    agents.checks.close();
  });

  it('one that is slow is not asked again before it has answered', async () => {
    const agents = new Agents();
    agents.checks.follow([aTarget('a')]);
    await vi.advanceTimersByTimeAsync(9000);
    expect(agents.asked).toHaveLength(1);
    agents.open.get('a')?.({ line: 'up' });
    await vi.advanceTimersByTimeAsync(2000);
    expect(agents.asked).toHaveLength(2);
    agents.checks.close();
  });

  it('no more than 64 at a time are asked, and all get their turn', async () => {
    const agents = new Agents();
    agents.checks.follow(some(200));
    await vi.advanceTimersByTimeAsync(2000);
    expect(agents.mostOpen).toBe(MAX_OPEN_CHECKS);
    while (agents.open.size > 0) {
      for (const done of [...agents.open.values()]) done({ line: 'up' });
      await vi.advanceTimersByTimeAsync(0);
    }
    expect(new Set(agents.asked.map(({ host }) => host)).size).toBe(200);
    expect(agents.mostOpen).toBe(MAX_OPEN_CHECKS);
    agents.checks.close();
  });

  it('ends when it is closed', async () => {
    const agents = new Agents();
    agents.checks.follow(some(100));
    await vi.advanceTimersByTimeAsync(2000);
    agents.checks.close();
    const { length } = agents.asked;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(agents.open.size).toBe(0);
    expect(agents.asked).toHaveLength(length);
    expect([...agents.told, ...agents.faults]).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('what agents say', () => {
  it('is told, the same object while it stays the same', async () => {
    const agents = new Agents();
    agents.answer = 'up 50%';
    agents.checks.follow([aTarget('a')]);
    await vi.advanceTimersByTimeAsync(4000);
    expect(agents.told).toEqual([
      ['a', { state: 'ready', weight: 0.5, reason: '' }],
      ['a', { state: 'ready', weight: 0.5, reason: '' }],
    ]);
    expect(agents.told[1]?.[1]).toBe(agents.told[0]?.[1]);
    agents.checks.close();
  });

  it('holds while the agent cannot be reached or understood, and the fault is told once', async () => {
    const agents = new Agents();
    agents.answer = 'down#disk';
    agents.checks.follow([aTarget('a')]);
    await vi.advanceTimersByTimeAsync(2000);
    agents.answer = 'what?';
    await vi.advanceTimersByTimeAsync(6000);
    agents.answer = '50%';
    await vi.advanceTimersByTimeAsync(2000);
    expect(agents.told).toEqual([
      ['a', { state: 'down', weight: 1, reason: 'disk' }],
      ['a', { state: 'down', weight: 0.5, reason: 'disk' }],
    ]);
    expect(agents.faults).toEqual([
      ['a', 'not understood: "what?"'],
      ['a', undefined],
    ]);
    agents.checks.close();
  });

  it('is lifted for a server that is asked no more, and nothing comes of a question under way', async () => {
    const agents = new Agents();
    agents.checks.follow([aTarget('a'), aTarget('b')]);
    await vi.advanceTimersByTimeAsync(2000);
    agents.open.get('b')?.({ line: 'drain' });
    await vi.advanceTimersByTimeAsync(0);
    agents.checks.follow([aTarget('b')]);
    await vi.advanceTimersByTimeAsync(0);
    expect(agents.told).toEqual([
      ['b', expect.objectContaining({ state: 'drain' })],
      ['a', undefined],
    ]);
    expect(agents.faults).toEqual([]);
    agents.checks.close();
  });

  it('is kept for a server whose agent is asked in another way', async () => {
    const agents = new Agents();
    agents.answer = 'drain';
    agents.checks.follow([aTarget('a')]);
    await vi.advanceTimersByTimeAsync(2000);
    agents.answer = '50%';
    agents.checks.follow([aTarget('a', { every: 500 })]);
    await vi.advanceTimersByTimeAsync(500);
    expect(agents.told.map(([, told]) => told?.state)).toEqual(['drain', 'drain']);
    expect(agents.told[1]?.[1]?.weight).toBe(0.5);
    agents.checks.close();
  });
});
