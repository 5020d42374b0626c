import { grouped } from '../cells/grouped.ts';

/** Connections of clients that are open now, by the listener that accepted them and what they carry. */
export interface OpenClients {
  readonly listener: string;
  readonly protocol: 'http1' | 'http2' | 'tunnel' | 'unknown';
  readonly count: number;
}

/** What is under way at one moment. Plain data, for workers too. */
export interface PlaneLoad {
  /** Requests and tunnels. */
  readonly inFlight: number;
  readonly tunnels: number;
  readonly clients: readonly OpenClients[];
}

export const NO_LOAD: PlaneLoad = { inFlight: 0, tunnels: 0, clients: [] };

interface CountedClient {
  readonly listener: string;
  readonly carries: 'http1' | 'http2' | 'tunnel' | 'stream' | 'nothing';
}

const sumClients = (clients: readonly OpenClients[]): readonly OpenClients[] =>
  [...grouped(clients, ({ listener, protocol }) => JSON.stringify([listener, protocol])).values()].flatMap(
    (same) => {
      const [first] = same;
      return first ? [{ ...first, count: same.reduce((sum, { count }) => sum + count, 0) }] : [];
    },
  );

/** Counts clients. Streams stand on connections that are counted by themselves. */
export const openClients = (clients: Iterable<CountedClient>): readonly OpenClients[] => {
  const counts = new Map<string, { listener: string; protocol: OpenClients['protocol']; count: number }>();
  for (const { listener, carries } of clients) {
    if (carries === 'stream') continue;
    const protocol = carries === 'nothing' ? 'unknown' : carries;
    const key = `${protocol} ${listener}`;
    const known = counts.get(key);
    if (known) known.count += 1;
    else counts.set(key, { listener, protocol, count: 1 });
  }
  return [...counts.values()];
};

/** The sum over several processes. */
export const sumLoads = (loads: readonly PlaneLoad[]): PlaneLoad => ({
  inFlight: loads.reduce((sum, { inFlight }) => sum + inFlight, 0),
  tunnels: loads.reduce((sum, { tunnels }) => sum + tunnels, 0),
  clients: sumClients(loads.flatMap(({ clients }) => clients)),
});

/** All connections of clients. */
export const connectionsIn = ({ clients }: PlaneLoad): number =>
  clients.reduce((sum, { count }) => sum + count, 0);
