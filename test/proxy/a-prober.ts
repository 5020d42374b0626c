import { afterEach, beforeEach, onTestFinished, vi } from 'vitest';
import type { Server } from '../../src/core/types.ts';
import type { ProbeResult, ProberParts, ProbeSettings } from '../../src/proxy/probe-settings.ts';
import { Prober } from '../../src/proxy/prober.ts';
import type { SocketAddress } from '../../src/transport/connection.ts';
import { aBoard } from '../core/support.ts';
import { FakeConnection } from '../support/a-fake-connection.ts';

/** Time goes on only when the test says so; the turns of the event loop go on as ever. */
export const withTimeStandingStill = (): void => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
};

/** An answer to a probe. */
export const LOAD = 'HTTP/1.1 204 No Content\r\nendpoint-load-metrics: eps=1\r\n\r\n';

export interface Probe {
  readonly address: SocketAddress;
  readonly server: string;
  readonly connection: FakeConnection;
}

/** A prober without sockets, of servers `a`, `b` and so on, whose side the test plays. */
export const aProber = (
  names: string,
  {
    settings = {},
    ...parts
  }: Partial<Omit<ProberParts, 'settings'>> & { settings?: Partial<ProbeSettings> } = {},
) => {
  const board = aBoard([...names]);
  const servers: readonly Server[] = board.board.pools()[0]?.servers ?? [];
  const connections: Probe[] = [];
  const heard: string[] = [];
  const ended: ProbeResult[] = [];
  const faults: unknown[] = [];
  const prober = new Prober({
    now: () => performance.now(),
    random: () => 0,
    settings: () => ({
      path: '/load',
      port: undefined,
      timeout: 20,
      authorization: undefined,
      ...settings,
    }),
    connect: (server, address, owner) => {
      const connection = new FakeConnection(owner);
      connections.push({ address, server: server.id, connection });
      return connection;
    },
    heardAt: () => Number.NEGATIVE_INFINITY,
    heard: ({ id }, format, text) => void heard.push(`${id} ${format} ${text}`),
    ended: (_, result) => void ended.push(result),
    onFault: (fault) => void faults.push(fault),
    ...parts,
  });
  onTestFinished(() => {
    prober.close();
    if (faults.length > 0) throw faults[0];
  });
  /** The newest connection to a server. */
  const to = (id: string): FakeConnection => {
    const found = connections.findLast(({ server }) => server === id);
    if (!found) throw new Error(`nobody connects to ${id}`);
    return found.connection;
  };
  return { prober, servers, connections, heard, ended, faults, to };
};
