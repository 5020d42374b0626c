import { appendFile, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fittedText } from '../../src/cli/fit-text.ts';
import { Board } from '../../src/core/board.ts';
import { compileChain } from '../../src/core/chain.ts';
import { decide } from '../../src/core/decide.ts';
import { seededRandom } from '../../src/core/random.ts';
import type { Stats } from '../../src/core/types.ts';
import type { TraceSink } from '../../src/recording/event-chunks.ts';
import { fitScenario } from '../../src/recording/fit.ts';
import { frameHead } from '../../src/recording/frames.ts';
import { Recorder } from '../../src/recording/recorder.ts';
import { Replay } from '../../src/recording/replay.ts';
import { TraceFile } from '../../src/recording/trace-file.ts';
import { scenarioSchema } from '../../src/simulator/scenario.ts';
import { aRequest } from '../../src/testing/index.ts';
import { aLinkOf, chainsAgain, MemorySink, type WrittenLink } from './storm.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forehand-test-'));
});
afterEach(() => rm(folder, { recursive: true }));

interface Facts {
  readonly requests: number;
  /** Ms of work of the next request. */
  readonly work: (random: () => number) => number;
  /** Requests per ms. */
  readonly rate: number;
  readonly speeds: readonly number[];
  readonly cores?: number;
  readonly says?: (i: number) => Stats | undefined;
  readonly failing?: readonly number[];
  readonly links?: readonly WrittenLink[];
}

/** Traffic through servers that never queue. */
const record = (sink: TraceSink, facts: Facts): void => {
  const { requests, work, rate, speeds, says, failing = [], links = ['byRandom'] } = facts;
  const board = new Board();
  const servers = speeds.map((_, i) => ({
    id: `s${i}`,
    url: new URL(`http://10.0.0.${i + 1}:80`),
    tags: i % 2 === 0 ? ['even'] : [],
  }));
  board.configure([{ name: 'web', servers, accept: [] }]);
  const pool = board.pool('web')!;
  const chain = compileChain('random', links.map(aLinkOf), pool, 'undo');
  const { next } = seededRandom(9);
  const random = seededRandom(10);
  let now = 1000;
  const parts = { sink, now: () => now, wallClock: () => 0, run: 'run', headers: [], cookies: [] };
  const recorder = new Recorder(parts);
  recorder.follow({ chains: [chain], pools: [pool], setup: { written: { random: links } } }, 'start');
  const ends: { at: number; end: () => void }[] = [];
  let seq = 0;
  let reported = now;
  for (let i = 0; i < requests; i++) {
    now += -Math.log(1 - next()) / rate;
    for (const one of ends.filter(({ at }) => at <= now).toSorted((a, b) => a.at - b.at)) one.end();
    ends.splice(0, ends.length, ...ends.filter(({ at }) => at > now));
    if (now - reported >= 500) {
      reported += 500;
      for (const [place, { url }] of servers.entries()) {
        const stats = says?.(place);
        const report = { v: 1, node: `n${place}`, boot: 'b', seq: ++seq, stats: stats ?? {} } as const;
        if (stats)
          board.hear(
            { ...report, servers: [{ url: url.origin }] },
            { address: '127.0.0.1', transport: 'memory' },
            reported,
          );
      }
    }
    const decision = decide(chain, { request: aRequest(), now, random, proxies: 1 });
    recorder.decided(decision, 1);
    const server = decision.chosen!;
    const done = board.begin(server, now);
    const fails = failing.includes(server.slot);
    const total = fails ? 1 : work(next) / (speeds[server.slot] ?? 1);
    const [status, at] = [fails ? 503 : 200, now + total];
    const common = { kind: 'request', requestId: '', method: '', scheme: '', host: '', path: '' } as const;
    ends.push({
      at,
      end: () => {
        done({ kind: 'answered', status, firstByte: total, total }, at);
        recorder.finished({
          ...{ ...common, clientIp: '', peerIp: '', bytesIn: 0, bytesOut: 0, startedAt: at - total },
          ...{ status, duration: total, attempts: 1, termination: 'ok', decision },
        });
      },
    });
  }
  recorder.close();
};

const traced = async (facts: Facts, name?: string) => {
  const file = new TraceFile({ file: join(folder, 'trace'), maxSize: 2 ** 28, files: 1 }, (error) => {
    throw error;
  });
  record(file, facts);
  await file.close();
  return fitScenario([join(folder, 'trace')], name);
};

const exponential =
  (mean: number) =>
  (random: () => number): number =>
    -mean * Math.log(1 - random());

