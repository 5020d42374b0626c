import { describe, expect, it } from 'vitest';
import { MAX_SERVERS } from '../../../src/core/pool-servers.ts';
import type { NameServer } from '../../../src/state/discovery/name-server.ts';
import { ServiceAddresses } from '../../../src/state/discovery/service-addresses.ts';

describe('the endpoints of a service', () => {
  const saying = (hosts: number, addresses: number): NameServer => ({
    services: async () => ({
      kind: 'found',
      records: Array.from({ length: hosts }, (_, i) => ({ name: `h${i}`, port: 80, priority: 0 })),
    }),
    addresses: async (name, family) =>
      family === 6
        ? { kind: 'none', why: 'none' }
        : {
            kind: 'found',
            records: Array.from({ length: addresses }, (_, i) => ({
              address: `10.${name.slice(1)}.${i >> 8}.${i & 255}`,
              ttl: 1,
            })),
          },
    close: () => undefined,
  });

  it('are one more than a pool holds at most, so that too many can be told from enough', async () => {
    const ask = async (hosts: number, addresses: number): Promise<number> => {
      const { endpoints } = await new ServiceAddresses('_http._tcp.web', () => 0).ask(
        saying(hosts, addresses),
      );
      return endpoints.length;
    };
    expect(await ask(64, 64)).toBe(MAX_SERVERS);
    expect(await ask(100, 1000)).toBe(MAX_SERVERS + 1);
    expect(await ask(2, 100)).toBe(200);
  });

  it('are only those of the hosts that are named now', async () => {
    const service = new ServiceAddresses('_http._tcp.web', () => 0);
    await service.ask(saying(3, 1));
    const { endpoints, trouble } = await service.ask(saying(1, 1));
    expect([endpoints, trouble]).toEqual([[{ address: '10.0.0.0', port: 80 }], undefined]);
  });
});
