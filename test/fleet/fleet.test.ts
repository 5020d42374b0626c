import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fleet, type Machine, until, type Way } from './fleet.ts';
import { namespaceFault } from './network.ts';

const fault = namespaceFault();
if (fault !== undefined) console.warn(`SKIPPED: the fleet in network namespaces: ${fault}`);

const redis: Way = {
  keys: (tokenFile) => `state: { driver: redis, url: "${Fleet.redis}", tokenFile: ${tokenFile} }`,
  to: () => [Fleet.redis],
};

const MACHINES: readonly Machine[] = [
  { id: 'n1', cpus: 2, arriba: 1000 },
  { id: 'n2', cpus: 2, arriba: 1000 },
  { id: 'n3', cpus: 4, arriba: 500 },
  { id: 'n4', cpus: 2, arriba: 500 },
  { id: 'n5', cpus: 1, arriba: 2000 },
];
const NAMES = MACHINES.map(({ id }) => id);
const WORK_MS = 20;
const CUT_MS = 20_000;

const pause = (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis));

describe.skipIf(fault !== undefined)('three proxies and five nodes on redis', { timeout: 120_000 }, () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await Fleet.open(redis, ['p1', 'p2', 'p3'], NAMES);
    await fleet.startRedis();
    await Promise.all([
      fleet.startProxy('p1'),
      fleet.startProxy('p2'),
      ...MACHINES.map((machine) => fleet.startNode(machine, WORK_MS)),
    ]);
    await until(async () => ((await fleet.nodes('p1')).length === 5 ? true : undefined));
  }, 60_000);
  afterAll(() => fleet?.close());

  /** The greatest age of a server, ms; undefined until all are known. */
  const oldest = async (proxy: string): Promise<number> =>
    Math.max(...(await fleet.servers(proxy)).map(({ ageMs }) => ageMs ?? Number.POSITIVE_INFINITY));

  it('tell a late proxy all of the nodes by the time that it serves, and count it', async () => {
    await fleet.startProxy('p3');
    const servers = await fleet.servers('p3');
    expect(servers.map(({ node }) => node).toSorted()).toEqual(NAMES);
    expect(Math.max(...servers.map(({ ageMs }) => ageMs ?? Number.NaN))).toBeLessThan(2000);
    for (const proxy of ['p1', 'p2', 'p3'])
      await until(async () => ((await fleet.metric(proxy, 'forehand_proxies')) === 3 ? true : undefined));
  });

  /** Resolves once a node's server is in this state on these proxies. */
  const untilState = async (node: string, state: string, proxies: readonly string[]): Promise<void> => {
    for (const proxy of proxies)
      await until(async () => {
        const server = (await fleet.servers(proxy)).find((one) => one.node === node);
        return server?.state === state ? true : undefined;
      });
  };

  it('hold a state that was set by hand on every proxy, and on one that starts later', async () => {
    const server = `${fleet.network.address('n4')}:3000`;
    await fleet.command('p1', 'servers', 'drain', server, '--reason', 'a test');
    await untilState('n4', 'drain', ['p1', 'p2', 'p3']);
    await fleet.restartProxy('p3');
    expect((await fleet.servers('p3')).find(({ node }) => node === 'n4')?.state).toBe('drain');
    await fleet.command('p2', 'servers', 'ready', server);
    await untilState('n4', 'ready', ['p1', 'p2', 'p3']);
  });

  it('go on when one proxy is cut off from redis for 20 s, and it is back within 2 s without old reports', async () => {
    const stop = await fleet.startLoad(60, ['p1', 'p2', 'p3']);
    await fleet.network.cut('redis', 'p2');
    await pause(CUT_MS);
    const cutOff = await oldest('p2');
    const others = await oldest('p1');
    const before = new Map((await fleet.nodes('p2')).map(({ name, reports }) => [name, reports]));
    await fleet.network.mend('redis', 'p2');
    const mendedAt = performance.now();
    await until(async () => ((await oldest('p2')) < 1000 ? true : undefined));
    const recovered = performance.now() - mendedAt;
    const taken = (await fleet.nodes('p2')).map(({ name, reports }) => reports - (before.get(name) ?? 0));
    const { sent, failed, failures } = await stop();
    expect(failures).toEqual([]);
    expect(failed).toBe(0);
    expect(sent).toBeGreaterThan(1000);
    expect(cutOff).toBeGreaterThan(CUT_MS - 4000);
    expect(others).toBeLessThan(2000);
    expect(recovered).toBeLessThan(2000);
    // At most what came since: the snapshot and four reports a second with their jitter.
    expect(Math.max(...taken)).toBeLessThan(1 + 6 * (recovered / 1000 + 1));
  });

  it('fail no request when redis is killed, and find it again', async () => {
    const stop = await fleet.startLoad(60, ['p1', 'p2', 'p3']);
    await fleet.killRedis();
    await until(async () => ((await oldest('p1')) > 3000 ? true : undefined));
    await fleet.startRedis();
    for (const proxy of ['p1', 'p2', 'p3'])
      await until(async () => ((await oldest(proxy)) < 1000 ? true : undefined));
    const { sent, failed, failures } = await stop();
    expect(failures).toEqual([]);
    expect(failed).toBe(0);
    expect(sent).toBeGreaterThan(100);
  });
});

describe.skipIf(fault !== undefined)('a fleet on multicast', { timeout: 60_000 }, () => {
  const GROUP = 'udp://239.255.221.20:4445?ttl=1';
  const multicast: Way = {
    keys: (tokenFile) => `agents: { listen: "${GROUP}", tokenFile: ${tokenFile} }`,
    to: () => [GROUP],
  };
  let fleet: Fleet;
  afterAll(() => fleet?.close());

  it('is heard by every proxy, and the proxies hear one another', async () => {
    fleet = await Fleet.open(multicast, ['p1', 'p2'], ['n1', 'n2']);
    await Promise.all([
      fleet.startProxy('p1'),
      fleet.startProxy('p2'),
      ...MACHINES.slice(0, 2).map((machine) => fleet.startNode(machine, WORK_MS)),
    ]);
    for (const proxy of ['p1', 'p2']) {
      await until(async () => ((await fleet.nodes(proxy)).length === 2 ? true : undefined));
      await until(async () => ((await fleet.metric(proxy, 'forehand_proxies')) === 2 ? true : undefined));
    }
  });
});
