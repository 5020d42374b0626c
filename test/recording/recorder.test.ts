import { describe, expect, it } from 'vitest';
import { NO_REQUEST } from '../../src/core/chain.ts';
import { decide } from '../../src/core/decide.ts';
import { seededRandom } from '../../src/core/random.ts';
import { EventDecoder } from '../../src/recording/decode-events.ts';
import { RecordedPools } from '../../src/recording/recorded-pools.ts';
import { Replay } from '../../src/recording/replay.ts';
import { chainsAgain, MemorySink, Storm } from './storm.ts';

const CHAINS = { round: ['roundRobin'] };

/** Numbers of the decisions whose exchanges ended, and how many there were in all. */
const outcomesIn = (sink: MemorySink): { before: number; ended: number[] } => {
  const ended: number[] = [];
  let before = 0;
  let decoder: EventDecoder | undefined;
  for (const part of sink.parts()) {
    if (part.kind === 'events') {
      decoder?.decode(part.bytes);
      continue;
    }
    const { checkpoint } = part;
    before = checkpoint.decisions;
    const listener = {
      decided: () => undefined,
      finished: ({ decision }: { decision: number }) => void ended.push(decision),
    };
    decoder = new EventDecoder(new RecordedPools(checkpoint), listener, checkpoint);
  }
  return { before, ended };
};

describe('a recording that follows another in the same process', () => {
  it('takes no exchange of a decision before it for one of its own', () => {
    const storm = new Storm({ seed: 3, chains: CHAINS });
    const first = storm.record(new MemorySink());
    storm.run(1000);
    first.close();
    const sink = new MemorySink();
    const second = storm.record(sink, { run: 'second', numbered: first.numbered });
    storm.run(1000);
    second.close();
    const { before, ended } = outcomesIn(sink);
    expect(before).toBe(1000);
    expect(ended.filter((number) => number <= 1000).length).toBeGreaterThan(0);
    expect(ended.filter((number) => number > 1000).length).toBeGreaterThan(500);
    expect(new Set(ended).size).toBe(ended.length);
    expect(Math.max(...ended)).toBeLessThanOrEqual(2000);
  });
});

describe('a request that no chunk has room for', () => {
  it.each([['/'.repeat(300_000)], ['\u20ac'.repeat(150_000)]])(
    'is lost and counted, and a checkpoint makes up for it (%#)',
    async (path) => {
      const storm = new Storm({ seed: 3, chains: CHAINS });
      const sink = new MemorySink();
      const recorder = storm.record(sink);
      storm.run(500);
      const [chain] = storm.chains;
      if (!chain) throw new TypeError('the storm has no chain');
      const request = { ...NO_REQUEST, path };
      const context = { request, now: storm.now, random: seededRandom(1), proxies: 1 };
      recorder.decided(decide(chain, context), 1);
      expect(recorder.lost).toBe(1);
      recorder.tend();
      storm.run(500);
      recorder.close();
      const replay = new Replay({ chains: chainsAgain() });
      for (const part of sink.parts()) await replay.take(part);
      expect(replay.result()).toMatchObject({ decisions: 1000, different: 0, lost: 1 });
    },
  );

  it.each([['/'.repeat(60_000)], ['/\u20ac'.repeat(30_000)]])(
    'is not one of 60,000 characters (%#)',
    async (path) => {
      const storm = new Storm({ seed: 3, chains: CHAINS });
      const sink = new MemorySink();
      const recorder = storm.record(sink);
      const [chain] = storm.chains;
      if (!chain) throw new TypeError('the storm has no chain');
      const random = seededRandom(1);
      for (let i = 0; i < 20; i++)
        recorder.decided(
          decide(chain, {
            request: { ...NO_REQUEST, path: `${i}${path}` },
            now: storm.now,
            random,
            proxies: 1,
          }),
          1,
        );
      recorder.close();
      const replay = new Replay({ chains: chainsAgain() });
      for (const part of sink.parts()) await replay.take(part);
      expect(replay.result()).toMatchObject({ decisions: 20, different: 0, lost: 0 });
    },
  );
});
