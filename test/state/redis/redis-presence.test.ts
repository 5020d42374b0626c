import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { encodeDatagram } from '../../../src/state/datagram.ts';
import { RedisDriver } from '../../../src/state/redis/redis-driver.ts';
import { Tokens } from '../../../src/state/tokens.ts';
import { eventually } from '../../support/eventually.ts';
import { aClock, Listener } from '../support.ts';
import { aRedis, canRunRedis, type TestRedis } from './a-redis.ts';

const FLEET = 'the-token-of-the-fleet';

describe.skipIf(!canRunRedis)('proxies at one redis', () => {
  let redis: TestRedis;
  let client: Redis;
  const opened: RedisDriver[] = [];
  beforeAll(async () => {
    redis = await aRedis();
    client = redis.client();
  });
  afterAll(() => redis.end());
  beforeEach(() => client.flushall());
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((one) => one.close()));
  });

  const aProxy = async (options: Partial<ConstructorParameters<typeof RedisDriver>[0]> = {}) => {
    const driver = new RedisDriver({ url: redis.url, tokens: new Tokens(), ownTokens: [FLEET], ...options });
    opened.push(driver);
    const listener = new Listener();
    await driver.subscribe(listener);
    return { driver, listener };
  };

  it('count each other, the late one at once, and one that leaves no more', async () => {
    const one = await aProxy();
    const two = await aProxy();
    const three = await aProxy();
    expect(three.driver.proxies).toBe(3);
    await eventually(() => one.driver.proxies === 3 && two.driver.proxies === 3);
    await two.driver.close();
    await eventually(() => one.driver.proxies === 2 && three.driver.proxies === 2, 'two are counted', 900);
    expect(await client.keys('forehand:proxy:*')).toHaveLength(2);
    expect((await aProxy()).driver.proxies).toBe(3);
  });

  it('keep their key alive for five seconds', async () => {
    await aProxy({ proxyId: 'edge-1' });
    await eventually(async () => (await client.exists('forehand:proxy:edge-1')) === 1);
    const left = await client.pttl('forehand:proxy:edge-1');
    expect(left).toBeGreaterThan(3500);
    expect(left).toBeLessThanOrEqual(5000);
  });

  it('count one that died no more within five seconds of its last sign of life', async () => {
    const at = Date.now();
    const message = encodeDatagram(JSON.stringify({ v: 1, proxy: 'dead', at }), FLEET, at);
    await client.set('forehand:proxy:dead', message, 'PX', 5000);
    const { driver } = await aProxy();
    expect(driver.proxies).toBe(2);
    await eventually(() => driver.proxies === 1, 'it is gone', 5000);
    expect(Date.now() - at).toBeGreaterThan(3500);
  });

  it.each([
    ['signature', 'unsigned', encodeDatagram('{"v":1,"proxy":"x","at":1}', undefined, Date.now())],
    ['signature', 'of a stranger', encodeDatagram('{"v":1,"proxy":"x","at":1}', 'another', Date.now())],
    ['clock', 'old', encodeDatagram('{"v":1,"proxy":"x","at":1}', FLEET, Date.now() - 60_000)],
    ['malformed', 'of no name', encodeDatagram('{"v":1,"proxy":"","at":1}', FLEET, Date.now())],
    ['malformed', 'of a later version', encodeDatagram('{"v":2,"proxy":"x","at":1}', FLEET, Date.now())],
    ['malformed', 'garbage', 'hello'],
  ])('refuse as %s what is %s', async (code, _what, message) => {
    await client.set('forehand:proxy:x', message);
    const { driver, listener } = await aProxy();
    await client.publish('forehand:proxies', message);
    await listener.until(2);
    expect(listener.codes).toEqual([code, code]);
    expect(driver.proxies).toBe(1);
  });

  it('keep the count while redis is away', async () => {
    const own = await aRedis();
    try {
      const clock = aClock();
      const one = await aProxy({ url: own.url, clock });
      await aProxy({ url: own.url, clock });
      await eventually(() => one.driver.proxies === 2);
      await own.kill();
      await eventually(() => !one.driver.health().up);
      clock.turn(20_000);
      expect(one.driver.proxies).toBe(2);
      await own.start();
      await eventually(() => one.driver.health().up);
      expect(one.driver.proxies).toBe(2);
      await Promise.all(opened.splice(0).map((driver) => driver.close()));
    } finally {
      await own.end();
    }
  });

  it('say that they do not know each other where nobody can sign', () => {
    const driver = new RedisDriver({ url: 'redis://10.0.0.1', tokens: new Tokens(), clock: aClock() });
    expect(driver.health().detail).toContain('without a token, proxies do not know each other');
    expect(driver.proxies).toBe(1);
  });
});
