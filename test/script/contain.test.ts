import { describe, expect, it } from 'vitest';
import { compileChain, NO_REQUEST, type OnError } from '../../src/core/chain.ts';
import { decide } from '../../src/core/decide.ts';
import { ScriptError } from '../../src/core/errors.ts';
import { Pool } from '../../src/core/pool.ts';
import { seededRandom } from '../../src/core/random.ts';
import type { LoadedScript } from '../../src/script/load.ts';
import { aMoment, aServer } from '../../src/testing/make.ts';
import { aFolder, aLoader, type Loading } from './support.ts';

const load = async (source: string): Promise<Loading & { script: LoadedScript; file: string }> => {
  const folder = aFolder({ 's.ts': source });
  const loading = aLoader();
  return {
    ...loading,
    script: await loading.loader.load('./s.ts', folder.path),
    file: `${folder.path}/s.ts`,
  };
};

const thrownBy = (work: () => unknown): unknown => {
  try {
    work();
  } catch (thrown) {
    return thrown;
  }
  return undefined;
};

describe('making a function', () => {
  it.each([
    ['that throws', 'create: () => {\n throw new Error("no table"); }', 'create failed: no table', 2],
    ['that gives nothing', 'create: () => undefined', 'what create returned is a value of type undefined', 1],
    ['that is async', 'create: () => async () => []', 'what create returned is async', 1],
    [
      'whose memory throws',
      'create: () => () => [],\n signal: () => {\n throw new Error("no") }',
      'signal failed: no',
      3,
    ],
  ])('%s is a fault of the script with its place', async (_, parts, message, line) => {
    const { script, file } = await load(`export default { name: 'x', ${parts} };`);
    const thrown = thrownBy(() => {
      script.candidacy.signal?.(undefined);
      return script.candidacy.create(undefined, () => undefined);
    });
    expect(thrown).toBeInstanceOf(ScriptError);
    const [problem] = thrown instanceof ScriptError ? thrown.problems : [];
    expect(problem?.message).toContain(message);
    expect(problem?.place).toMatchObject({ file, line });
  });

  it('keeps `this` for create and signal', async () => {
    const { script } = await load(`export default { name: 'x', size: 2,
      signal() { return { init: () => this.size }; },
      create() { return (servers: unknown[]) => servers.slice(this.size); } };`);
    const run = script.candidacy.create(undefined, () => undefined);
    expect(run([aServer(), aServer(), aServer()], aMoment())).toHaveLength(1);
    expect(script.candidacy.signal?.(undefined).init(undefined, { slot: 0, since: 0 })).toBe(2);
  });
});

describe('an estimate of a script', () => {
  const source = `
    const pass = (servers: unknown) => servers;
    export default { name: 'x', create: () => Object.assign((s: unknown) => s, {
      estimate: (server) => { if (server.inFlight > 2) throw new Error('too many'); return server.inFlight * 10; },
      predicted: () => { throw new Error('never'); },
      reason: () => 'because',
    }) };`;

  it('is used, with the default where it throws, and the fault is counted with the script', async () => {
    const { script } = await load(source);
    const run = script.candidacy.create(undefined, () => undefined);
    expect(run.estimate?.(aServer({ inFlight: 2 }), aMoment())).toBe(20);
    expect(run.estimate?.(aServer({ inFlight: 3 }), aMoment())).toBe(3);
    expect(run.predicted?.(aServer(), aMoment())).toBe(0);
    expect(run.reason?.(aServer(), aMoment())).toBe('because');
    expect(script.guard.status()).toMatchObject({ calls: 3, faults: { throw: 2 } });
  });
});

describe('a script in a chain', () => {
  const decideWith = (script: LoadedScript, onError: OnError = 'pass'): readonly (string | undefined)[] => {
    const pool = new Pool('web');
    const servers = ['a', 'b'].map((id, i) => ({
      id,
      url: new URL(`http://127.0.0.1:${8000 + i}`),
      tags: [],
    }));
    pool.configure({ name: 'web', accept: [], servers });
    const chain = compileChain('test', [{ ...script, options: undefined, onError }], pool, 'refuse');
    const context = { request: NO_REQUEST, now: 0, random: seededRandom(1), proxies: 1 };
    return Array.from({ length: 5 }, () => decide(chain, context).chosen?.id);
  };

  it.each([
    ['throws', '() => { throw new Error("boom"); }', 'throw', 'boom'],
    ['throws what has no text', '() => { throw Object.create(null); }', 'throw', 'has no text'],
    ['returns no list', '() => 7', 'bad_result', 'returned a value of type number'],
    ['returns a promise', '() => Promise.resolve([])', 'bad_result', 'a promise'],
    ['returns a stranger', '(s) => [{ ...s[0] }]', 'bad_result', 'not a server of this pool'],
    ['returns a server twice', '(s) => [s[0], s[0]]', 'bad_result', 'twice'],
    ['changes its list', '(s) => s.reverse()', 'throw', 'read only'],
  ])('that %s changes nothing, is counted, told once, and bypassed', async (_, source, kind, message) => {
    const { script, events } = await load(`export default ${source};`);
    expect(decideWith(script)).toEqual(['a', 'a', 'a', 'a', 'a']);
    expect(script.guard.status().faults).toMatchObject({ [kind]: 3 });
    expect(events.map((event) => event.kind)).toEqual(['script_loaded', 'script_fault', 'script_bypassed']);
    expect(events[1]).toMatchObject({ fault: kind, message: expect.stringContaining(message) });
  });

  it('refuses every request where it must not be left out, also while it is bypassed', async () => {
    const { script } = await load('export default () => 7;');
    expect(decideWith(script, 'fail')).toEqual(Array.from({ length: 5 }, () => undefined));
    expect(script.guard.status()).toMatchObject({ calls: 3, bypass: { why: expect.any(String) } });
  });

  it('runs while it keeps to the contract', async () => {
    const { script } = await load(`export default (s: readonly unknown[]) => s.slice(1);`);
    expect(decideWith(script)).toEqual(['b', 'b', 'b', 'b', 'b']);
    expect(script.guard.status()).toMatchObject({ calls: 5, lastFault: undefined });
  });
});
