import { describe, expect, it, onTestFinished } from 'vitest';
import { parseDnsSource } from '../../../src/core/dns-source.ts';
import { DnsDiscovery } from '../../../src/state/discovery/dns-discovery.ts';
import { type NameServer, openNameServer } from '../../../src/state/discovery/name-server.ts';
import { aDnsServer, type DnsServer } from './a-dns-server.ts';
import { type Findings, idsOf, someFindings, someTimers, type Timers } from './support.ts';

interface Asking extends Findings {
  readonly dns: DnsServer;
  readonly timers: Timers;
  readonly discovery: DnsDiscovery;
  /** Lets the answer run out and waits for the next finding. */
  readonly again: () => Promise<Awaited<ReturnType<Findings['nth']>>>;
}

interface Settings {
  readonly every?: number;
  readonly random?: number;
  readonly now?: () => number;
  readonly wrap?: (server: NameServer) => NameServer;
}

const asking = async (
  name: string,
  prepare: (dns: DnsServer) => void,
  { every = 30_000, random = 0, now = () => 0, wrap = (server) => server }: Settings = {},
): Promise<Asking> => {
  const dns = await aDnsServer();
  prepare(dns);
  const timers = someTimers();
  const findings = someFindings();
  const discovery = new DnsDiscovery({
    source: parseDnsSource(name)!,
    every,
    resolver: dns.address,
    openNameServer: (server) => wrap(openNameServer(server, 500)),
    after: timers.after,
    random: () => random,
    now,
    onFinding: findings.take,
  });
  onTestFinished(() => discovery.close());
  let seen = 1;
  await findings.nth(seen);
  const again: Asking['again'] = () => {
    timers.run();
    seen += 1;
    return findings.nth(seen);
  };
  return { ...findings, dns, timers, discovery, again };
};

