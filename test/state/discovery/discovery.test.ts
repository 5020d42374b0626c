import { rmSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { MAX_SERVERS } from '../../../src/core/pool-servers.ts';
import type { ServerSpec } from '../../../src/core/server-spec.ts';
import { FileWatch } from '../../../src/script/watch.ts';
import {
  type DiscoveredPool,
  Discovery,
  type DiscoveryOptions,
} from '../../../src/state/discovery/discovery.ts';
import type { DiscoveryEvent } from '../../../src/state/discovery/followed-source.ts';
import { openNameServer } from '../../../src/state/discovery/name-server.ts';
import { aBoard, answered, urlOf } from '../../core/support.ts';
import { eventually } from '../../support/eventually.ts';
import { aClock } from '../support.ts';
import { aDnsServer, wasAsked } from './a-dns-server.ts';
import { aFolder, idsOf, someTimers, type Timers } from './support.ts';

interface Found {
  readonly discovery: Discovery;
  readonly timers: Timers;
  readonly clock: ReturnType<typeof aClock>;
  /** What was applied last, by pool: ids. */
  readonly pools: ReadonlyMap<string, string>;
  readonly applied: readonly string[];
  readonly events: readonly DiscoveryEvent[];
  readonly kinds: () => string;
}

const aDiscovery = (options: Partial<DiscoveryOptions> = {}): Found => {
  const pools = new Map<string, string>();
  const applied: string[] = [];
  const events: DiscoveryEvent[] = [];
  const timers = someTimers();
  const clock = aClock();
  const discovery = new Discovery({
    apply: (pool, servers) => {
      applied.push(pool);
      pools.set(pool, idsOf(servers) ?? '');
    },
    tell: (event) => events.push(event),
    parse,
    watch: (files, onChange) => {
      const watching = new FileWatch(onChange, { debounceMs: 5, pollMs: 50 });
      watching.follow(files);
      return watching;
    },
    openNameServer: (server) => openNameServer(server, 500),
    after: timers.after,
    random: () => 0,
    clock,
    ...options,
  });
  onTestFinished(() => discovery.close());
  const kinds = (): string => events.map(({ kind }) => kind.replace('discovery_', '')).join(' ');
  return { discovery, timers, clock, pools, applied, events, kinds };
};

const listing = (...targets: string[]): string => JSON.stringify([{ targets }]);

const dnsPool = (name: string, resolver: string, every = 30_000): DiscoveredPool => ({
  name: 'web',
  dns: [{ name, every, resolver }],
});

describe('following', () => {
  it('is done when every source has answered, and joins those of a pool', async () => {
    const dns = await aDnsServer();
    const folder = aFolder();
    dns.set('A', 'web.internal', ['10.0.0.1', '10.0.0.2']);
    dns.set('A', 'more.internal', ['10.0.0.3']);
    const file = folder.write(
      'web.json',
      JSON.stringify([{ targets: ['10.0.0.2:80', '10.0.0.4:80'], labels: { rack: 'r' } }]),
    );
    const lists: (readonly ServerSpec[])[] = [];
    const { discovery, events, clock } = aDiscovery({ apply: (_, servers) => lists.push(servers) });
    await discovery.follow([
      {
        name: 'web',
        dns: [
          { name: 'web.internal:80', every: 30_000, resolver: dns.address },
          { name: 'https://more.internal:443', every: 30_000, resolver: dns.address },
        ],
        file,
      },
    ]);
    expect(lists.at(-1)?.map(({ url, tags }) => [url.origin, ...tags].join(' '))).toEqual([
      'http://10.0.0.1',
      'http://10.0.0.2 rack=r',
      'https://10.0.0.3',
      'http://10.0.0.4 rack=r',
    ]);
    expect(discovery.status()).toEqual([
      { pool: 'web', source: 'dns web.internal:80', servers: 2, lastAt: clock.epoch(), fault: undefined },
      {
        pool: 'web',
        source: 'dns https://more.internal:443',
        servers: 1,
        lastAt: clock.epoch(),
        fault: undefined,
      },
      { pool: 'web', source: `file ${file}`, servers: 2, lastAt: clock.epoch(), fault: undefined },
    ]);
    expect(events).toContainEqual({
      kind: 'discovery_changed',
      pool: 'web',
      message: 'pool "web": dns web.internal:80: 2 servers now, added 10.0.0.1:80 10.0.0.2:80',
      level: 'info',
    });
  });

  it('waits 5 s for first answers and no longer; a later one still counts', async () => {
    const dns = await aDnsServer();
    dns.set('A', 'web.internal', ['10.0.0.1']);
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { discovery, timers, pools, applied } = aDiscovery({
      openNameServer: (server) => {
        const real = openNameServer(server);
        return { ...real, addresses: (name, family) => held.then(() => real.addresses(name, family)) };
      },
    });
    const following = discovery.follow([dnsPool('web.internal:80', dns.address)]);
    expect(timers.waits).toEqual([5000]);
    timers.run();
    await following;
    expect(pools.get('web')).toBe('');
    release();
    await eventually(() => pools.get('web') === '10.0.0.1:80');
    expect(applied).toEqual(['web', 'web']);
  });

  it('of a name that is none changes nothing', async () => {
    const dns = await aDnsServer();
    dns.set('A', 'web.internal', ['10.0.0.1']);
    const { discovery } = aDiscovery();
    await discovery.follow([dnsPool('web.internal:80', dns.address)]);
    await expect(discovery.follow([dnsPool('10.0.0.1:80', dns.address)])).rejects.toThrow(TypeError);
    expect(discovery.status()).toMatchObject([{ source: 'dns web.internal:80', servers: 1 }]);
  });

  it('of nothing is done at once', async () => {
    const { discovery, timers, applied } = aDiscovery();
    await discovery.follow([{ name: 'web' }]);
    expect([timers.waits, applied, discovery.status()]).toEqual([[], [], []]);
  });
});

describe('following other sources', () => {
  it('leaves those that stay as they are, with what they found, and asks nobody', async () => {
    const dns = await aDnsServer();
    dns.set('A', 'web.internal', ['10.0.0.1']);
    const { discovery, pools, timers } = aDiscovery();
    const pool = dnsPool('web.internal:80', dns.address);
    await discovery.follow([pool]);
    const { length } = dns.asked;
    const waits = [...timers.waits];
    await discovery.follow([structuredClone(pool)]);
    expect(pools.get('web')).toBe('10.0.0.1:80');
    expect(dns.asked).toHaveLength(length);
    expect(timers.waits).toEqual(waits);
  });

  it('withdraws the servers of those that are gone, and says so', async () => {
    const dns = await aDnsServer();
    dns.set('A', 'web.internal', ['10.0.0.1']);
    const folder = aFolder();
    const file = folder.write('web.json', listing('10.0.0.2:80'));
    const { discovery, pools, events, timers } = aDiscovery();
    await discovery.follow([{ ...dnsPool('web.internal:80', dns.address), file }]);
    await discovery.follow([{ name: 'web', file }]);
    expect(pools.get('web')).toBe('10.0.0.2:80');
    expect(events.at(-1)?.message).toBe(
      'pool "web": dns web.internal:80 is followed no more; it gave 1 server',
    );
    await discovery.follow([]);
    expect(pools.get('web')).toBe('');
    expect([timers.waits, discovery.status()]).toEqual([[], []]);
  });

  it('keeps the old servers until the new ones are known', async () => {
    const dns = await aDnsServer();
    dns.set('A', 'old.internal', ['10.0.0.1']);
    dns.set('A', 'new.internal', ['10.0.0.2']);
    const seen: string[] = [];
    const { discovery } = aDiscovery({ apply: (_, servers) => seen.push(idsOf(servers) ?? '') });
    await discovery.follow([dnsPool('old.internal:80', dns.address)]);
    await discovery.follow([dnsPool('new.internal:80', dns.address)]);
    expect(seen).not.toContain('');
    expect(seen.at(-1)).toBe('10.0.0.2:80');
  });

  it('lets one with new settings begin with what it had found', async () => {
    const dns = await aDnsServer();
    dns.set('A', 'web.internal', ['10.0.0.1']);
    const { discovery, pools, kinds } = aDiscovery();
    await discovery.follow([dnsPool('web.internal:80', dns.address)]);
    dns.set('A', 'web.internal', 'SERVFAIL');
    dns.set('AAAA', 'web.internal', 'SERVFAIL');
    await discovery.follow([dnsPool('web.internal:80', dns.address, 5000)]);
    expect(pools.get('web')).toBe('10.0.0.1:80');
    expect(kinds()).toBe('changed failed');
    expect(discovery.status()).toMatchObject([{ servers: 1, lastAt: undefined, fault: expect.any(String) }]);
  });

  it('takes the same source twice in one pool for one', async () => {
    const dns = await aDnsServer();
    dns.set('A', 'web.internal', ['10.0.0.1']);
    const { discovery, pools } = aDiscovery();
    const one = { name: 'web.internal:80', every: 1000, resolver: dns.address };
    await discovery.follow([
      { name: 'web', dns: [one, one] },
      { name: 'api', dns: [one] },
    ]);
    expect(new Set(pools.values())).toEqual(new Set(['10.0.0.1:80']));
    expect(discovery.status()).toHaveLength(2);
    await discovery.follow([{ name: 'web', dns: [one] }]);
    expect(discovery.status()).toHaveLength(1);
  });
});

describe('following one thing while another is still being waited for', () => {
  it('ends with what was said last, and with its servers all the way', async () => {
    const dns = await aDnsServer();
    dns.set('A', 'web.internal', ['10.0.0.1']);
    const never = new Promise<never>(() => undefined);
    const seen: string[] = [];
    const { discovery, timers } = aDiscovery({
      apply: (_, servers) => seen.push(idsOf(servers) ?? ''),
      openNameServer: (server) => {
        const real = openNameServer(server);
        return {
          ...real,
          addresses: (name, family) => (name === 'held.internal' ? never : real.addresses(name, family)),
        };
      },
    });
    await discovery.follow([dnsPool('web.internal:80', dns.address)]);
    const other = discovery.follow([dnsPool('held.internal:80', dns.address)]);
    expect(discovery.status()).toMatchObject([{ source: 'dns held.internal:80', servers: 0 }]);
    dns.set('A', 'web.internal', ['10.0.0.1', '10.0.0.2']);
    await Promise.all([other, discovery.follow([dnsPool('web.internal:80', dns.address)])]);
    expect(discovery.status()).toMatchObject([{ source: 'dns web.internal:80', servers: 2 }]);
    expect(seen.at(-1)).toBe('10.0.0.1:80 10.0.0.2:80');
    expect(seen).not.toContain('');
    expect(timers.waits).toHaveLength(1);
  });
});

describe('preparing for other sources', () => {
  it('begins with them beside those of now, and following them then asks nobody', async () => {
    const dns = await aDnsServer();
    dns.set('A', 'old.internal', ['10.0.0.1']);
    dns.set('A', 'new.internal', ['10.0.0.2']);
    const [before, after] = ['old', 'new'].map((name) => dnsPool(`${name}.internal:80`, dns.address));
    const { discovery, pools, timers } = aDiscovery();
    await discovery.follow([before!]);
    await discovery.prepare([after!]);
    expect(pools.get('web')).toBe('10.0.0.1:80 10.0.0.2:80');
    expect([discovery.status().length, timers.waits.length]).toEqual([2, 2]);
    const { length } = dns.asked;
    await discovery.follow([after!]);
    expect(pools.get('web')).toBe('10.0.0.2:80');
    expect(dns.asked).toHaveLength(length);
    await discovery.prepare([before!]);
    await discovery.follow([after!]);
    expect(pools.get('web')).toBe('10.0.0.2:80');
    expect(timers.waits).toHaveLength(1);
  });

  it('leaves a pool with servers whichever of configuration and DNS names them', async () => {
    const dns = await aDnsServer();
    dns.set('A', 'web.internal', ['10.0.0.1']);
    const { board, pool, configure } = aBoard(['10.0.0.1']);
    const { discovery } = aDiscovery({ apply: (name, servers) => board.pool(name)?.discover(servers) });
    const discovered = [dnsPool('web.internal:80', dns.address)];
    await discovery.prepare(discovered);
    configure([]);
    expect(pool.servers).toHaveLength(1);
    await discovery.follow(discovered);
    await discovery.prepare([]);
    configure(['10.0.0.1']);
    await discovery.follow([]);
    expect(pool.servers).toHaveLength(1);
  });
});

describe('a trouble', () => {
  it('is told once while it goes on, and its end', async () => {
    const dns = await aDnsServer();
    dns.set('A', 'web.internal', ['10.0.0.1']);
    const { discovery, timers, pools, events, kinds } = aDiscovery();
    await discovery.follow([dnsPool('web.internal:80', dns.address)]);
    let count = 1;
    const again = async (reply: Parameters<typeof dns.set>[2]): Promise<void> => {
      for (const type of ['A', 'AAAA'] as const) dns.set(type, 'web.internal', reply);
      timers.run();
      count += 1;
      await wasAsked(dns, 'AAAA web.internal', count);
      await eventually(() => timers.waits.length === 1);
    };
    for (const reply of ['SERVFAIL', 'SERVFAIL', 'NXDOMAIN', 'SERVFAIL', 'NXDOMAIN'] as const)
      await again(reply);
    expect(kinds()).toBe('changed failed empty');
    expect(events.slice(1)).toEqual([
      {
        kind: 'discovery_failed',
        pool: 'web',
        message: 'pool "web": dns web.internal:80: the DNS server failed (SERVFAIL); it stays at 1 server',
        level: 'warn',
      },
      {
        kind: 'discovery_empty',
        pool: 'web',
        message: 'pool "web": dns web.internal:80: there is no such name (NXDOMAIN); it stays at 1 server',
        level: 'warn',
      },
    ]);
    expect(pools.get('web')).toBe('10.0.0.1:80');
    dns.set('AAAA', 'web.internal', []);
    timers.run();
    dns.set('A', 'web.internal', ['10.0.0.1']);
    await eventually(() => kinds() === 'changed failed empty recovered');
    expect(discovery.status()[0]?.fault).toBeUndefined();
  });

  it('of a source that never gave a server is an error', async () => {
    const { discovery, events } = aDiscovery();
    await discovery.follow([{ name: 'web', file: '/nowhere/web.json' }]);
    expect(events).toEqual([
      {
        kind: 'discovery_failed',
        pool: 'web',
        message: 'pool "web": file /nowhere/web.json: there is no such file; it has given no server yet',
        level: 'error',
      },
    ]);
  });

  it('of a file is told each time that it is another one', async () => {
    const folder = aFolder();
    const { discovery, events, pools, kinds } = aDiscovery();
    const file = folder.write('web.json', listing('10.0.0.1:80'));
    await discovery.follow([{ name: 'web', file }]);
    folder.replace('web.json', listing('10.0.0.1'));
    await eventually(() => kinds() === 'changed failed');
    expect(events.at(-1)?.message).toMatch(
      /\[0\]\.targets\[0\]: expected .*, got "10\.0\.0\.1"; it stays at 1 server$/,
    );
    folder.replace('web.json', listing('10.0.0.1:80', 'x'));
    await eventually(() => kinds() === 'changed failed failed');
    folder.replace('web.json', '[]');
    await eventually(() => kinds() === 'changed failed failed empty');
    rmSync(file);
    await eventually(() => kinds() === 'changed failed failed empty failed');
    expect(pools.get('web')).toBe('10.0.0.1:80');
    folder.write('web.json', listing('10.0.0.1:80', '10.0.0.2:80'));
    await eventually(() => kinds().endsWith('recovered changed'));
    expect(pools.get('web')).toBe('10.0.0.1:80 10.0.0.2:80');
  });

  it('is that a pool has more servers than it holds', async () => {
    const folder = aFolder();
    const dns = await aDnsServer();
    const targets = Array.from({ length: MAX_SERVERS }, (_, i) => `10.1.${i >> 8}.${i & 255}:80`);
    const file = folder.write('web.json', listing(...targets));
    dns.set('A', 'web.internal', ['10.9.0.1']);
    const lists: (readonly ServerSpec[])[] = [];
    const { discovery, timers, events } = aDiscovery({ apply: (_, servers) => lists.push(servers) });
    await discovery.follow([{ ...dnsPool('web.internal:80', dns.address), file }]);
    expect(lists.at(-1)).toHaveLength(MAX_SERVERS);
    expect(events.filter(({ kind }) => kind === 'discovery_failed')).toMatchObject([
      { message: 'pool "web": 4097 servers found, of which 4096 are used', level: 'error' },
    ]);
    dns.set('A', 'web.internal', ['10.1.0.1']);
    timers.run();
    await eventually(
      () => events.at(-1)?.message === 'pool "web": 4096 servers found, at most 4096 are used',
    );
  });

  it('in words stays short however many servers change', async () => {
    const folder = aFolder();
    const targets = Array.from({ length: 2000 }, (_, i) => `10.1.${i >> 8}.${i & 255}:80`);
    const { discovery, events } = aDiscovery();
    await discovery.follow([{ name: 'web', file: folder.write('web.json', listing(...targets)) }]);
    expect(events[0]?.message).toMatch(/2000 servers now, added 10\.1\.0\.0:80 .* and 1992 more$/);
    expect(events[0]?.message.length).toBeLessThan(400);
  });
});

describe('the closing', () => {
  it('ends a following that waits, and everything else', async () => {
    const { discovery, timers, applied } = aDiscovery({
      openNameServer: () => {
        const never = new Promise<never>(() => undefined);
        return { addresses: () => never, services: () => never, close: () => undefined };
      },
    });
    const following = discovery.follow([dnsPool('web.internal:80', '127.0.0.1:1')]);
    discovery.close();
    await following;
    await discovery.follow([dnsPool('web.internal:80', '127.0.0.1:1')]);
    expect([timers.waits, applied, discovery.status()]).toEqual([[], [], []]);
  });
});

describe('a board behind it', () => {
  it('keeps records, counts and requests under way when names are resolved anew', async () => {
    const dns = await aDnsServer();
    dns.set('A', 'web.internal', ['10.0.0.1', '10.0.0.2']);
    const { board, pool } = aBoard([]);
    const { discovery, timers } = aDiscovery({
      apply: (name, servers) => board.pool(name)?.discover(servers),
    });
    await discovery.follow([dnsPool('web.internal:80', dns.address)]);
    const [one, two] = pool.servers;
    const ends = [one!, two!].map((server) => board.begin(server, 0));
    ends[0]?.(answered(503), 1);
    const { version } = pool;
    timers.run();
    await wasAsked(dns, 'AAAA web.internal', 2);
    await eventually(() => timers.waits.length === 1);
    expect([pool.servers, pool.version]).toEqual([[one, two], version]);
    expect(one).toMatchObject({ failures: 1, forwarded: 1 });
    dns.set('A', 'web.internal', ['10.0.0.1', '10.0.0.3']);
    timers.run();
    await eventually(
      () => idsOf(pool.servers.map(({ id, url }) => ({ id, url, tags: [] }))) === '10.0.0.1:80 10.0.0.3:80',
    );
    expect(pool.servers[0]).toBe(one);
    expect(two?.inFlight).toBe(1);
    ends[1]?.(answered(), 2);
    expect(two?.inFlight).toBe(0);
  });

  it('leaves a server that the configuration names too to the configuration', async () => {
    const dns = await aDnsServer();
    dns.set('A', 'web.internal', ['10.0.0.1', '10.0.0.2']);
    const { board, pool, server } = aBoard(['a']);
    const { discovery } = aDiscovery({ apply: (name, servers) => board.pool(name)?.discover(servers) });
    await discovery.follow([dnsPool('web.internal:80', dns.address)]);
    expect(pool.servers.map(({ id }) => id)).toEqual(['a', '10.0.0.2:80']);
    await discovery.follow([]);
    expect(pool.servers).toEqual([server('a')]);
    expect(server('a').url.href).toBe(`${urlOf('a').replace(':80', '')}/`);
  });
});
