import { describe, expect, it } from 'vitest';
import { connectionsIn, NO_LOAD, openClients, sumLoads } from '../../../src/control/series/plane-load.ts';

const aClient = (carries: Parameters<typeof openClients>[0] extends Iterable<infer C> ? C : never) => carries;

describe('open clients', () => {
  it('are counted by listener and by what they carry', () => {
    const clients = [
      aClient({ listener: 'a', carries: 'http1' }),
      aClient({ listener: 'a', carries: 'http1' }),
      aClient({ listener: 'b', carries: 'tunnel' }),
      aClient({ listener: 'b', carries: 'nothing' }),
    ];
    expect(openClients(clients)).toEqual([
      { listener: 'a', protocol: 'http1', count: 2 },
      { listener: 'b', protocol: 'tunnel', count: 1 },
      { listener: 'b', protocol: 'unknown', count: 1 },
    ]);
  });

  it('are connections, not the streams on them', () => {
    const clients = openClients([
      aClient({ listener: 'a', carries: 'http2' }),
      aClient({ listener: 'a', carries: 'stream' }),
      aClient({ listener: 'a', carries: 'stream' }),
    ]);
    expect(connectionsIn({ ...NO_LOAD, clients })).toBe(1);
  });

  it('are summed over workers', () => {
    const load = {
      inFlight: 3,
      tunnels: 1,
      clients: [{ listener: 'a', protocol: 'http1', count: 2 }],
    } as const;
    expect(sumLoads([load, load])).toEqual({
      inFlight: 6,
      tunnels: 2,
      clients: [{ listener: 'a', protocol: 'http1', count: 4 }],
    });
    expect(sumLoads([])).toEqual(NO_LOAD);
  });
});
