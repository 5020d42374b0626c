import { once } from 'node:events';
import type { Server as HttpServer } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { onTestFinished } from 'vitest';
import { parseAddressRule } from '../../src/core/accept.ts';
import { Board } from '../../src/core/board.ts';
import { compileChain, type LinkSpec, type WhenEmpty } from '../../src/core/chain.ts';
import { choose } from '../../src/core/choose.ts';
import type { Pool } from '../../src/core/pool.ts';
import { seededRandom } from '../../src/core/random.ts';
import { compileRoutes, type RouteMatch, type RouteSettings } from '../../src/core/route.ts';
import type { RouteRules } from '../../src/core/route-rules.ts';
import type { Outcome } from '../../src/core/types.ts';
import {
  createDoor,
  type Door,
  type DoorParts,
  type DoorSettings,
  type FinishedExchange,
} from '../../src/middleware/door.ts';
import { createFront } from './a-front.ts';
import { eventually } from './eventually.ts';
import { ROUTE_SETTINGS } from './route-settings.ts';

const LIMITS = {
  headerBytes: 16_384,
  headerCount: 100,
  targetBytes: 8192,
  connections: 10_000,
  inFlight: 10_000,
};

const TIMEOUTS: DoorSettings['timeouts'] = {
  connect: 2000,
  responseHeaders: 5000,
  responseIdle: 5000,
  tunnel: 5000,
  serverIdle: 5000,
  drain: 100,
};

type Facts = Partial<Omit<DoorSettings, 'timeouts' | 'trustedProxies'>> & {
  readonly timeouts?: Partial<DoorSettings['timeouts']>;
  readonly trusted?: readonly string[];
};

const settingsOf = ({ timeouts, trusted = [], ...rest }: Facts): DoorSettings => ({
  retry: { attempts: 2, budget: 0.2 },
  inFlight: 10_000,
  exposeServer: false,
  ...rest,
  timeouts: { ...TIMEOUTS, ...timeouts },
  trustedProxies: trusted.flatMap((text) => parseAddressRule(text) ?? []),
});

export interface TestBoard {
  readonly board: Board;
  readonly pool: Pool;
  readonly parts: DoorParts;
  readonly finished: FinishedExchange[];
  /** How requests ended at servers: `id answered 200`, `id server reset`. */
  readonly outcomes: string[];
  /** Requests under way by the board's count. */
  inFlight(): number;
}

export interface DoorFacts extends Facts {
  /** Server URLs by id, tried in this order unless links say otherwise. */
  readonly servers: Readonly<Record<string, string>>;
  readonly links?: readonly LinkSpec[];
  readonly whenEmpty?: WhenEmpty;
  readonly self?: string;
  readonly match?: RouteMatch;
  readonly route?: Partial<RouteSettings>;
  readonly rules?: RouteRules;
  readonly front?: { readonly timeouts?: object; readonly limits?: object };
}

const wordFor = (outcome: Outcome): string =>
  outcome.kind === 'answered' ? `answered ${outcome.status}` : `${outcome.side} ${outcome.reason}`;

/** A real board with one pool `web`, one chain and one route, and the door's parts made of them. */
export const aDoorBoard = ({
  servers,
  links = [],
  whenEmpty = 'undo',
  self,
  match = {},
  route = {},
  rules,
  ...facts
}: DoorFacts): TestBoard => {
  const board = new Board();
  const specs = Object.entries(servers).map(([id, url]) => ({ id, url: new URL(url), tags: [] }));
  board.configure([{ name: 'web', servers: specs, accept: [], ...(self ? { self } : {}) }]);
  const pool = board.pool('web')!;
  const routes = compileRoutes([
    {
      name: 'all',
      match,
      chain: compileChain('all', links, pool, whenEmpty),
      settings: { ...ROUTE_SETTINGS, ...route },
      ...(rules ? { rules } : {}),
    },
  ]);
  const random = seededRandom(1);
  const settings = settingsOf(facts);
  const finished: FinishedExchange[] = [];
  const outcomes: string[] = [];
  const now = (): number => performance.now();
  const parts: DoorParts = {
    choose: (request) => choose(routes, { request, now: now(), proxies: 1, random }),
    begin: (server) => {
      const done = board.begin(server, now());
      let open = true;
      return (outcome) => {
        if (open) outcomes.push(`${server.id} ${wordFor(outcome)}`);
        open = false;
        done(outcome, now());
      };
    },
    now,
    epochMs: Date.now,
    settings: () => settings,
    finished: (exchange) => void finished.push(exchange),
  };
  const inFlight = (): number => pool.servers.reduce((sum, server) => sum + server.inFlight, 0);
  return { board, pool, parts, finished, outcomes, inFlight };
};

export interface TestDoor extends TestBoard {
  readonly door: Door;
  readonly server: HttpServer;
  readonly port: number;
  readonly url: string;
  /** Resolves when nothing is under way any more, by the door and by the board. */
  settled(): Promise<void>;
}

/** Listens on a free port of loopback for one test. */
export const listenForTest = async (server: Server & { closeAllConnections?(): void }): Promise<number> => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    const closed = server.listening ? once(server, 'close') : undefined;
    server.close();
    server.closeAllConnections?.();
    await closed;
  });
  return (server.address() as AddressInfo).port;
};

/** A door in the server that `forehand run` has, on a free port, for one test. */
export const aDoor = async (facts: DoorFacts, parts: Partial<DoorParts> = {}): Promise<TestDoor> => {
  const made = aDoorBoard(facts);
  const door = createDoor({ ...made.parts, ...parts });
  const timeouts = {
    requestHeaders: 5000,
    request: 20_000,
    clientIdle: 10_000,
    ...TIMEOUTS,
    ...facts.front?.timeouts,
  };
  const server = createFront(door, { timeouts, limits: { ...LIMITS, ...facts.front?.limits } });
  onTestFinished(() => door.close());
  const port = await listenForTest(server);
  const settled = (): Promise<void> =>
    eventually(() => door.open === 0 && made.inFlight() === 0, 'nothing is under way');
  return { ...made, door, server, port, url: `http://127.0.0.1:${port}`, settled };
};
