import { describe, expect, it } from 'vitest';
import { DecisionLog } from '../../src/control/decisions.ts';
import { Instance } from '../../src/control/instance.ts';
import { silentLog } from '../../src/control/log.ts';
import { Heartbeat } from '../../src/script/heartbeat.ts';
import { aRequest } from '../../src/testing/index.ts';

const anInstance = (servers: number, clock: () => number): Promise<Instance> =>
  Instance.start({
    source: {
      value: {
        pools: {
          web: { servers: Array.from({ length: servers }, (_, i) => `http://127.0.0.1:${3000 + i}`) },
        },
      },
    },
    env: {},
    log: silentLog,
    clock: { now: clock, wallClock: clock, epochOffset: () => 0 },
    seed: 7,
    watch: false,
    heartbeat: new Heartbeat(),
  });

const decideOften = async (servers: number, times: number): Promise<DecisionLog> => {
  let now = 0;
  const instance = await anInstance(servers, () => now);
  const log = new DecisionLog(
    () => now,
    () => now,
  );
  for (let i = 0; i < times; i++) {
    now += 1;
    const choice = instance.choose(aRequest({ path: `/${i}` }));
    if (!choice) continue;
    log.sample(choice);
    log.ended({ decision: choice.decision, status: 200, termination: 'ok', duration: 1, attempts: 1 });
  }
  await instance.close();
  return log;
};

describe('DecisionLog', () => {
  it('explains the very decision that was made', async () => {
    const instance = await anInstance(50, () => 5);
    const log = new DecisionLog(
      () => 5,
      () => 5,
    );
    const choice = instance.choose(aRequest());
    if (choice) log.sample(choice);
    const [view] = log.newest(1);
    expect(view?.chosen).toBe(choice?.decision.chosen?.id);
    expect(view?.steps.map(({ name, before, after }) => ({ name, before, after }))).toEqual(
      choice?.decision.steps,
    );
    expect(view?.outcome).toBeNull();
    expect(choice?.decision.isSampled).toBe(true);
    await instance.close();
  });

  it('keeps at most twenty a second, newest first, with their outcome', async () => {
    const log = await decideOften(3, 500);
    expect(log.newest(200)).toHaveLength(20);
    expect(log.newest(1)[0]).toMatchObject({
      outcome: { status: 200, termination: 'ok', durationMs: 1, attempts: 1 },
    });
  });

  it('explains fewer decisions of large pools, and names at most fifty servers in each list', async () => {
    const log = await decideOften(2000, 100);
    const kept = log.newest(200);
    expect(kept).toHaveLength(2);
    for (const { dropped } of kept[0]?.steps ?? []) expect(dropped.length).toBeLessThanOrEqual(50);
    expect(kept[0]?.ranked.length).toBeLessThanOrEqual(50);
  });
});
