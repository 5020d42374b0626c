import { onTestFinished } from 'vitest';
import type { FinishedExchange } from '../../src/core/exchange.ts';
import type { RouteSettings } from '../../src/core/route.ts';
import { Engine } from '../../src/proxy/engine.ts';
import type { ConnectionEvent, EngineParts, EngineSettings, PoolSettings } from '../../src/proxy/settings.ts';
import { loadBindings } from '../../src/transport/bindings.ts';
import type { Transport } from '../../src/transport/connection.ts';
import { netTransport } from '../../src/transport/net.ts';
import { RawTransport } from '../../src/transport/raw.ts';
import { aDoorBoard, type DoorFacts, type TestBoard } from './a-door.ts';
import { eventually } from './eventually.ts';

/** Both ways to move bytes, for `describe.each`. */
export const TRANSPORTS = ['raw', 'net'] as const;

export const transportNamed = (name: 'raw' | 'net'): Transport => {
  if (name === 'net') return netTransport;
  const found = loadBindings();
  if (!found) throw new TypeError('this Node has no raw handles');
  return new RawTransport(found);
};

export interface EngineFacts extends Omit<DoorFacts, 'front' | 'timeouts' | 'bodyBytes' | 'inFlight'> {
  readonly transport?: 'raw' | 'net';
  readonly timeouts?: Partial<EngineSettings['timeouts']>;
  readonly limits?: Partial<Pick<EngineSettings, 'connections' | 'head' | 'inFlight'>> & {
    readonly bodyBytes?: number;
  };
  readonly settings?: Partial<EngineSettings>;
  readonly connections?: Partial<PoolSettings>;
  readonly parts?: { readonly [Key in keyof EngineParts]?: NonNullable<EngineParts[Key]> };
}

export interface TestEngine extends Omit<TestBoard, 'parts'> {
  readonly engine: Engine;
  readonly port: number;
  readonly url: string;
  readonly faults: unknown[];
  readonly events: ConnectionEvent[];
  readonly finished: FinishedExchange[];
  /** Accepts no more. */
  stopListening(): void;
  /** Resolves when nothing is under way any more, by the engine and by the board. */
  settled(): Promise<void>;
}

const TIMEOUTS: EngineSettings['timeouts'] = {
  requestHeaders: 5000,
  request: 20_000,
  clientIdle: 10_000,
  connect: 2000,
  responseHeaders: 5000,
  responseIdle: 5000,
  tunnel: 5000,
  serverIdle: 5000,
  drain: 100,
};

/** How connections to servers are kept unless a test says otherwise. */
export const POOL: PoolSettings = {
  maxConnections: Number.POSITIVE_INFINITY,
  queue: { size: 128, timeout: 1000 },
  warmup: 0,
  validate: 'never',
  ping: 'tcp',
};

/** The engine's settings for what a test says of them. */
export const engineSettings = (facts: EngineFacts, board: TestBoard): EngineSettings => {
  const { retry, trustedProxies, exposeServer } = board.parts.settings();
  return {
    timeouts: { ...TIMEOUTS, ...facts.timeouts },
    head: { bytes: 16_384, count: 100, target: 8192 },
    connections: 10_000,
    inFlight: 10_000,
    trustedProxies,
    retry,
    exposeServer,
    via: true,
    keepsUnderscores: false,
    keepsFields: false,
    allowsConnect: false,
    ...facts.limits,
    ...facts.settings,
  };
};

/** The board of an engine, with one route that has its timeouts and limits. */
export const engineBoard = ({ limits, timeouts, ...facts }: EngineFacts): TestBoard => {
  const route: Partial<RouteSettings> = {
    timeouts: { ...TIMEOUTS, ...timeouts },
    ...(limits?.bodyBytes === undefined ? {} : { bodyBytes: limits.bodyBytes }),
    ...facts.route,
  };
  return aDoorBoard({ ...facts, route });
};

/** An engine on a free port of loopback, for one test. A fault of its own fails the test. */
export const anEngine = async (facts: EngineFacts): Promise<TestEngine> => {
  const board = engineBoard(facts);
  const transport = transportNamed(facts.transport ?? 'raw');
  const settings = engineSettings(facts, board);
  const faults: unknown[] = [];
  const events: ConnectionEvent[] = [];
  const { choose, begin, now, epochMs, finished } = board.parts;
  const engine = new Engine(
    {
      choose,
      begin,
      ended: () => undefined,
      now,
      epochMs,
      pool: () => ({ ...POOL, ...facts.connections }),
      connect: (_server, address, owner) => transport.connect(address, owner),
      // The exchange itself is not kept: it goes on to be used.
      finished: (exchange) => finished({ ...factsOf(exchange) }),
      onFault: (fault) => void faults.push(fault),
      onConnection: (event) => void events.push(event),
      ...facts.parts,
    },
    settings,
  );
  const target = { kind: 'tcp', host: '127.0.0.1', port: 0 } as const;
  const listener = await transport.listen(target, { backlog: 511 }, (connection) =>
    engine.accept(connection),
  );
  onTestFinished(() => {
    listener.close();
    engine.close();
    if (faults.length > 0) throw faults[0];
  });
  const port = Number(/:(\d+)$/.exec(listener.address)?.[1]);
  const settled = (): Promise<void> =>
    eventually(() => engine.open === 0 && board.inFlight() === 0, 'nothing is under way');
  return {
    ...board,
    engine,
    port,
    url: `http://127.0.0.1:${port}`,
    faults,
    events,
    stopListening: () => listener.close(),
    settled,
  };
};

/** A finished exchange as it is now: the engine goes on to use it. */
export const factsOf = (exchange: FinishedExchange): FinishedExchange => ({
  kind: exchange.kind,
  requestId: exchange.requestId,
  method: exchange.method,
  scheme: exchange.scheme,
  host: exchange.host,
  path: exchange.path,
  clientIp: exchange.clientIp,
  peerIp: exchange.peerIp,
  route: exchange.route,
  pool: exchange.pool,
  server: exchange.server,
  status: exchange.status,
  startedAt: exchange.startedAt,
  duration: exchange.duration,
  firstByte: exchange.firstByte,
  attempts: exchange.attempts,
  hedges: exchange.hedges,
  hedgesWon: exchange.hedgesWon,
  bytesIn: exchange.bytesIn,
  bytesOut: exchange.bytesOut,
  termination: exchange.termination,
  decision: exchange.decision,
});
