import { describe, expect, it } from 'vitest';
import { builtIns } from '../../candidacy/index.ts';
import type { TracePart } from '../../src/recording/read-trace.ts';
import { Replay, type ReplayResult } from '../../src/recording/replay.ts';
import { CHAINS, chainsAgain, MemorySink, Storm, type WrittenLink } from './storm.ts';

/** By hand: STORM=1000000 npx vitest run test/recording/replay.test.ts */
const DECISIONS = Number(process.env['STORM'] ?? 100_000);

interface Facts {
  readonly tried?: readonly WrittenLink[];
  readonly explain?: number;
}

const replayed = async (
  parts: readonly TracePart[],
  { tried, explain }: Facts = {},
): Promise<ReplayResult> => {
  const replay = new Replay({ chains: chainsAgain(tried), ...(explain === undefined ? {} : { explain }) });
  for (const part of parts) await replay.take(part);
  return replay.result();
};

/** A storm of so many decisions, from its beginning to its end. */
const recorded = (decisions: number, chains = CHAINS): { storm: Storm; parts: readonly TracePart[] } => {
  const storm = new Storm({ seed: 3, chains });
  const sink = new MemorySink();
  const recorder = storm.record(sink);
  storm.run(decisions);
  recorder.close();
  return { storm, parts: sink.parts() };
};

describe('a storm', () => {
  it('goes through every function that is built in', () => {
    const used = Object.values(CHAINS).flatMap((links) => links.map((link) => [link].flat()[0]));
    // It stands for a script, and takes no options that a list could hold.
    const others = [...builtIns.keys()].filter((name) => name !== 'byFunction');
    expect(others.filter((name) => !used.includes(name))).toEqual([]);
  });
});

describe('a replay', () => {
  it(`of a storm of ${DECISIONS} decisions through all functions is equal to the digit`, async () => {
    const storm = new Storm({ seed: 7 });
    const sink = new MemorySink(1024 * 1024);
    const recorder = storm.record(sink);
    for (let left = DECISIONS; left > 0; left -= 1000) {
      storm.run(Math.min(left, 1000));
      recorder.tend();
    }
    recorder.close();
    expect(sink.files.length).toBeGreaterThan(1);
    const result = await replayed(sink.parts());
    expect(result.differences).toEqual([]);
    expect(result).toMatchObject({ decisions: DECISIONS, different: 0, lost: 0, forgotten: [] });
  }, 600_000);

  it('begins in the middle of a run as well as at its start', async () => {
    const storm = new Storm({ seed: 11 });
    storm.run(5000);
    const sink = new MemorySink();
    storm.record(sink).tend();
    storm.run(5000);
    storm.recorder?.close();
    expect(await replayed(sink.parts())).toMatchObject({ decisions: 5000, different: 0 });
  });

  it('finds differences where anything of what happened is missing', async () => {
    const { parts } = recorded(10_000);
    // One that no checkpoint follows at once, which would make up for it.
    const missing = parts.findIndex(({ kind }, i) => kind === 'events' && parts[i + 1]?.kind === 'events');
    const result = await replayed(parts.filter((_, i) => i !== missing));
    expect(result.decisions).toBeLessThan(10_000);
    expect(result.different).toBeGreaterThan(100);
    expect(result.differences).toHaveLength(10);
    expect(result.differences[0]).toMatchObject({ file: 'file 0', decision: expect.any(Number) });
  });

  it('shares the decisions among servers as they were', async () => {
    const { storm, parts } = recorded(2000, { orca: ['byOrcaWeight'] });
    const { share } = await replayed(parts);
    const counts = new Map<string, number>();
    for (const id of storm.log) if (id !== null) counts.set(id, (counts.get(id) ?? 0) + 1);
    const byId = new Map<string, number>();
    for (const [name, [before, after]] of Object.entries(share)) {
      expect(after).toBe(before);
      const id = name.slice(name.indexOf('/') + 1);
      byId.set(id, (byId.get(id) ?? 0) + before);
    }
    for (const [id, count] of counts) expect(byId.get(id)).toBeCloseTo(count / 2000, 10);
  });

  it('with another chain tells what would differ, the same again and again', async () => {
    const { parts } = recorded(5000, { round: ['roundRobin'] });
    const results = [
      await replayed(parts, { tried: ['byRandom'] }),
      await replayed(parts, { tried: ['byRandom'] }),
    ];
    const [result] = results;
    expect(result).toEqual(results[1]);
    expect(result?.different).toBeGreaterThan(3000);
    expect(result?.checksum).toMatch(/^[0-9a-f]{8}$/);
    const same = await replayed(parts, { tried: ['roundRobin'] });
    expect(same).toMatchObject({ different: 0 });
    expect(same.checksum).not.toBe(result?.checksum);
    expect((await replayed(parts)).checksum).toBe(same.checksum);
  });

  it('explains a decision as it was', async () => {
    const { storm, parts } = recorded(500, { default: CHAINS['default'] ?? [] });
    const { explanation } = await replayed(parts, { explain: 321 });
    expect(explanation?.chosen).toBe(storm.log[320]);
    expect(explanation?.steps.map(({ name }) => name)).toContain('byMarginalCost');
  });

  it('of nothing is nothing', async () => {
    expect(await replayed([])).toMatchObject({ decisions: 0, different: 0, share: {} });
  });
});

describe('a recording that cannot be written fast enough', () => {
  it('loses whole chunks, says how many decisions, and goes on equal after them', async () => {
    const storm = new Storm({ seed: 5 });
    const sink = new MemorySink();
    const recorder = storm.record(sink);
    storm.run(2000);
    sink.isSlow = true;
    storm.run(40_000);
    expect(recorder.lost).toBeGreaterThan(0);
    recorder.tend();
    storm.run(100);
    sink.let();
    recorder.tend();
    storm.run(2000);
    recorder.close();
    const result = await replayed(sink.parts());
    expect(result).toMatchObject({ different: 0, lost: recorder.lost });
    expect(result.decisions).toBe(44_100 - recorder.lost);
  }, 60_000);

  it('holds no more than a few chunks meanwhile', () => {
    const storm = new Storm({ seed: 5, chains: { random: ['byRandom'] } });
    const sink = new MemorySink();
    storm.record(sink);
    sink.isSlow = true;
    storm.run(50_000);
    const held = sink.files[0]?.reduce((sum, { content }) => sum + content.length, 0) ?? 0;
    expect(held).toBeLessThan(3 * 1024 * 1024);
  }, 60_000);
});
