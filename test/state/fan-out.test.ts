import { describe, expect, it } from 'vitest';
import type { Report } from '../../src/core/report.ts';
import type { StateDriver } from '../../src/state/driver.ts';
import { FanOut } from '../../src/state/fan-out.ts';
import { PublishError } from '../../src/state/publish-error.ts';
import { aReport } from './support.ts';

/** A way to a proxy that takes its time: each report waits until the test lets it arrive, or fail. */
const aSlowDriver = (name = 'slow') => {
  const sent: { readonly seq: number; arrive(): void; fail(error: Error): void }[] = [];
  let closed = 0;
  const driver: StateDriver = {
    publish: ({ seq }: Report) =>
      new Promise((arrive, fail) => {
        sent.push({ seq, arrive, fail });
      }),
    subscribe: () => Promise.resolve(),
    snapshot: () => [],
    health: () => ({ up: sent.length > 0, detail: `${name}: ${sent.length} sent` }),
    close: async () => {
      closed += 1;
    },
  };
  return { driver, sent, closed: () => closed };
};
const turns = async (): Promise<void> => {
  for (let i = 0; i < 10; i++) await Promise.resolve();
};

describe('FanOut', () => {
  it('sends one report at a time, and then only the newest of those that came meanwhile', async () => {
    const { driver, sent } = aSlowDriver();
    const out = new FanOut([driver]);
    const done = [1, 2, 3, 4].map((seq) => out.publish(aReport({ seq })));
    await turns();
    expect(sent.map(({ seq }) => seq)).toEqual([4]);
    const later = [5, 6, 7].map((seq) => out.publish(aReport({ seq })));
    await turns();
    expect(sent.map(({ seq }) => seq)).toEqual([4]);
    sent[0]?.arrive();
    await Promise.all(done);
    await turns();
    expect(sent.map(({ seq }) => seq)).toEqual([4, 7]);
    sent[1]?.arrive();
    await Promise.all(later);
  });

  it('does not let a slow proxy hold up another', async () => {
    const [slow, quick] = [aSlowDriver(), aSlowDriver()];
    const out = new FanOut([slow.driver, quick.driver]);
    const all = [];
    for (let seq = 1; seq <= 3; seq++) {
      all.push(out.publish(aReport({ seq })));
      await turns();
      quick.sent[seq - 1]?.arrive();
      await turns();
    }
    expect(quick.sent.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(slow.sent.map(({ seq }) => seq)).toEqual([1]);
    slow.sent[0]?.arrive();
    await turns();
    slow.sent[1]?.arrive();
    await Promise.all(all);
  });

  it('goes on after a failure', async () => {
    const { driver, sent } = aSlowDriver();
    const out = new FanOut([driver]);
    const first = out.publish(aReport({ seq: 1 }));
    await turns();
    sent[0]?.fail(new PublishError('timeout', 'a: too slow'));
    await expect(first).rejects.toMatchObject({ code: 'timeout', message: 'a: too slow' });
    const second = out.publish(aReport({ seq: 2 }));
    await turns();
    sent[1]?.arrive();
    await second;
  });

  it('says what each of the proxies that failed said', async () => {
    const three = [aSlowDriver(), aSlowDriver(), aSlowDriver()];
    const done = new FanOut(three.map(({ driver }) => driver)).publish(aReport());
    await turns();
    three[0]?.sent[0]?.fail(new PublishError('token', 'a: 401'));
    three[1]?.sent[0]?.arrive();
    three[2]?.sent[0]?.fail(new Error('c: gone'));
    await expect(done).rejects.toMatchObject({ code: 'token', message: 'a: 401; c: gone' });
  });

  it('is up while one way is, and tells of all', async () => {
    const [one, two] = [aSlowDriver('one'), aSlowDriver('two')];
    const out = new FanOut([one.driver, two.driver]);
    expect(out.health()).toEqual({ up: false, detail: 'one: 0 sent; two: 0 sent' });
    const first = one.driver.publish(aReport());
    one.sent[0]?.arrive();
    await first;
    expect(out.health()).toEqual({ up: true, detail: 'one: 1 sent; two: 0 sent' });
    await out.close();
    expect([one.closed(), two.closed()]).toEqual([1, 1]);
  });
});
