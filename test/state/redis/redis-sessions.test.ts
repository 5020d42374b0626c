import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SharedStore } from '../../../src/sessions/shared-store.ts';
import { RedisSessions } from '../../../src/state/redis/redis-sessions.ts';
import { eventually } from '../../support/eventually.ts';
import { aRedis, canRunRedis, type TestRedis, WHY_SKIPPED } from './a-redis.ts';

if (!canRunRedis) console.warn(WHY_SKIPPED);

describe.skipIf(!canRunRedis)('sessions in redis', () => {
  let redis: TestRedis;
  const open: { close(): Promise<void> }[] = [];
  const texts = (prefix = 'forehand:'): RedisSessions => {
    const made = new RedisSessions({ url: redis.url, prefix });
    open.push(made);
    return made;
  };
  const store = () =>
    new SharedStore({
      texts: texts(),
      secrets: ['0123456789abcdef'],
      ttl: 60_000,
      maxEntries: 10,
      now: () => performance.now(),
    });

  beforeAll(async () => {
    redis = await aRedis();
  });
  afterAll(async () => {
    await Promise.all(open.map((one) => one.close()));
    await redis.end();
  });

  it('are kept for their time, which begins anew with each look', async () => {
    const one = texts();
    await one.set('a', 'text', 60_000);
    const client = redis.client();
    expect(await client.pttl('forehand:session:a')).toBeGreaterThan(50_000);
    expect(await texts().get('a', 120_000)).toBe('text');
    expect(await client.pttl('forehand:session:a')).toBeGreaterThan(100_000);
    expect(await texts('other:').get('a', 1000)).toBeUndefined();
    await one.remove('a');
    expect(await one.get('a', 1000)).toBeUndefined();
  });

  it('are the same for two proxies', async () => {
    const [one, other] = [store(), store()];
    one.save('b', { tenant: 'red' });
    await eventually(async () => (await redis.client().exists('forehand:session:b')) === 1, 'it is written');
    await eventually(async () => (await other.load('b'))?.['tenant'] === 'red', 'the other proxy reads it');
  });

  it('that nobody has signed are none', async () => {
    await redis.client().set('forehand:session:c', '{"admin":true}');
    const one = store();
    await one.load('none');
    expect(await one.load('c')).toBeUndefined();
  });

  it('come back when redis does, and are done without meanwhile', async () => {
    const one = store();
    await one.load('x');
    await redis.kill();
    one.save('d', { n: 1 });
    await eventually(() => one.counts.lostWrites === 1, 'the write is lost');
    expect(await one.load('e')).toBeUndefined();
    expect(one.counts.lateLoads).toBeGreaterThan(0);
    await redis.start();
    await eventually(async () => {
      one.save('d', { n: 2 });
      return (await redis.client().exists('forehand:session:d')) === 1;
    }, 'a later write is kept');
  });
});