describe('a name with addresses', () => {
  it('gives a server for each address of either family, sorted, at the port of the name', async () => {
    const { nth } = await asking('https://web.internal:8443', (dns) => {
      dns.set('A', 'web.internal', ['10.0.0.2', '10.0.0.1', '10.0.0.2']);
      dns.set('AAAA', 'web.internal', ['fd00::1', '::ffff:a00:9']);
    });
    const { servers, trouble } = await nth(1);
    expect(trouble).toBeUndefined();
    expect(servers?.map(({ id, url, tags }) => `${id} ${url.origin} ${tags.length}`)).toEqual([
      '10.0.0.1:8443 https://10.0.0.1:8443 0',
      '10.0.0.2:8443 https://10.0.0.2:8443 0',
      '[::ffff:a00:9]:8443 https://[::ffff:a00:9]:8443 0',
      '[fd00::1]:8443 https://[fd00::1]:8443 0',
    ]);
  });

  it('is asked again, and gives what it says by then in the same order, however DNS turns it round', async () => {
    const { dns, again, nth } = await asking('web.internal:80', (dns) =>
      dns.set('A', 'web.internal', ['10.0.0.1', '10.0.0.2']),
    );
    expect(idsOf((await nth(1)).servers)).toBe('10.0.0.1:80 10.0.0.2:80');
    dns.set('A', 'web.internal', ['10.0.0.3', '10.0.0.2', '10.0.0.1']);
    expect(idsOf((await again()).servers)).toBe('10.0.0.1:80 10.0.0.2:80 10.0.0.3:80');
    dns.set('A', 'web.internal', ['10.0.0.3']);
    expect(idsOf((await again()).servers)).toBe('10.0.0.3:80');
  });

  it.each([
    ['A', [], 'empty', 'it has no such records'],
    ['A', 'NXDOMAIN', 'empty', 'there is no such name (NXDOMAIN)'],
    ['A', 'SERVFAIL', 'failed', 'the DNS server failed (SERVFAIL)'],
    ['A', 'REFUSED', 'failed', 'the DNS server refused to answer (REFUSED)'],
    ['A', 'silence', 'failed', 'the DNS server did not answer in time'],
    ['A', 'garbage', 'failed', expect.stringMatching(/^the DNS server/)],
  ] as const)('keeps its last good answer when %s says %j', async (_, reply, kind, message) => {
    const { dns, again } = await asking('web.internal:80', (dns) =>
      dns.set('A', 'web.internal', ['10.0.0.1']),
    );
    for (const type of ['A', 'AAAA'] as const) dns.set(type, 'web.internal', reply);
    for (let i = 0; i < 2; i++) {
      const { servers, trouble } = await again();
      expect(idsOf(servers)).toBe('10.0.0.1:80');
      expect(trouble).toMatchObject({ kind, message });
    }
    dns.set('A', 'web.internal', ['10.0.0.2']);
    const { servers, trouble } = await again();
    expect([idsOf(servers), trouble]).toEqual(['10.0.0.2:80', undefined]);
  });

  it('that never had an answer gives no list at all', async () => {
    const { nth } = await asking('web.internal:80', () => undefined);
    expect(await nth(1)).toMatchObject({ servers: undefined, trouble: { kind: 'empty' } });
  });

  it('keeps the addresses of a family that fails, and says so', async () => {
    const { dns, again } = await asking('web.internal:80', (dns) => {
      dns.set('A', 'web.internal', ['10.0.0.1']);
      dns.set('AAAA', 'web.internal', ['fd00::1']);
    });
    dns.set('A', 'web.internal', ['10.0.0.2']);
    dns.set('AAAA', 'web.internal', 'SERVFAIL');
    const { servers, trouble } = await again();
    expect(idsOf(servers)).toBe('10.0.0.2:80 [fd00::1]:80');
    expect(trouble).toMatchObject({ kind: 'failed', message: 'AAAA: the DNS server failed (SERVFAIL)' });
    dns.set('AAAA', 'web.internal', []);
    expect(await again()).toMatchObject({ servers: [{ id: '10.0.0.2:80' }], trouble: undefined });
  });

  it('does not mind a family that fails and never had an address', async () => {
    const { nth } = await asking('web.internal:80', (dns) => {
      dns.set('A', 'web.internal', ['10.0.0.1']);
      dns.set('AAAA', 'web.internal', 'SERVFAIL');
    });
    expect(await nth(1)).toMatchObject({ servers: [{ id: '10.0.0.1:80' }], trouble: undefined });
  });

  it('takes a family away that has no more addresses, but not the last one', async () => {
    const { dns, again } = await asking('web.internal:80', (dns) => {
      dns.set('A', 'web.internal', ['10.0.0.1']);
      dns.set('AAAA', 'web.internal', ['fd00::1']);
    });
    dns.set('A', 'web.internal', []);
    expect(idsOf((await again()).servers)).toBe('[fd00::1]:80');
    dns.set('AAAA', 'web.internal', []);
    expect(idsOf((await again()).servers)).toBe('[fd00::1]:80');
    // What was taken away in the meantime does not come back when a family fails.
    dns.set('A', 'web.internal', 'SERVFAIL');
    expect(idsOf((await again()).servers)).toBe('[fd00::1]:80');
  });

  it('gives every server of an answer that has thousands', async () => {
    const records = Array.from({ length: 3000 }, (_, i) => `10.1.${i >> 8}.${i & 255}`);
    const { nth, timers } = await asking('web.internal:80', (dns) =>
      dns.set('A', 'web.internal', { records, ttl: 5 }),
    );
    expect((await nth(1)).servers).toHaveLength(3000);
    expect(timers.waits).toEqual([5000]);
  });
});

