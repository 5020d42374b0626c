import type { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { StateDriver } from '../../../src/state/driver.ts';
import { RedisDriver } from '../../../src/state/redis/redis-driver.ts';
import { openRedisPublisher } from '../../../src/state/redis/redis-publish.ts';
import { Tokens } from '../../../src/state/tokens.ts';
import { eventually } from '../../support/eventually.ts';
import { aReport, Listener, TOKEN } from '../support.ts';
import { aRedis, aRelay, canRunRedis, type TestRedis } from './a-redis.ts';

/** An agent that reports every 50 ms, whatever becomes of its reports. Every report says when it was made. */
const aBusyAgent = (publisher: StateDriver) => {
  let seq = 0;
  const faults: string[] = [];
  let sending = false;
  const timer = setInterval(() => {
    if (sending) return;
    sending = true;
    seq += 1;
    publisher
      .publish(aReport({ seq, stats: { custom: { madeAt: Date.now() } } }))
      .catch((error) => faults.push(error.code))
      .finally(() => {
        sending = false;
      });
  }, 50);
  onTestFinished(async () => {
    clearInterval(timer);
    await publisher.close();
  });
  return { faults, seq: () => seq };
};

/** How old each report was when it was heard. */
class AgeListener extends Listener {
  readonly ages: number[] = [];
  override hear(...[report, source]: Parameters<Listener['hear']>) {
    this.ages.push(Date.now() - (report.stats.custom?.['madeAt'] ?? 0));
    return super.hear(report, source);
  }
}

const since = async (from: number, holds: () => unknown, what: string): Promise<number> => {
  await eventually(holds, what, 6000);
  return performance.now() - from;
};

describe.skipIf(!canRunRedis)('where redis is away for a while', () => {
  let redis: TestRedis;
  let client: Redis;
  beforeEach(async () => {
    redis = await aRedis();
    client = redis.client();
  });
  afterEach(() => redis.end());

  const aProxy = async (url = redis.url) => {
    const driver = new RedisDriver({ url, tokens: new Tokens([{ name: 'agents', token: TOKEN }]) });
    onTestFinished(() => driver.close());
    const listener = new AgeListener();
    await driver.subscribe(listener);
    return { driver, listener };
  };
  const anAgent = (url = redis.url) => aBusyAgent(openRedisPublisher(url, { token: TOKEN }));

  it('hears again within two seconds after a kill -9, and no old report', async () => {
    const { driver, listener } = await aProxy();
    const agent = anAgent();
    await listener.until(3);
    await redis.kill();
    await eventually(() => !driver.health().up);
    expect(driver.health().detail).toMatch(/down since/);
    await eventually(() => agent.faults.length > 3);
    expect(new Set(agent.faults)).toEqual(new Set(['unreachable']));
    const [heard, made] = [listener.reports.length, agent.seq()];
    await redis.start();
    const took = await since(performance.now(), () => listener.reports.length > heard, 'a report is heard');
    expect(took).toBeLessThan(2000);
    expect(listener.reports.slice(heard).every(({ report }) => report.seq >= made)).toBe(true);
    expect(Math.max(...listener.ages)).toBeLessThan(1000);
    expect(listener.refusals).toEqual([]);
    expect(driver.health().up).toBe(true);
  });

  it('gives up a redis that stands still, and hears again within two seconds once it goes on', async () => {
    const { driver, listener } = await aProxy();
    anAgent();
    await listener.until(3);
    redis.signal('SIGSTOP');
    const noticed = await since(performance.now(), () => !driver.health().up, 'the silence is noticed');
    expect(noticed).toBeLessThan(3500);
    expect(driver.health().detail).toContain('nothing heard for 2.5 s');
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, 4000 - noticed)));
    const heard = listener.reports.length;
    redis.signal('SIGCONT');
    const took = await since(performance.now(), () => listener.reports.length > heard, 'a report is heard');
    expect(took).toBeLessThan(2000);
    const order = listener.reports.map(({ report }) => report.seq);
    expect(order).toEqual([...order].sort((a, b) => a - b));
  });

  it('notices that packets are dropped, and is back within two seconds after', async () => {
    const relay = await aRelay(redis.port);
    onTestFinished(() => relay.end());
    const { driver, listener } = await aProxy(`redis://127.0.0.1:${relay.port}`);
    anAgent();
    await listener.until(3);
    relay.cut();
    const noticed = await since(performance.now(), () => !driver.health().up, 'the cut is noticed');
    expect(noticed).toBeLessThan(3500);
    const [heard, age] = [listener.reports.length, listener.ages.length];
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(listener.reports.length).toBe(heard);
    relay.mend();
    const took = await since(performance.now(), () => listener.reports.length > heard, 'a report is heard');
    console.log(`cut noticed after ${noticed.toFixed(0)} ms, back ${took.toFixed(0)} ms after its end`);
    expect(took).toBeLessThan(2000);
    expect(Math.max(...listener.ages.slice(age))).toBeLessThan(1000);
    expect(listener.refusals).toEqual([]);
  });

  it('loses what an agent reports meanwhile, and has nothing wait for the end of a cut', async () => {
    const relay = await aRelay(redis.port);
    onTestFinished(() => relay.end());
    const { listener } = await aProxy();
    const agent = anAgent(`redis://127.0.0.1:${relay.port}`);
    await listener.until(3);
    relay.cut();
    await eventually(() => agent.faults.includes('unreachable'));
    const [heard, made] = [listener.reports.length, agent.seq()];
    relay.mend();
    const took = await since(performance.now(), () => listener.reports.length > heard, 'a report is heard');
    expect(took).toBeLessThan(2000);
    expect(listener.reports[heard]!.report.seq).toBeGreaterThanOrEqual(made);
    expect(listener.refusals).toEqual([]);
  });

  it('leaves nothing of a connection that was given up: what was written arrives never', async () => {
    const relay = await aRelay(redis.port);
    onTestFinished(() => relay.end());
    const publisher = openRedisPublisher(`redis://127.0.0.1:${relay.port}`, { token: TOKEN });
    onTestFinished(() => publisher.close());
    await publisher.publish(aReport());
    relay.cut();
    await expect(publisher.publish(aReport({ seq: 2 }))).rejects.toMatchObject({ code: 'timeout' });
    expect(publisher.health()).toMatchObject({ up: false, detail: expect.stringContaining('no answer') });
    relay.mend();
    await eventually(() =>
      publisher.publish(aReport({ seq: 3 })).then(
        () => true,
        () => false,
      ),
    );
    expect(await client.get('forehand:report:web1')).toContain('"seq":3');
  });

  it('listens again after its connections were killed', async () => {
    const { driver, listener } = await aProxy();
    anAgent();
    await listener.until(1);
    await client.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    const heard = listener.reports.length;
    await eventually(() => listener.reports.length > heard + 5);
    await eventually(() => driver.health().up);
    expect(driver.health().detail).toContain('last fault: ');
  });

  it('closes at once while redis stands still', async () => {
    const { driver } = await aProxy();
    redis.signal('SIGSTOP');
    const from = performance.now();
    await driver.close();
    expect(performance.now() - from).toBeLessThan(1500);
  });
});