describe('a scenario that is fitted from a trace', () => {
  const speeds = [1, 1, 0.5, 0.5];
  const facts: Facts = {
    requests: 8000,
    rate: 0.3,
    speeds,
    work: exponential(10),
    says: (i) => ({ cpus: 4, arriba: 1000 * (speeds[i] ?? 1) }),
  };

  it('has the servers, the work and the load of the traffic', async () => {
    const { scenario, notes } = await traced(facts);
    expect(notes).toEqual([]);
    expect(scenario).toMatchObject({
      servers: { count: 4, cores: 4, speeds: [1, 1, 0.5, 0.5] },
      proxies: 1,
      work: { distribution: 'exponential' },
      reports: { every: '500ms', delay: '0ms', answers: false },
    });
    const read = scenarioSchema.parse(scenario);
    expect(read.work.mean).toBeGreaterThan(8.5);
    expect(read.work.mean).toBeLessThan(11.5);
    expect(read.load).toBeCloseTo((0.3 * 10) / 12, 1);
  });

  it('is a scenario file', async () => {
    const text = fittedText(await traced(facts));
    expect(text).toMatch(/^# Fitted/);
    expect(text).toContain('servers: { count: 4, cores: 4, speeds: [1, 1, 0.5, 0.5] }\n');
  });

  it('finds speeds in response times where nobody reports, and says so', async () => {
    const { scenario, notes } = await traced({ ...facts, says: () => undefined });
    expect(notes.join('\n')).toMatch(
      /speeds are those of answers[\s\S]*cores[\s\S]*no agent reported|cores[\s\S]*speeds/,
    );
    const { servers } = scenarioSchema.parse(scenario);
    const [fast = 0, , slow = 1] = servers.speeds;
    expect(fast / slow).toBeGreaterThan(1.6);
    expect(fast / slow).toBeLessThan(2.5);
  });

  it('has servers that fail, first', async () => {
    const { scenario } = await traced({ ...facts, failing: [2] });
    expect(scenario).toMatchObject({
      failures: [{ kind: 'errors', servers: 1 }],
      servers: { speeds: [0.5, 1, 1, 0.5] },
    });
  });

  it.each([
    ['constant', () => 10],
    ['pareto', (random: () => number) => Math.min(2000, (10 / 3) * (1 - random()) ** (-2 / 3))],
    ['bimodal', (random: () => number) => (random() < 0.05 ? 115 : 4.474)],
  ])('knows %s work when it sees it', async (distribution, work) => {
    const { scenario } = await traced({ ...facts, work, rate: 0.1 });
    expect(scenario).toMatchObject({ work: { distribution } });
  });

  it('notes where a file is damaged, and takes what stands before it', async () => {
    await traced(facts);
    const file = join(folder, 'trace');
    const { size } = await stat(file);
    const junk = Buffer.alloc(100, 255);
    await appendFile(file, Buffer.concat([frameHead('events', junk), junk]));
    const { scenario, notes } = await fitScenario([file]);
    expect(scenario).toMatchObject({ servers: { count: 4 }, work: { distribution: 'exponential' } });
    expect(notes).toEqual([expect.stringContaining(`${file}: from byte ${size} on: `)]);
  });

  it('needs traffic of the pool', async () => {
    await expect(traced(facts, 'other')).rejects.toThrow('too little traffic of pool "other"');
  });
});

describe('the estimated effect of another chain', () => {
  const facts: Facts = { requests: 6000, rate: 0.1, speeds: [1, 0.1, 1, 0.1], work: () => 10 };
  const replayed = async (links: readonly WrittenLink[], tried: readonly WrittenLink[]) => {
    const sink = new MemorySink();
    record(sink, { ...facts, links });
    const replay = new Replay({ chains: chainsAgain(tried) });
    for (const part of sink.parts()) await replay.take(part);
    return replay.result().effect;
  };

  it('is what the recorded outcomes of its picks were', async () => {
    const effect = await replayed(['byRandom'], [['byTag', 'even'], 'byRandom']);
    expect(effect?.before.mean).toBeGreaterThan(50);
    expect(effect?.before.p99).toBeCloseTo(100, 3);
    expect(effect?.after).toMatchObject({ failures: 0 });
    expect(effect?.after.mean).toBeCloseTo(10, 3);
    expect(effect?.after.p99).toBeCloseTo(10, 3);
    expect(effect?.overlap).toBe(1);
    expect(effect?.effectiveSamples).toBeGreaterThan(2000);
  });

  it('says where the recorded chain never picks what the other one does', async () => {
    const effect = await replayed([['byTag', 'even'], 'byRandom'], ['byRandom']);
    expect(effect?.overlap).toBeGreaterThan(0.4);
    expect(effect?.overlap).toBeLessThan(0.6);
  });

  it('of the same chain is none', async () => {
    const effect = await replayed(['byRandom'], ['byRandom']);
    expect(effect?.after.mean).toBeCloseTo(effect?.before.mean ?? 0, -1);
    expect(effect?.effectiveSamples).toBeGreaterThan(0.9 * (effect?.samples ?? 1));
  });
});