describe('the time until it is asked again', () => {
  it.each([
    [{ ttl: 12 }, 12_000],
    [{ ttl: 0 }, 1000],
    [{ ttl: 1 }, 1000],
    [{ ttl: 86_400 }, 30_000],
    [{ ttl: 12, every: 5000 }, 5000],
    [{ ttl: 12, every: 200 }, 1000],
    [{ ttl: 10, random: 0.5 }, 10_500],
    [{ ttl: 60, random: 0.5 }, 31_500],
  ])('is for %j %d ms', async ({ ttl, ...settings }: Settings & { ttl: number }, wait) => {
    const prepare = (dns: DnsServer): void => dns.set('A', 'web.internal', { records: ['10.0.0.1'], ttl });
    expect((await asking('web.internal:80', prepare, settings)).timers.waits).toEqual([wait]);
  });

  it('is that of the answer which runs out first', async () => {
    const { timers } = await asking('web.internal:80', (dns) => {
      dns.set('A', 'web.internal', { records: ['10.0.0.1'], ttl: 20 });
      dns.set('AAAA', 'web.internal', { records: ['fd00::1'], ttl: 4 });
    });
    expect(timers.waits).toEqual([4000]);
  });

  it('grows from 1 s to the longest while there is trouble, and starts anew behind it', async () => {
    const { dns, again, timers } = await asking(
      'web.internal:80',
      (dns) => dns.set('A', 'web.internal', 'SERVFAIL'),
      { every: 5000 },
    );
    const waits = [...timers.waits];
    for (let i = 0; i < 4; i++) {
      await again();
      waits.push(...timers.waits);
    }
    expect(waits).toEqual([1000, 2000, 4000, 5000, 5000]);
    dns.set('A', 'web.internal', ['10.0.0.1']);
    await again();
    dns.set('A', 'web.internal', 'SERVFAIL');
    await again();
    expect(timers.waits).toEqual([1000]);
  });

  it('is the longest for services, of which nobody says how long they hold', async () => {
    const { timers } = await asking('_http._tcp.web.internal', (dns) => {
      dns.set('SRV', '_http._tcp.web.internal', { records: ['0 0 80 a.internal'], ttl: 2 });
      dns.set('A', 'a.internal', { records: ['10.0.0.1'], ttl: 2 });
    });
    expect(timers.waits).toEqual([30_000]);
  });

  it('never comes after the closing, not even when an answer does', async () => {
    const waiting: (() => void)[] = [];
    let questions = 0;
    const held = (server: NameServer): NameServer => ({
      ...server,
      addresses: async () => {
        questions += 1;
        if (questions > 2) await new Promise<void>((resolve) => waiting.push(resolve));
        return { kind: 'found', records: [{ address: '10.0.0.1', ttl: 5 }] };
      },
    });
    const { discovery, timers, all } = await asking('web.internal:80', () => undefined, { wrap: held });
    timers.run();
    discovery.close();
    for (const go of waiting) go();
    await new Promise((resolve) => setImmediate(resolve));
    expect([questions, timers.waits, all.length]).toEqual([4, [], 1]);
  });
});

