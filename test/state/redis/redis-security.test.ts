import { inspect } from 'node:util';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import type { StateDriver } from '../../../src/state/driver.ts';
import { RedisDriver, type RedisDriverOptions } from '../../../src/state/redis/redis-driver.ts';
import { openRedisPublisher, type RedisPublisherOptions } from '../../../src/state/redis/redis-publish.ts';
import { Tokens } from '../../../src/state/tokens.ts';
import { aCertificate } from '../../support/a-certificate.ts';
import { eventually } from '../../support/eventually.ts';
import { aReport, Listener, TOKEN } from '../support.ts';
import { aRedis, canRunRedis, type RedisFacts } from './a-redis.ts';

/** The lines of the documentation. */
const AGENT_ACL =
  'user agent on >agent-secret resetchannels -@all +set +publish +ping +client|setname ~forehand:report:* &forehand:reports';
const PROXY_ACL =
  'user proxy on >proxy-secret resetchannels -@all +ping +client|setname +subscribe +scan +getrange +pttl +set +del +publish +hscan +hset +hdel ' +
  '%R~forehand:report:* ~forehand:proxy:* ~forehand:hands &forehand:reports &forehand:proxies &forehand:hands';

describe.skipIf(!canRunRedis)('redis with a lock', () => {
  const opened: StateDriver[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((one) => one.close()));
  });
  const aLockedRedis = async (facts: RedisFacts) => {
    const redis = await aRedis(facts);
    onTestFinished(() => redis.end());
    return redis;
  };
  const aProxy = async (options: Pick<RedisDriverOptions, 'url'> & Partial<RedisDriverOptions>) => {
    const tokens = new Tokens([{ name: 'agents', token: TOKEN }]);
    const driver = new RedisDriver({ tokens, ownTokens: ['fleet'], ...options });
    opened.push(driver);
    const listener = new Listener();
    await driver.subscribe(listener);
    return { driver, listener };
  };
  const anAgent = (url: string, options: RedisPublisherOptions = {}) => {
    const publisher = openRedisPublisher(url, { token: TOKEN, ...options });
    opened.push(publisher);
    return publisher;
  };

  it('needs no more rights than the documentation gives', async () => {
    const redis = await aLockedRedis({ config: `user default off\n${AGENT_ACL}\n${PROXY_ACL}` });
    const at = (who: string) => `redis://${who}:${who}-secret@127.0.0.1:${redis.port}`;
    const agent = anAgent(at('agent'));
    await agent.publish(aReport());
    const { driver, listener } = await aProxy({ url: at('proxy') });
    const other = await aProxy({ url: at('proxy') });
    await agent.publish(aReport({ seq: 2 }));
    await listener.until(2);
    expect(listener.reports.map(({ report }) => report.seq)).toEqual([1, 2]);
    expect(other.driver.proxies).toBe(2);
    await driver.hands.set('web', 'a', { state: 'drain', reason: '' });
    await driver.hands.set('web', 'a', undefined);
    await driver.hands.set('web', 'b', { state: 'drain', reason: '', until: 1 });
    await driver.close();
    const late = await aProxy({ url: at('proxy') });
    for (const one of [other, late]) expect(one.driver.health().detail).not.toContain('fault');
  });

  it.each([
    ['another key', '/0?prefix=other:', 'key'],
    ['another database', '/1', 'select'],
  ])('keeps an agent from %s', async (_what, rest, why) => {
    const redis = await aLockedRedis({ config: `user default off\n${AGENT_ACL}` });
    const agent = anAgent(`redis://agent:agent-secret@127.0.0.1:${redis.port}${rest}`);
    const error: unknown = await agent.publish(aReport()).catch((thrown: unknown) => thrown);
    expect(inspect(error)).toMatch(new RegExp(`NOPERM.*${why}`, 'i'));
    expect(agent.health()).toMatchObject({ up: false, detail: expect.stringContaining('NOPERM') });
    expect(inspect([error, agent.health()], { depth: 9 })).not.toContain('agent-secret');
  });

  it('keeps an agent from listening and from setting states', async () => {
    const redis = await aLockedRedis({ config: AGENT_ACL });
    const url = `redis://agent:agent-secret@127.0.0.1:${redis.port}`;
    const { driver, listener } = await aProxy({ url });
    expect(driver.health()).toMatchObject({ up: false, detail: expect.stringContaining('NOPERM') });
    expect(listener.total).toBe(0);
    expect(await redis.client().keys('*')).toEqual([]);
  });

  it.each([
    ['no password', '', /NOAUTH/],
    ['a wrong password', ':wrong%20secret@', /WRONGPASS|invalid/],
  ])('says that it is shut out with %s, and never shows one', async (_what, user, why) => {
    const redis = await aLockedRedis({ config: 'requirepass right-secret' });
    const url = `redis://${user}127.0.0.1:${redis.port}`;
    const agent = anAgent(url);
    const error: unknown = await agent.publish(aReport()).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'PublishError', message: expect.stringMatching(why) });
    const { driver } = await aProxy({ url });
    expect(driver.health()).toMatchObject({ up: false, detail: expect.stringMatching(why) });
    const all = inspect([error, agent.health(), driver.health(), agent, driver], { depth: 9 });
    expect(all).not.toMatch(/(wrong|right).{1,3}secret/);
  });

  it('opens with the password of the URL, or with the one of the option', async () => {
    const redis = await aLockedRedis({ config: 'requirepass "right secret"' });
    const { listener } = await aProxy({ url: redis.url, password: 'right secret' });
    await anAgent(`redis://:right%20secret@127.0.0.1:${redis.port}`).publish(aReport());
    await listener.until(1);
    expect(listener.reports).toHaveLength(1);
  });

  it('speaks TLS, and notices there as well that redis stands still', async () => {
    const redis = await aLockedRedis({ tls: true });
    const url = `rediss://localhost:${redis.tlsPort}`;
    const { driver, listener } = await aProxy({ url, tls: { ca: redis.ca } });
    const agent = anAgent(url, { tls: { ca: redis.ca } });
    await agent.publish(aReport());
    await listener.until(1);
    expect(driver.health()).toMatchObject({
      up: true,
      detail: expect.stringContaining('rediss://localhost'),
    });
    redis.signal('SIGSTOP');
    await eventually(() => !driver.health().up);
    redis.signal('SIGCONT');
    await eventually(() => driver.health().up);
    await eventually(() =>
      agent.publish(aReport({ seq: 2 })).then(
        () => true,
        () => false,
      ),
    );
    await listener.until(2);
  });

  it.each([
    ['nobody vouches for it', {}, /self-signed/i],
    ['it is for another name', { servername: 'redis.example' }, /does not match|altnames/i],
    ['another authority is asked', { ca: aCertificate().cert }, /certificate|self-signed/i],
  ])('refuses the certificate of a redis where %s', async (_what, settings, why) => {
    const redis = await aLockedRedis({ tls: true });
    const tls = 'servername' in settings ? { ...settings, ca: redis.ca } : settings;
    const agent = anAgent(`rediss://localhost:${redis.tlsPort}`, { tls });
    await expect(agent.publish(aReport())).rejects.toThrow(why);
  });

  it('takes any certificate if told to', async () => {
    const redis = await aLockedRedis({ tls: true });
    await anAgent(`rediss://127.0.0.1:${redis.tlsPort}`, { tls: { verify: false } }).publish(aReport());
  });

  it('shows a certificate of its own where redis wants one', async () => {
    const own = aCertificate({ names: ['agent'] });
    const redis = await aLockedRedis({
      tls: true,
      config: 'tls-auth-clients yes\ntls-ca-cert-file cert.pem',
    });
    const url = `rediss://localhost:${redis.tlsPort}`;
    await expect(anAgent(url, { tls: { ca: redis.ca } }).publish(aReport())).rejects.toThrow();
    const { cert, key } = { cert: redis.ca, key: redis.key };
    await anAgent(url, { tls: { ca: redis.ca, cert, key } }).publish(aReport());
    await expect(
      anAgent(url, { tls: { ca: redis.ca, cert: own.cert, key: own.key } }).publish(aReport()),
    ).rejects.toThrow();
  });
});
