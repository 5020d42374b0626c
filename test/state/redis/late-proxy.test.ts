import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Connection, openConnection } from '../../../src/state/redis/connection.ts';
import { type KeptMessage, readKept } from '../../../src/state/redis/late-proxy.ts';
import { parseRedisUrl } from '../../../src/state/redis/redis-address.ts';
import { aRedis, canRunRedis, type TestRedis } from './a-redis.ts';

describe.skipIf(!canRunRedis)('what a late proxy reads', () => {
  let redis: TestRedis;
  let connection: Connection;
  beforeAll(async () => {
    redis = await aRedis();
    connection = await openConnection(parseRedisUrl(redis.url), 'test');
  });
  afterAll(async () => {
    connection.drop('over');
    await redis.end();
  });
  beforeEach(() => connection.client.flushall());

  const read = async (): Promise<readonly KeptMessage[]> => {
    const messages: KeptMessage[] = [];
    await readKept(connection, { prefix: 'p:', kept: 15_000, maxBytes: 100 }, (one) => messages.push(one));
    return messages;
  };

  it('is all under the prefix, each key once, and nothing else', async () => {
    const names = Array.from({ length: 2500 }, (_, i) => `n${i}`);
    await connection.client.mset(Object.fromEntries(names.map((name) => [`p:${name}`, name])));
    await connection.client.mset({ p: 'x', 'q:n1': 'x', 'other:p:n1': 'x' });
    const messages = await read();
    expect(messages.map(({ name }) => name).sort()).toEqual(names.sort());
    expect(messages.every(({ name, bytes }) => bytes.toString() === name)).toBe(true);
  });

  it('is no more of a huge value than shows that it is too large', async () => {
    await connection.client.set('p:huge', 'x'.repeat(10_000_000));
    expect((await read()).map(({ bytes }) => bytes.length)).toEqual([101]);
  });

  it('is as old as its expiry shows, within what was agreed', async () => {
    await connection.client.set('p:new', 'x', 'PX', 60_000);
    await connection.client.set('p:old', 'x', 'PX', 3000);
    await connection.client.set('p:endless', 'x');
    const ages = Object.fromEntries((await read()).map(({ name, age }) => [name, age]));
    expect(ages).toMatchObject({ new: 0, endless: 15_000 });
    expect(ages['old']).toBeGreaterThanOrEqual(12_000);
    expect(ages['old']).toBeLessThan(14_000);
  });

  it('is nothing where redis is gone: that is a fault', async () => {
    const other = await aRedis();
    const lost = await openConnection(parseRedisUrl(other.url), 'test');
    await other.end();
    await lost.ended;
    await expect(readKept(lost, { prefix: 'p:', kept: 1, maxBytes: 1 }, () => undefined)).rejects.toThrow();
  });
});