describe('a name with services', () => {
  const NAME = '_http._tcp.web.internal';

  it('gives the hosts of the lowest priority at the ports of their records', async () => {
    const { nth } = await asking(`https://${NAME}`, (dns) => {
      dns.set('SRV', NAME, [
        '10 5 3001 b.internal',
        '10 1 3000 a.internal',
        '10 0 3002 b.internal',
        '20 0 80 c',
      ]);
      dns.set('A', 'a.internal', ['10.0.0.1']);
      dns.set('AAAA', 'a.internal', ['fd00::1']);
      dns.set('A', 'b.internal', ['10.0.0.2']);
      dns.set('A', 'c', ['10.0.0.3']);
    });
    const { servers, trouble } = await nth(1);
    expect(servers?.map(({ url }) => url.origin)).toEqual([
      'https://10.0.0.1:3000',
      'https://10.0.0.2:3001',
      'https://10.0.0.2:3002',
      'https://[fd00::1]:3000',
    ]);
    expect(trouble).toBeUndefined();
  });

  it('follows records and addresses', async () => {
    const { dns, again } = await asking(NAME, (dns) => {
      dns.set('SRV', NAME, ['0 0 80 a.internal']);
      dns.set('A', 'a.internal', ['10.0.0.1']);
      dns.set('A', 'b.internal', ['10.0.0.2']);
    });
    dns.set('A', 'a.internal', ['10.0.0.9']);
    expect(idsOf((await again()).servers)).toBe('10.0.0.9:80');
    dns.set('SRV', NAME, ['0 0 81 b.internal']);
    expect(idsOf((await again()).servers)).toBe('10.0.0.2:81');
  });

  it.each([
    ['NXDOMAIN', 'empty'],
    [[], 'empty'],
    [['0 0 0 .'], 'empty'],
    [['0 0 0 a.internal'], 'empty'],
    ['SERVFAIL', 'failed'],
    ['silence', 'failed'],
  ] as const)('keeps its servers when the service says %j', async (reply, kind) => {
    const { dns, again } = await asking(NAME, (dns) => {
      dns.set('SRV', NAME, ['0 0 80 a.internal']);
      dns.set('A', 'a.internal', ['10.0.0.1']);
    });
    dns.set('SRV', NAME, reply);
    const { servers, trouble } = await again();
    expect([idsOf(servers), trouble?.kind]).toEqual(['10.0.0.1:80', kind]);
  });

  it.each(['NXDOMAIN', 'SERVFAIL', []] as const)(
    'keeps a host that says %j, beside the others',
    async (reply) => {
      const { dns, again } = await asking(NAME, (dns) => {
        dns.set('SRV', NAME, ['0 0 80 a.internal', '0 0 80 b.internal']);
        dns.set('A', 'a.internal', ['10.0.0.1']);
        dns.set('A', 'b.internal', ['10.0.0.2']);
      });
      dns.set('A', 'a.internal', reply);
      dns.set('A', 'b.internal', ['10.0.0.3']);
      const { servers, trouble } = await again();
      expect(idsOf(servers)).toBe('10.0.0.1:80 10.0.0.3:80');
      expect(trouble).toMatchObject({
        kind: 'failed',
        message: expect.stringMatching(/^host a\.internal: /),
      });
    },
  );

  it('says of several hosts in trouble which is one and how many more there are', async () => {
    const { nth } = await asking(NAME, (dns) =>
      dns.set('SRV', NAME, ['0 0 80 a.internal', '0 0 80 b.internal', '0 0 80 c.internal']),
    );
    expect(await nth(1)).toMatchObject({
      servers: undefined,
      trouble: {
        kind: 'empty',
        message: expect.stringMatching(/^host [abc]\.internal: .*\(NXDOMAIN\), and 2 more of its hosts$/),
      },
    });
  });

  it('asks for a few hosts at a time, and not for ever', async () => {
    let under = 0;
    let most = 0;
    let clock = 0;
    const counting = (server: NameServer): NameServer => ({
      ...server,
      addresses: async (name, family) => {
        under += 1;
        most = Math.max(most, under);
        clock += 100;
        const answer = await server.addresses(name, family);
        under -= 1;
        return answer;
      },
    });
    const hosts = Array.from({ length: 200 }, (_, i) => `h${i}.internal`);
    const { nth, dns } = await asking(
      NAME,
      (dns) => {
        dns.set(
          'SRV',
          NAME,
          hosts.map((host) => `0 0 80 ${host}`),
        );
        for (const [i, host] of hosts.entries()) dns.set('A', host, [`10.0.1.${i}`]);
      },
      { now: () => clock, wrap: counting },
    );
    const { servers, trouble } = await nth(1);
    expect(most).toBeLessThanOrEqual(32);
    const asked = dns.asked.filter((question) => question.startsWith('A ')).length;
    expect(servers).toHaveLength(asked);
    expect(asked).toBeLessThan(100);
    expect(trouble?.message).toMatch(/not asked in time/);
  });
});

describe('a DNS server whose address is none', () => {
  it('is a trouble like any other', async () => {
    const { nth } = await asking('web.internal:80', () => undefined, {
      wrap: () => {
        throw new TypeError('Invalid IP address: 300.0.0.1');
      },
    });
    expect(await nth(1)).toMatchObject({
      trouble: { kind: 'failed', message: 'Invalid IP address: 300.0.0.1' },
    });
  });
});
