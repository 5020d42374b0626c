import { describe, expect, it, onTestFinished } from 'vitest';
import { type NameServer, openNameServer } from '../../../src/state/discovery/name-server.ts';
import { aDnsServer, type DnsServer } from './a-dns-server.ts';

const asking = async (limit?: number): Promise<{ dns: DnsServer; server: NameServer }> => {
  const dns = await aDnsServer();
  const server = openNameServer(dns.address, limit);
  onTestFinished(() => server.close());
  return { dns, server };
};

describe('a DNS server', () => {
  it('is asked for addresses, which come with the time for which they hold', async () => {
    const { dns, server } = await asking();
    dns.set('A', 'web.internal', { records: ['10.0.0.1', '10.0.0.2'], ttl: 7 });
    dns.set('AAAA', 'web.internal', { records: ['fd00::1'], ttl: 9 });
    expect(await server.addresses('web.internal', 4)).toEqual({
      kind: 'found',
      records: [
        { address: '10.0.0.1', ttl: 7 },
        { address: '10.0.0.2', ttl: 7 },
      ],
    });
    expect(await server.addresses('web.internal', 6)).toEqual({
      kind: 'found',
      records: [{ address: 'fd00::1', ttl: 9 }],
    });
  });

  it('is asked for services', async () => {
    const { dns, server } = await asking();
    dns.set('SRV', '_http._tcp.web.internal', ['10 5 3000 a.internal', '20 0 3001 b.internal']);
    expect(await server.services('_http._tcp.web.internal')).toMatchObject({
      kind: 'found',
      records: [
        { name: 'a.internal', port: 3000, priority: 10 },
        { name: 'b.internal', port: 3001, priority: 20 },
      ],
    });
  });

  it('is asked over TCP where an answer is too long for a datagram', async () => {
    const { dns, server } = await asking();
    const records = Array.from({ length: 2000 }, (_, i) => `10.1.${i >> 8}.${i & 255}`);
    dns.set('A', 'many.internal', records);
    const answer = await server.addresses('many.internal', 4);
    expect(answer.kind === 'found' && answer.records.map(({ address }) => address)).toEqual(records);
    expect(dns.asked).toEqual(['A many.internal', 'A many.internal']);
  });

  it('is asked anew each time', async () => {
    const { dns, server } = await asking();
    dns.set('A', 'web.internal', { records: ['10.0.0.1'], ttl: 3600 });
    await server.addresses('web.internal', 4);
    dns.set('A', 'web.internal', { records: ['10.0.0.2'], ttl: 3600 });
    expect(await server.addresses('web.internal', 4)).toMatchObject({ records: [{ address: '10.0.0.2' }] });
  });

  it.each([
    ['NXDOMAIN', 'none', 'there is no such name (NXDOMAIN)'],
    [[], 'none', 'it has no such records'],
    ['SERVFAIL', 'failed', 'the DNS server failed (SERVFAIL)'],
    ['REFUSED', 'failed', 'the DNS server refused to answer (REFUSED)'],
    ['silence', 'failed', 'the DNS server did not answer in time'],
    ['garbage', 'failed', expect.stringMatching(/^the DNS server/)],
  ] as const)('that says %j: %s', async (reply, kind, why) => {
    const { dns, server } = await asking(300);
    for (const type of ['A', 'AAAA', 'SRV'] as const) dns.set(type, 'web.internal', reply);
    const answers = [
      server.addresses('web.internal', 4),
      server.addresses('web.internal', 6),
      server.services('web.internal'),
    ];
    expect(await Promise.all(answers)).toEqual([1, 2, 3].map(() => ({ kind, why })));
  });

  it('that is not there fails', async () => {
    const server = openNameServer('127.0.0.1:1', 300);
    onTestFinished(() => server.close());
    expect(await server.addresses('web.internal', 4)).toEqual({
      kind: 'failed',
      why: 'the DNS server cannot be reached',
    });
  });

  it('that stays silent is asked at most twice', async () => {
    const { dns, server } = await asking(1000);
    dns.set('A', 'web.internal', 'silence');
    await server.addresses('web.internal', 4);
    expect(dns.asked.length).toBeGreaterThan(0);
    expect(dns.asked.length).toBeLessThanOrEqual(2);
  });

  it('is waited for no longer when it is closed', async () => {
    const { dns, server } = await asking(60_000);
    dns.set('A', 'web.internal', 'silence');
    const answer = server.addresses('web.internal', 4);
    const closedAt = performance.now();
    server.close();
    expect(await answer).toMatchObject({ kind: 'failed' });
    // It would be asked for 10 s: c-ares waits up to 5 s for each try.
    expect(performance.now() - closedAt).toBeLessThan(3000);
  });

  it('whose address is none is told of', () => {
    expect(() => openNameServer('nowhere')).toThrow(/nowhere/);
  });
});
