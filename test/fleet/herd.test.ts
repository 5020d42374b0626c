import { afterAll, describe, expect, it } from 'vitest';
import { Fleet, type Machine, until, type Way } from './fleet.ts';
import { namespaceFault } from './network.ts';

const fault = namespaceFault();
if (fault !== undefined) console.warn(`SKIPPED: herding of several proxies: ${fault}`);

/** Every agent tells every proxy. */
const http: Way = {
  keys: (tokenFile) => `agents: { listen: "http://0.0.0.0:9091", tokenFile: ${tokenFile} }`,
  to: (proxies) => proxies.map((address) => `http://${address}:9091`),
};

const PROXIES = ['p1', 'p2', 'p3', 'p4'];
/** Together worth 10 cores of the reference machine. */
const MACHINES: readonly Machine[] = [
  { id: 'n1', cpus: 2, arriba: 1000 },
  { id: 'n2', cpus: 2, arriba: 500 },
  { id: 'n3', cpus: 4, arriba: 500 },
  { id: 'n4', cpus: 1, arriba: 1000 },
  { id: 'n5', cpus: 4, arriba: 1000 },
];
/** On one core of the reference machine. */
const WORK_MS = 50;
const CAPACITY = MACHINES.reduce((sum, { cpus, arriba }) => sum + cpus * arriba, 0);
/** Requests a second that keep the machines busy for 92 % of the time. */
const RATE = (0.92 * CAPACITY) / WORK_MS;
const WINDOW = 1000;

/** Of each machine, how far its share of any window strays from what it deserves: 0.25 is a quarter of that. */
const strays = (servers: readonly string[]): ReadonlyMap<string, number> => {
  const worst = new Map<string, number>();
  for (let from = 0; from + WINDOW <= servers.length; from += WINDOW / 10)
    for (const { id, cpus, arriba } of MACHINES) {
      const count = servers.slice(from, from + WINDOW).filter((one) => one === id).length;
      const deserved = (WINDOW * cpus * arriba) / CAPACITY;
      worst.set(id, Math.max(worst.get(id) ?? 0, Math.abs(count / deserved - 1)));
    }
  return worst;
};

describe.skipIf(fault !== undefined)('four proxies on reports of every 250 ms', { timeout: 120_000 }, () => {
  let fleet: Fleet;
  afterAll(() => fleet?.close());

  it('do not herd: each machine gets what its cores and speed deserve, within a quarter, in any 1,000 requests', async () => {
    fleet = await Fleet.open(
      http,
      PROXIES,
      MACHINES.map(({ id }) => id),
    );
    for (const proxy of PROXIES) await fleet.startProxy(proxy);
    await Promise.all(MACHINES.map((machine) => fleet.startNode(machine, WORK_MS)));
    for (const proxy of PROXIES)
      await until(async () => ((await fleet.nodes(proxy)).length === MACHINES.length ? true : undefined));
    const stop = await fleet.startLoad(RATE, PROXIES);
    await new Promise((resolve) => setTimeout(resolve, 20_000));
    const { failures, servers } = await stop();
    expect(failures).toEqual([]);
    expect(servers.length).toBeGreaterThan(3 * WINDOW);
    for (const [id, stray] of strays(servers)) expect(stray, id).toBeLessThan(0.25);
  });
});
