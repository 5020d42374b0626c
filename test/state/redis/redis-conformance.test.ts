import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { encodeDatagram } from '../../../src/state/datagram.ts';
import { RedisDriver } from '../../../src/state/redis/redis-driver.ts';
import { openRedisPublisher } from '../../../src/state/redis/redis-publish.ts';
import { Tokens } from '../../../src/state/tokens.ts';
import { conforms, type Rig, type RigOptions } from '../conformance.ts';
import { TOKEN } from '../support.ts';
import { aRedis, canRunRedis, type TestRedis, WHY_SKIPPED } from './a-redis.ts';

it('redis-server is there: without it much is skipped', (context) => {
  if (!canRunRedis) context.skip(WHY_SKIPPED);
});

describe.skipIf(!canRunRedis)('with a real redis', () => {
  let redis: TestRedis;
  let client: Redis;
  let rigs = 0;
  beforeAll(async () => {
    redis = await aRedis();
    client = redis.client();
  });
  afterAll(() => redis.end());

  const rig = ({ clock, ...options }: RigOptions): Rig => {
    rigs += 1;
    const prefix = `rig${rigs}:`;
    const tokens = new Tokens([{ name: 'agents', token: TOKEN }]);
    const receiver = new RedisDriver({ url: redis.url, prefix, tokens, clock, ...options });
    let told = 0;
    const sendRaw = (text: string): Promise<unknown> => {
      told += 1;
      // Another time makes another signature: a text that is sent twice is no replay.
      const message = encodeDatagram(text, TOKEN, clock.epoch() + (told % 20_000));
      return client.publish(`${prefix}reports`, message);
    };
    const publisher = () => openRedisPublisher(redis.url, { token: TOKEN, prefix, clock });
    return { receiver, publisher, sendRaw };
  };

  conforms('redis', rig, { transport: 'redis', address: '', answers: false });
});
