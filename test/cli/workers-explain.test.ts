import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DecisionView, ExplainAnswer, ShadowView } from '../../src/control/views/views.ts';
import { startBackend, stopBackends } from './backend.ts';
import { eventually, stopAll } from './command.ts';
import { ask, type RunningProxy, startProxy } from './with-workers.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forehand-test-'));
});

afterEach(async () => {
  await stopAll();
  stopBackends();
  await rm(folder, { recursive: true });
});

const aBackend = (status: number): Promise<string> =>
  startBackend((_, answer) => answer.writeHead(status).end());

const explain = async ({ admin }: RunningProxy): Promise<ExplainAnswer> => {
  const answer = await fetch(`${admin}/api/v1/explain`, {
    method: 'POST',
    body: JSON.stringify({ url: '/' }),
    headers: { 'content-type': 'application/json' },
  });
  return (await answer.json()) as ExplainAnswer;
};

const read = async <T>({ admin }: RunningProxy, path: string): Promise<T> =>
  JSON.parse((await ask(`${admin}/api/v1/${path}`)).text) as T;

describe('a proxy with two workers', () => {
  it('explains by what a worker has seen itself, such as who is ejected', async () => {
    const [good, bad] = [await aBackend(200), await aBackend(500)];
    const proxy = await startProxy(folder, {
      servers: [good, bad],
      pool: '    chain: [{ notEjected: { errors: 1, base: 30s } }, byRandom]\n',
    });
    const explained = await eventually(
      async () => {
        await Promise.all(Array.from({ length: 8 }, () => ask(proxy.url)));
        return explain(proxy);
      },
      ({ steps }) => (steps[0]?.dropped.length ?? 0) > 0,
    );
    expect([1, 2]).toContain(explained.worker);
    expect(explained.steps[0]?.dropped[0]?.id).toBe(new URL(bad).host);
    expect(explained.why).toContain(`${new URL(bad).host} left out by notEjected`);
  });

  it('gathers the decisions of both, and what their shadow chains would have done', async () => {
    const [good, bad] = [await aBackend(200), await aBackend(500)];
    const proxy = await startProxy(folder, {
      servers: [good, bad],
      pool: '    chain: [byRandom]\n    shadow: { chain: [byInFlight] }\n',
    });
    await Promise.all(Array.from({ length: 40 }, () => ask(proxy.url)));
    const recent = await eventually(
      () => read<readonly DecisionView[]>(proxy, 'decisions?kind=recent&limit=100'),
      (found) => found.length === 40,
    );
    expect(new Set(recent.map(({ id }) => id.split('-')[0]))).toEqual(new Set(['1', '2']));
    const failed = await read<readonly DecisionView[]>(proxy, 'decisions?kind=failed&limit=100');
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.every(({ outcome }) => outcome?.status === 500)).toBe(true);
    const [shadow] = await read<readonly ShadowView[]>(proxy, 'shadow');
    expect(shadow).toMatchObject({ pool: 'web', links: ['byInFlight'], decisions: 40 });
    const { text } = await ask(`${proxy.admin}/metrics`);
    expect(text).toContain('forehand_shadow_decisions_total{pool="web"} 40');
  });
});
