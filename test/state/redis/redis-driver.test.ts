import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseAddressRule } from '../../../src/core/accept.ts';
import { encodeReport } from '../../../src/core/report.ts';
import { encodeDatagram } from '../../../src/state/datagram.ts';
import { RedisDriver, type RedisDriverOptions } from '../../../src/state/redis/redis-driver.ts';
import { openRedisPublisher } from '../../../src/state/redis/redis-publish.ts';
import { Tokens } from '../../../src/state/tokens.ts';
import { eventually } from '../../support/eventually.ts';
import { aReport, Listener, TOKEN } from '../support.ts';
import { aRedis, canRunRedis, type TestRedis } from './a-redis.ts';

const agents = () => new Tokens([{ name: 'agents', token: TOKEN }]);
const signed = (report = aReport(), at = Date.now()): string =>
  encodeDatagram(encodeReport(report), TOKEN, at);

describe.skipIf(!canRunRedis)('a proxy at redis', () => {
  let redis: TestRedis;
  let client: Redis;
  const opened: { close(): Promise<void> }[] = [];
  beforeAll(async () => {
    redis = await aRedis();
    client = redis.client();
  });
  afterAll(() => redis.end());
  beforeEach(() => client.flushall());
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((one) => one.close()));
  });

  const aProxy = async (options: Partial<RedisDriverOptions> = {}) => {
    const driver = new RedisDriver({ url: redis.url, tokens: agents(), ...options });
    opened.push(driver);
    const listener = new Listener();
    await driver.subscribe(listener);
    return { driver, listener };
  };
  const anAgent = (token = TOKEN) => {
    const publisher = openRedisPublisher(redis.url, { token });
    opened.push(publisher);
    return publisher;
  };

  it('finds what the documentation says under the documented names', async () => {
    const heard: string[] = [];
    const ear = redis.client();
    await ear.subscribe('forehand:reports');
    ear.on('message', (_channel, message) => heard.push(message));
    await anAgent().publish(aReport());
    const kept = await client.get('forehand:report:web1');
    expect(kept).toMatch(/^forehand\/1 [0-9a-f]{8} \d{13} [\w-]{43}\n\{"v":1/);
    expect(await client.pttl('forehand:report:web1')).toBeGreaterThan(14_000);
    expect(await client.pttl('forehand:report:web1')).toBeLessThanOrEqual(15_000);
    await eventually(() => heard.length === 1);
    expect(heard[0]).toBe(kept);
  });

  it('has its own names under another prefix, from the URL too', async () => {
    const publisher = openRedisPublisher(`${redis.url}/2?prefix=blue:`, { token: TOKEN });
    opened.push(publisher);
    const { listener } = await aProxy({ prefix: 'blue:', url: `${redis.url}/2` });
    const other = await aProxy();
    await publisher.publish(aReport());
    await listener.until(1);
    expect(await client.exists('forehand:report:web1')).toBe(0);
    await client.select(2);
    expect(await client.exists('blue:report:web1')).toBe(1);
    await client.select(0);
    expect(other.listener.total).toBe(0);
  });

  it('hears every node at once when it comes late, each with its age', async () => {
    for (let i = 0; i < 1000; i += 1) {
      const node = `node${i}`;
      await client.set(`forehand:report:${node}`, signed(aReport({ node })), 'PX', i === 7 ? 5000 : 15_000);
    }
    const startedAt = performance.now();
    const { listener, driver } = await aProxy();
    const took = performance.now() - startedAt;
    expect(listener.reports).toHaveLength(1000);
    expect(listener.refusals).toEqual([]);
    expect(driver.snapshot()).toHaveLength(1000);
    const seventh = listener.reports.find(({ report }) => report.node === 'node7');
    expect(seventh?.source.age).toBeGreaterThanOrEqual(10_000);
    expect(seventh?.source.age).toBeLessThan(12_000);
    console.log(`a late proxy heard 1,000 nodes in ${took.toFixed(0)} ms`);
    // A tenth of that on a machine that does nothing else.
    expect(took).toBeLessThan(2000);
  });

  it('takes what lay in a key for as old as it is, not for late', async () => {
    await client.set('forehand:report:web1', signed(aReport(), Date.now() - 9000), 'PX', 6000);
    const { listener } = await aProxy();
    const { source } = listener.reports[0]!;
    expect(source.age).toBeGreaterThanOrEqual(9000);
    expect(source.sent!.receivedAt - source.sent!.at).toBeLessThan(1000);
  });

  it('takes a key that never expires for as old as can be, and leaves out one that has expired', async () => {
    await client.set('forehand:report:web1', signed());
    await client.set('forehand:report:gone', signed(aReport({ node: 'gone' })), 'PX', 1);
    await eventually(async () => (await client.exists('forehand:report:gone')) === 0);
    const { listener } = await aProxy();
    expect(listener.reports.map(({ report, source }) => [report.node, source.age])).toEqual([
      ['web1', 15_000],
    ]);
  });

  it('counts nothing as replayed when it hears by key what it has heard by channel', async () => {
    const { listener } = await aProxy();
    await anAgent().publish(aReport());
    await listener.until(1);
    const connected = (await client.client('LIST')) as string;
    const ids = [...connected.matchAll(/id=(\d+) .*name=forehand-proxy /g)].map(([, id]) => id!);
    expect(ids).toHaveLength(2);
    await client.client('KILL', 'ID', ids[0]!);
    await eventually(async () => {
      const now = (await client.client('LIST')) as string;
      return (
        [...now.matchAll(/id=(\d+) .*name=forehand-proxy /g)].filter(([, id]) => !ids.includes(id!))
          .length === 2
      );
    });
    await anAgent().publish(aReport({ seq: 2 }));
    await listener.until(2);
    expect(listener.reports.map(({ report }) => report.seq)).toEqual([1, 2]);
    expect(listener.refusals).toEqual([]);
  });

  const otherToken = 'a-token-of-somebody-else';
  it.each([
    ['signature', 'unsigned', encodeDatagram(encodeReport(aReport()), undefined, Date.now())],
    ['signature', 'signed by a stranger', encodeDatagram(encodeReport(aReport()), otherToken, Date.now())],
    ['signature', 'changed', signed().replace('"seq":1', '"seq":2')],
    ['clock', 'a minute old', signed(aReport(), Date.now() - 60_000)],
    ['clock', 'a minute ahead', signed(aReport(), Date.now() + 60_000)],
    ['malformed', 'garbage', '\u0000\u0001{"v":1}'],
    ['malformed', 'a bare report', encodeReport(aReport())],
    ['malformed', 'signed garbage', encodeDatagram('[', TOKEN, Date.now())],
    ['version', 'of a later version', signed().replace('forehand/1', 'forehand/2')],
    ['version', 'a report of a later version', encodeDatagram('{"v":2}', TOKEN, Date.now())],
    ['too_large', 'huge', 'x'.repeat(5_000_000)],
  ])('refuses as %s what is %s, by channel and by key', async (code, _what, message) => {
    await client.set('forehand:report:web1', message, 'PX', 15_000);
    const { listener, driver } = await aProxy();
    expect(listener.codes).toEqual([code]);
    await client.publish('forehand:reports', message);
    await listener.until(2);
    expect(listener.codes).toEqual([code, code]);
    expect(listener.refusals[0]!.source).toEqual({ address: '', transport: 'redis' });
    expect(listener.reports).toEqual([]);
    await anAgent().publish(aReport({ seq: 9 }));
    await listener.until(3);
    expect(listener.reports).toHaveLength(1);
    expect(driver.health().up).toBe(true);
  });

  it('refuses what was taken before', async () => {
    const { listener } = await aProxy();
    const message = signed();
    await client.publish('forehand:reports', message);
    await client.publish('forehand:reports', message);
    await listener.until(2);
    expect(listener.codes).toEqual(['replayed']);
  });

  it('refuses a report in the key of another node', async () => {
    await client.set('forehand:report:web2', signed(), 'PX', 15_000);
    const { listener } = await aProxy();
    expect(listener.refusals.map(({ refusal }) => refusal.message)).toEqual([
      'the key of node "web2" holds a report of "web1"',
    ]);
  });

  it('hears the others where some keys are of a wrong type', async () => {
    await client.hset('forehand:report:a-hash', 'x', '1');
    await client.lpush('forehand:report:a-list', '1');
    await client.lpush('forehand:proxy:a-list', '1');
    await client.set('forehand:report:empty', '');
    await client.set('forehand:report:web1', signed(), 'PX', 15_000);
    const { listener, driver } = await aProxy();
    expect(listener.reports).toHaveLength(1);
    expect(listener.refusals).toEqual([]);
    expect(driver.health().up).toBe(true);
  });

  it('hears reports though the hash of hand-set states is none, and says so', async () => {
    await client.set('forehand:hands', 'not a hash');
    await client.set('forehand:report:web1', signed(), 'PX', 15_000);
    const { listener, driver } = await aProxy();
    expect(listener.reports).toHaveLength(1);
    expect(driver.health()).toMatchObject({ up: true, detail: expect.stringContaining('WRONGTYPE') });
    await expect(driver.hands.set('web', 'a', { state: 'drain', reason: '' })).rejects.toThrow('WRONGTYPE');
  });

  it('holds no more than the rate of a node against it, and none of the others', async () => {
    const { listener } = await aProxy({ rate: { perSecond: 0.001, burst: 2 } });
    for (let seq = 1; seq <= 3; seq += 1) await client.publish('forehand:reports', signed(aReport({ seq })));
    await client.publish('forehand:reports', signed(aReport({ node: 'web2' })));
    await listener.until(4);
    expect(listener.codes).toEqual(['rate']);
    expect(listener.reports.map(({ report }) => report.node)).toEqual(['web1', 'web1', 'web2']);
  });

  it('hands on what a token allows: its pools, and where its servers must be', async () => {
    const within = parseAddressRule('10.0.0.0/8')!;
    const tokens = new Tokens([{ name: 'webs', token: TOKEN, pools: ['web'], from: [within] }]);
    const { listener } = await aProxy({ tokens });
    await anAgent().publish(aReport());
    await listener.until(1);
    expect(listener.reports[0]!.source).toMatchObject({
      address: '',
      transport: 'redis',
      token: 'webs',
      pools: new Set(['web']),
      within: [within],
    });
  });

  it('takes other tokens while it runs', async () => {
    const tokens = agents();
    const { listener } = await aProxy({ tokens });
    tokens.take([{ name: 'new', token: otherToken }]);
    await anAgent().publish(aReport());
    await anAgent(otherToken).publish(aReport({ seq: 2 }));
    await listener.until(2);
    expect(listener.codes).toEqual(['signature']);
    expect(listener.reports.map(({ source }) => source.token)).toEqual(['new']);
  });

  it('takes unsigned reports from a redis on this machine where no token is configured', async () => {
    const { listener } = await aProxy({ tokens: new Tokens() });
    const publisher = openRedisPublisher(redis.url);
    opened.push(publisher);
    await publisher.publish(aReport());
    await listener.until(1);
    expect(listener.reports).toHaveLength(1);
  });

  it('starts where there is no redis, and says so without the password', async () => {
    const url = `redis://somebody:a%2Fsecret@127.0.0.1:1/0`;
    const driver = new RedisDriver({ url, tokens: agents() });
    opened.push(driver);
    await driver.subscribe(new Listener());
    const { up, detail } = driver.health();
    expect(up).toBe(false);
    expect(detail).toMatch(/^redis:\/\/127\.0\.0\.1:1\/0: down since .*Z; last fault: .*ECONNREFUSED/);
    expect(detail).not.toContain('secret');
    expect(driver.proxies).toBe(1);
    await expect(driver.hands.set('web', 'a', undefined)).rejects.toThrow('nothing has changed');
  });
});
