import { parseAddressRule } from '../../src/core/accept.ts';
import { Board, type BoardEvent } from '../../src/core/board.ts';
import { type Candidacy, defineCandidacy } from '../../src/core/candidacy.ts';
import { type Chain, compileChain, type Guard, type LinkSpec, type WhenEmpty } from '../../src/core/chain.ts';
import type { DecisionContext } from '../../src/core/decide.ts';
import { explained } from '../../src/core/making.ts';
import type { Pool } from '../../src/core/pool.ts';
import { seededRandom } from '../../src/core/random.ts';
import type { Report } from '../../src/core/report.ts';
import type { ReportSource } from '../../src/core/report-source.ts';
import type { ServerRecord } from '../../src/core/server-record.ts';
import type { ServerSpec } from '../../src/core/server-spec.ts';
import type { CandidacyFunction, Outcome, Server } from '../../src/core/types.ts';
import { aRequest } from '../../src/testing/index.ts';

/** `a` is http://10.0.0.1:80, `b` is http://10.0.0.2:80 and so on; longer ids are their own host names. */
export const urlOf = (id: string): string =>
  `http://${id.length === 1 ? `10.0.0.${id.charCodeAt(0) - 96}` : id}:80`;

export const aSpec = (id: string, facts: Partial<ServerSpec> = {}): ServerSpec => ({
  id,
  url: new URL(urlOf(id)),
  tags: [],
  ...facts,
});

export interface TestBoard {
  readonly board: Board;
  readonly pool: Pool;
  readonly events: readonly BoardEvent[];
  /** The record of a server that must be there. */
  server(id: string): ServerRecord;
  configure(ids: readonly string[]): void;
}

/** A board with the one pool `web` of these servers. */
export const aBoard = (
  ids: readonly string[],
  { accept = [], self }: { readonly accept?: readonly string[]; readonly self?: string } = {},
): TestBoard => {
  const events: BoardEvent[] = [];
  const board = new Board((event) => events.push(event));
  const rules = accept.flatMap((text) => parseAddressRule(text) ?? []);
  const configure = (some: readonly string[]): void =>
    board.configure([
      { name: 'web', servers: some.map((id) => aSpec(id)), accept: rules, ...(self ? { self } : {}) },
    ]);
  configure(ids);
  const pool = board.pool('web');
  if (!pool) throw new TypeError('no pool');
  const server = (id: string): ServerRecord => {
    const record = pool.byId(id);
    if (!record) throw new TypeError(`no server ${id}`);
    return record;
  };
  return { board, pool, events, server, configure };
};

export const SOURCE: ReportSource = { address: '127.0.0.1', transport: 'memory' };

/** A report of node `n1` on the servers of these ids. */
export const aReport = (ids: readonly string[] = [], facts: Partial<Report> = {}): Report => ({
  v: 1,
  node: 'n1',
  boot: 'b1',
  seq: 1,
  stats: { load1: 1 },
  servers: ids.map((id) => ({ url: urlOf(id) })),
  ...facts,
});

export const answered = (status = 200, firstByte = 10): Outcome => ({
  kind: 'answered',
  status,
  firstByte,
  total: firstByte * 2,
});

export const failed = (facts: Partial<Extract<Outcome, { kind: 'failed' }>> = {}): Outcome => ({
  kind: 'failed',
  side: 'server',
  reason: 'reset',
  unsent: false,
  ...facts,
});

export const ids = (servers: readonly Server[]): string => servers.map(({ id }) => id).join(' ');

type LinkFacts = Partial<Pick<Candidacy, 'kind' | 'scope' | 'emptyIsLocal' | 'signal'>> &
  Partial<Pick<LinkSpec, 'guard' | 'onError' | 'options'>>;

/** A link that runs this function. What the function carries (score, reason ...) is kept. */
export const aLink = (name: string, run: CandidacyFunction, facts: LinkFacts = {}): LinkSpec => {
  const { guard, onError, options, ...rest } = facts;
  return {
    name,
    options,
    candidacy: defineCandidacy({ name, create: () => explained(run, {}), ...rest }),
    ...(guard ? { guard } : {}),
    ...(onError ? { onError } : {}),
  };
};

/** Drops these servers. */
export const without = (dropped: string, facts: LinkFacts = {}): LinkSpec =>
  aLink(
    `without ${dropped}`,
    (servers) => servers.filter(({ id }) => !dropped.split(' ').includes(id)),
    facts,
  );

/** Keeps these servers, as a preference. */
export const preferring = (kept: string, facts: LinkFacts = {}): LinkSpec =>
  aLink(`preferring ${kept}`, (servers) => servers.filter(({ id }) => kept.split(' ').includes(id)), {
    kind: 'cut',
    ...facts,
  });

/** Turns the list round. */
export const reversed = (facts: LinkFacts = {}): LinkSpec =>
  aLink('reversed', (servers) => servers.toReversed(), { kind: 'order', ...facts });

export interface TestGuard extends Guard {
  bypassed: boolean;
  readonly log: string[];
}

export const aGuard = (): TestGuard => {
  const log: string[] = [];
  return {
    bypassed: false,
    log,
    enter: () => void log.push('enter'),
    leave: () => void log.push('leave'),
    fault: (kind, message) => void log.push(`${kind}: ${message}`),
  };
};

export interface TestChain {
  readonly chain: Chain;
  /** `link: kind: message` of each fault. */
  readonly faults: readonly string[];
}

export const aChain = (links: readonly LinkSpec[], pool: Pool, whenEmpty: WhenEmpty = 'undo'): TestChain => {
  const faults: string[] = [];
  const chain = compileChain('test', links, pool, whenEmpty, (link, kind, message) =>
    faults.push(`${link.name}: ${kind}: ${message}`),
  );
  return { chain, faults };
};

export const aContext = (
  facts: Partial<Omit<DecisionContext, 'random'>> & { readonly seed?: number } = {},
): DecisionContext => {
  const { seed = 1, ...rest } = facts;
  return { request: aRequest(), now: 0, proxies: 1, random: seededRandom(seed), ...rest };
};
