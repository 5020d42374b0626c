import { describe, expect, it } from 'vitest';
import { builtIns } from '../../../candidacy/index.ts';
import { type HerdingPool, herdingWarnings, type PlannedLink } from '../../../src/config/planning/herding.ts';
import { herdingPool } from '../../../src/config/planning/herding-pool.ts';
import { defineCandidacy } from '../../../src/core/candidacy.ts';
import { readText } from '../support.ts';

const userCut = defineCandidacy({ name: 'mine', kind: 'cut', create: () => (servers) => servers });
const userOrder = defineCandidacy({
  name: 'myOrder',
  kind: 'order',
  ordersByReports: true,
  create: () => (servers) => servers,
});
const OWN = new Map([userCut, userOrder].map((candidacy) => [candidacy.name, candidacy]));

/** `sample:4` is `sample` with its shorthand. */
const link = (text: string): PlannedLink => {
  const [name = '', value] = text.split(':');
  const candidacy = OWN.get(name) ?? builtIns.get(name);
  if (!candidacy) throw new Error(`there is no ${name}`);
  const given = value === undefined ? {} : { [candidacy.shorthand ?? '']: Number(value) };
  return { name, candidacy, options: candidacy.options?.parse(given), where: { path: name } };
};

const POOL: HerdingPool = { servers: 20, isAssumed: false, period: 250, hasOtherProxies: false };

const warn = (names: readonly string[], pool: Partial<HerdingPool> = {}) =>
  herdingWarnings(names.map(link), { ...POOL, ...pool });

describe('a warning of herding', () => {
  it.each([
    [['byBusyChildren'], ['byBusyChildren']],
    [['byAge:5', 'byRandom', 'byCPU'], ['byCPU']],
    [['bySession', 'byBusyChildren'], ['byBusyChildren']],
    [['byBusyChildren', 'addPrediction', 'byBusyChildren'], ['byBusyChildren']],
    [
      ['byMemory', 'byCPU'],
      ['byMemory', 'byCPU'],
    ],
    [['myOrder'], ['myOrder']],
  ])('%j: for %j', (names, warned) => {
    const usable = names.filter((name) => !name.includes(':5') && name !== 'bySession');
    expect(warn(usable).map(({ path }) => path)).toEqual(warned);
  });

  it.each([
    [
      ['byBusyChildren'],
      {},
      'reports 250ms old',
      'with 20 servers at 80 % load and 10 ms a request expect p99 x 28',
    ],
    [['byBusyChildren'], { period: 1000 }, 'reports 1000ms old', 'expect p99 x 108'],
    [['byBusyChildren'], { servers: 2 }, 'with 2 servers', 'expect p99 x 7.7'],
    [['byBusyChildren'], { servers: 10, isAssumed: true }, 'with 10 servers (assumed)', 'expect p99 x 28'],
    [['byBusyChildren'], { hasOtherProxies: true }, 'at 80 % load behind several proxies', 'expect p99 x 28'],
    [['byRandom', 'byLogWindow', 'byCPU'], {}, '4 compared of 20 servers', 'expect p99 x 14'],
    [['sample:6', 'byMemory'], { servers: 100 }, '6 compared of 100 servers', 'expect p99 x 21'],
  ])('%j with %j says %j and %j', (names, pool, ...texts) => {
    const [warning, ...more] = warn(names, pool);
    expect(more).toEqual([]);
    expect(warning?.severity).toBe('warning');
    for (const text of texts) expect(warning?.message).toContain(text);
  });

  it.each([
    ['byBusyChildren', 'put `addPrediction` before it, or leave `chain` out'],
    ['byCPU', 'order by requests instead, with `addPrediction` and then `byMarginalCost` or `byInFlight`'],
    ['byLoad', 'order by requests instead, with `addPrediction` and then `byMarginalCost` or `byInFlight`'],
  ])('says how to mend %s', (name, suggestion) => {
    expect(warn([name])[0]?.suggestion).toContain(suggestion);
  });

  it.each([
    [['byLoad']],
    [['byCost']],
    [['byRandom', 'byLogWindow', 'byLoad']],
    [['sample:2', 'byLoad']],
    [['addPrediction', 'byLoad']],
  ])('%j: a load average is too old for every request, whatever stands before it', (names) => {
    const [warning] = warn(names);
    expect(warning?.message).toContain('orders by the load of the last minute');
    expect(warning?.message).toContain('chance does better');
    expect(warning?.message.includes('`addPrediction` mends only what came since the last report')).toBe(
      names.includes('addPrediction'),
    );
  });

  it.each([
    [['addPrediction', 'byBusyChildren'], {}],
    [['addPrediction', 'myOrder'], {}],
    [['sample:2', 'byCPU'], { servers: 7 }],
    [['byRandom', 'byLogWindow', 'byBusyChildren'], { servers: 7 }],
    [['sample:1', 'byLoad'], { servers: 3 }],
    [['byBusyChildren'], { period: 50, servers: 2 }],
    [['mine', 'byLoad'], {}],
    [['byLoad'], { servers: 1 }],
    [['byInFlight'], {}],
    [['byMarginalCost'], {}],
    [['byRandom'], {}],
  ])('%j with %j: none', (names, pool) => {
    expect(warn(names, pool)).toEqual([]);
  });

  it('leaves what is wrong with the options of a cut to whoever makes it', () => {
    const cut = { ...link('sample'), options: undefined };
    expect(herdingWarnings([cut, link('byCPU')], POOL)).toEqual([]);
  });
});

describe('what is known of a pool', () => {
  const poolOf = async (lines: string, more = '') =>
    herdingPool((await readText(`pools:\n  web:\n${lines}${more}`)).config, 'web');
  const TWO = '    servers: ["http://a:1", "http://b:1"]\n';

  it('is the number of its servers', async () => {
    expect(await poolOf(TWO)).toEqual({ servers: 2, isAssumed: false, period: 250, hasOtherProxies: false });
  });

  it.each([['    accept: ["10.0.0.0/8:80"]\n'], ['    discovery: { dns: "app.internal:80" }\n']])(
    'is assumed where servers come by themselves: %j',
    async (line) => {
      expect(await poolOf(TWO + line)).toMatchObject({ servers: 10, isAssumed: true });
    },
  );

  it('is that mod_heartbeat reports once a second', async () => {
    const agents = 'agents: { listen: "heartbeat://239.0.0.1:27999?from=127.0.0.0/8" }\n';
    expect(await poolOf(TWO, agents)).toMatchObject({ period: 1000 });
  });

  it('is that proxies share their state', async () => {
    const state = 'state: { driver: redis, url: "redis://127.0.0.1:6379" }\n';
    expect(await poolOf(TWO, state)).toMatchObject({ hasOtherProxies: true });
  });
});
