import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { HandState } from '../../../src/core/server-spec.ts';
import { encodeDatagram } from '../../../src/state/datagram.ts';
import { RedisDriver } from '../../../src/state/redis/redis-driver.ts';
import type { SharedHand } from '../../../src/state/shared-hands.ts';
import { Tokens } from '../../../src/state/tokens.ts';
import { eventually } from '../../support/eventually.ts';
import { Listener, TOKEN } from '../support.ts';
import { aRedis, canRunRedis, type TestRedis } from './a-redis.ts';

const FLEET = 'the-token-of-the-fleet';
const DRAIN: HandState = { state: 'drain', reason: 'new kernel' };
const HASH = 'forehand:hands';

/** An entry as a proxy would write it, with what a test changes of it. */
const anEntry = (facts: Record<string, unknown> = {}, token: string | undefined = FLEET): string => {
  const said = { v: 1, pool: 'web', server: 'a:80', at: Date.now(), state: 'drain', reason: '', ...facts };
  return encodeDatagram(JSON.stringify(said), token, Date.now());
};

describe.skipIf(!canRunRedis)('states set by hand, in redis', () => {
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

  const aProxy = async (ownTokens: readonly string[] = [FLEET], url = redis.url) => {
    const tokens = new Tokens([{ name: 'agents', token: TOKEN }]);
    const driver = new RedisDriver({ url, tokens, ownTokens });
    opened.push(driver);
    const told: (readonly SharedHand[])[] = [];
    driver.hands.follow((all) => told.push(all));
    const listener = new Listener();
    await driver.subscribe(listener);
    const now = () =>
      Object.fromEntries((told.at(-1) ?? []).map(({ pool, server, hand }) => [`${pool}/${server}`, hand]));
    return { driver, hands: driver.hands, listener, told, now };
  };

  it('hold at every proxy at once, and are lifted at every proxy', async () => {
    const [one, two] = [await aProxy(), await aProxy()];
    expect(one.told).toEqual([[]]);
    await one.hands.set('web', 'a:80', DRAIN);
    expect(one.now()).toEqual({ 'web/a:80': DRAIN });
    await eventually(() => two.told.length === 2);
    expect(two.now()).toEqual({ 'web/a:80': DRAIN });
    await two.hands.set('web', 'b:80', {
      state: 'ready',
      weight: 0.5,
      reason: '',
      until: Date.now() + 60_000,
    });
    await two.hands.set('web', 'a:80', undefined);
    await eventually(() => Object.keys(one.now()).join() === 'web/b:80');
    expect(one.now()['web/b:80']).toMatchObject({ state: 'ready', weight: 0.5 });
  });

  it('survive all proxies', async () => {
    const one = await aProxy();
    await one.hands.set('web', 'a:80', DRAIN);
    await one.hands.set('web', 'b:80', DRAIN);
    await one.hands.set('web', 'b:80', undefined);
    await one.driver.close();
    const two = await aProxy();
    expect(two.told).toEqual([[{ pool: 'web', server: 'a:80', hand: DRAIN }]]);
  });

  it('survive a redis that has lost everything, as long as a proxy knows them', async () => {
    const own = await aRedis();
    try {
      const one = await aProxy([FLEET], own.url);
      await one.hands.set('web', 'a:80', DRAIN);
      await one.hands.set('web', 'b:80', DRAIN);
      await one.hands.set('web', 'b:80', undefined);
      await own.kill();
      await eventually(() => !one.driver.health().up);
      await expect(one.hands.set('web', 'a:80', undefined)).rejects.toThrow('nothing has changed');
      await own.start();
      const reader = own.client();
      await eventually(async () => (await reader.hlen(HASH)) === 2);
      expect(one.now()).toEqual({ 'web/a:80': DRAIN });
      const two = await aProxy([FLEET], own.url);
      expect(two.now()).toEqual({ 'web/a:80': DRAIN });
      await Promise.all(opened.splice(0).map((driver) => driver.close()));
    } finally {
      await own.end();
    }
  });

  it('hold as they were set last, whatever redis says', async () => {
    const old = anEntry({ at: Date.now() - 60_000, state: 'maint' });
    await client.hset(HASH, 'web/a:80', old);
    const one = await aProxy();
    expect(one.now()).toMatchObject({ 'web/a:80': { state: 'maint' } });
    await one.hands.set('web', 'a:80', undefined);
    await client.publish(HASH, old);
    await client.hset(HASH, 'web/a:80', old);
    await client.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await eventually(async () => (await client.hget(HASH, 'web/a:80'))?.includes('lifted'));
    expect(one.now()).toEqual({});
    const two = await aProxy();
    expect(two.now()).toEqual({});
  });

  it('follow the last order even where the clock of another proxy is ahead', async () => {
    await client.hset(HASH, 'web/a:80', anEntry({ at: Date.now() + 3_600_000 }));
    const one = await aProxy();
    const two = await aProxy();
    await one.hands.set('web', 'a:80', undefined);
    await eventually(() => Object.keys(two.now()).length === 0);
  });

  it('end by themselves at their time, and are cleared away', async () => {
    await client.hset(
      HASH,
      'web/a:80',
      anEntry({ until: Date.now() - 1 }),
      'web/b:80',
      anEntry({ server: 'b:80' }),
    );
    const { now, listener } = await aProxy();
    expect(Object.keys(now())).toEqual(['web/b:80']);
    expect(listener.refusals).toEqual([]);
    await eventually(async () => (await client.hlen(HASH)) === 1);
  });

  it('are forgotten a week after they were lifted', async () => {
    const week = 7 * 24 * 3600 * 1000;
    await client.hset(HASH, 'web/a:80', anEntry({ state: 'lifted', at: Date.now() - week - 1000 }));
    await client.hset(
      HASH,
      'web/b:80',
      anEntry({ server: 'b:80', state: 'lifted', at: Date.now() - week + 60_000 }),
    );
    await aProxy();
    await eventually(async () => (await client.hkeys(HASH)).join() === 'web/b:80');
  });

  it.each([
    ['signature', 'unsigned', anEntry({}, undefined).replace(/^.*\n/, 'forehand/1 - 1750000000000 -\n')],
    ['signature', "signed with an agent's token", anEntry({}, TOKEN)],
    ['signature', 'changed', anEntry().replace('drain', 'ready')],
    ['malformed', 'garbage', '\u0000'],
    ['malformed', 'no JSON', encodeDatagram('{', FLEET, Date.now())],
    ['malformed', 'a list', encodeDatagram('[]', FLEET, Date.now())],
    ['malformed', 'of another server', anEntry({ server: 'b:80' })],
    ['malformed', 'of no state', anEntry({ state: 'down' })],
    ['malformed', 'with a weight out of range', anEntry({ weight: 257 })],
    ['malformed', 'with an endless reason', anEntry({ reason: 'x'.repeat(1025) })],
    ['malformed', 'without a time', anEntry({ at: 'now' })],
    ['malformed', 'of a later version', anEntry({ v: 2 })],
    ['malformed', "a proxy's sign of life", encodeDatagram('{"v":1,"proxy":"x","at":1}', FLEET, Date.now())],
    ['too_large', 'huge', 'x'.repeat(3_000_000)],
  ])('refuses as %s what is %s', async (code, what, text) => {
    await client.hset(HASH, 'web/a:80', text, 'web/c:80', anEntry({ server: 'c:80' }));
    const { listener, now } = await aProxy();
    expect(listener.codes).toEqual([code]);
    expect(Object.keys(now())).toEqual(['web/c:80']);
    if (what === 'of another server') return;
    await client.publish(HASH, text);
    await listener.until(2);
    expect(listener.codes).toEqual([code, code]);
    expect(Object.keys(now())).toEqual(['web/c:80']);
  });

  it('are signed with the first token of the fleet and taken with any', async () => {
    const one = await aProxy();
    await one.hands.set('web', 'a:80', DRAIN);
    const two = await aProxy(['a-newer-token', FLEET]);
    expect(two.now()).toEqual({ 'web/a:80': DRAIN });
    await two.hands.set('web', 'b:80', DRAIN);
    await one.listener.until(1);
    // Its signs of life are refused like the state that it has set.
    expect([...new Set(one.listener.codes)]).toEqual(['signature']);
    expect(one.now()).toEqual({ 'web/a:80': DRAIN });
  });

  it('need no token on this machine', async () => {
    const [one, two] = [await aProxy([]), await aProxy([])];
    await one.hands.set('web', 'a:80', DRAIN);
    await eventually(() => 'web/a:80' in two.now());
  });

  it('refuses to set what cannot be a state', async () => {
    const { hands } = await aProxy();
    await expect(hands.set('web', 'a:80', { state: 'drain', weight: -1, reason: '' })).rejects.toThrow(
      TypeError,
    );
    expect(await client.hlen(HASH)).toBe(0);
  });
});
