import { onTestFinished } from 'vitest';
import type { FinishedExchange } from '../../src/core/exchange.ts';
import { Engine } from '../../src/proxy/engine.ts';
import type { ConnectionEvent } from '../../src/proxy/settings.ts';
import type { SocketAddress } from '../../src/transport/connection.ts';
import type { TestBoard } from './a-door.ts';
import { FakeConnection, turn } from './a-fake-connection.ts';
import { type EngineFacts, engineBoard, engineSettings, factsOf, POOL } from './an-engine.ts';

/** A connection that the engine opened. */
export interface Opened {
  readonly server: string;
  readonly address: SocketAddress;
  readonly connection: FakeConnection;
}

export interface FakeEngine extends Omit<TestBoard, 'parts'> {
  readonly engine: Engine;
  readonly faults: unknown[];
  readonly events: ConnectionEvent[];
  readonly finished: FinishedExchange[];
  /** What the engine opened, in order. */
  readonly opened: readonly Opened[];
  /** The n-th connection that the engine opened. */
  server(n: number): FakeConnection;
  /** The n-th, once it is connected. */
  connected(n: number): Promise<FakeConnection>;
  /** A client that has just connected. */
  client(): FakeConnection;
  /** Lets time go by, ms; deadlines are looked at on the way. */
  passes(ms: number): Promise<void>;
}

const LOOK_EVERY_MS = 100;
const SERVERS = { a: 'http://127.0.0.1:1', b: 'http://127.0.0.1:2', c: 'http://127.0.0.1:3' };

/** An engine whose connections are the test's own and whose clock stands still unless it is told to go on. */
export const aFakeEngine = (given: Partial<EngineFacts> = {}): FakeEngine => {
  const facts: EngineFacts = { servers: SERVERS, ...given };
  const board = engineBoard(facts);
  const clock = { now: 1_000_000 };
  const faults: unknown[] = [];
  const events: ConnectionEvent[] = [];
  const opened: Opened[] = [];
  const { choose, begin, finished } = board.parts;
  const engine = new Engine(
    {
      choose,
      begin,
      ended: () => undefined,
      now: () => clock.now,
      epochMs: () => 1_700_000_000_000 + clock.now,
      pool: () => ({ ...POOL, ...facts.connections }),
      connect: (server, address, owner) => {
        const connection = new FakeConnection(owner);
        opened.push({ server: server.id, address, connection });
        return connection;
      },
      finished: (exchange) => finished(factsOf(exchange)),
      onFault: (fault) => void faults.push(fault),
      onConnection: (event) => void events.push(event),
      ...facts.parts,
    },
    engineSettings(facts, board),
  );
  onTestFinished(() => {
    engine.close();
    if (faults.length > 0) throw faults[0];
  });
  const server = (n: number): FakeConnection => {
    const one = opened[n];
    if (!one) throw new RangeError(`${opened.length} connections were opened`);
    return one.connection;
  };
  return {
    ...board,
    engine,
    faults,
    events,
    opened,
    server,
    connected: async (n) => {
      await server(n).connects();
      return server(n);
    },
    client: () => {
      const connection = new FakeConnection();
      engine.accept(connection);
      return connection;
    },
    passes: async (ms) => {
      for (let left = ms; left > 0; left -= LOOK_EVERY_MS) {
        clock.now += Math.min(left, LOOK_EVERY_MS);
        engine.sweep.look();
        await turn();
      }
    },
  };
};
