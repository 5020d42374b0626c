import { Board } from '../../src/core/board.ts';
import type { Candidacy, ExplainedFunction, MemoryReader } from '../../src/core/candidacy.ts';
import { type Chain, compileChain, type WhenEmpty } from '../../src/core/chain.ts';
import { type Decision, decide } from '../../src/core/decide.ts';
import { type ExplainedStep, explain } from '../../src/core/explain.ts';
import { type Random, seededRandom } from '../../src/core/random.ts';
import type { Report } from '../../src/core/report.ts';
import type { ServerRecord } from '../../src/core/server-record.ts';
import type { Millis, RequestView, Server, Stats } from '../../src/core/types.ts';
import { aRequest } from '../../src/testing/index.ts';

/** A function as a link names it: bare, or with options in their full or short form. */
export type Written = Candidacy | readonly [Candidacy, unknown];

const inFull = ({ shorthand }: Candidacy, given: unknown): unknown => {
  const isFull = typeof given === 'object' && given !== null && !Array.isArray(given);
  return isFull || shorthand === undefined ? given : { [shorthand]: given };
};

/** What the options' own reader makes of them; undefined for a function without options. */
export const readOptions = (candidacy: Candidacy, given: unknown = {}): unknown =>
  candidacy.options?.parse(inFull(candidacy, given));

/** What the options' own reader says against them. */
export const faultsIn = (candidacy: Candidacy, given: unknown): readonly string[] =>
  candidacy.options?.safeParse(inFull(candidacy, given)).error?.issues.map(({ message }) => message) ?? [];

export const made = (
  candidacy: Candidacy,
  given?: unknown,
  memory: MemoryReader<unknown> = () => undefined,
): ExplainedFunction => candidacy.create(readOptions(candidacy, given), memory);

export const ids = (servers: readonly Server[]): readonly string[] => servers.map(({ id }) => id);

export interface ServerFacts {
  readonly id: string;
  readonly url?: string;
  readonly tags?: readonly string[];
  readonly arriba?: number;
}

/** A board with one pool, a clock that only the test moves, and a seed. */
export class Bench {
  readonly board = new Board();
  readonly random: Random;
  now: Millis = 1_000_000;
  #seq = 0;

  constructor(servers: readonly ServerFacts[], { seed = 1, self }: { seed?: number; self?: string } = {}) {
    this.random = seededRandom(seed);
    const specs = servers.map(({ id, url, tags = [], arriba }, i) => ({
      id,
      url: new URL(url ?? `http://10.0.0.${i + 1}:80`),
      tags,
      ...(arriba === undefined ? {} : { arriba }),
    }));
    this.board.configure([{ name: 'web', servers: specs, accept: [], ...(self ? { self } : {}) }]);
  }

  get pool() {
    return this.board.pool('web')!;
  }

  server(id: string): ServerRecord {
    return this.pool.byId(id)!;
  }

  chain(links: readonly Written[], whenEmpty: WhenEmpty = 'undo'): Chain {
    const specs = links.map((link) => {
      const [candidacy, given] = 'name' in link ? [link, {}] : link;
      return { name: candidacy.name, candidacy, options: readOptions(candidacy, given) };
    });
    return compileChain('test', specs, this.pool, whenEmpty, (link, _, message) => {
      throw new Error(`${link.name}: ${message}`);
    });
  }

  decide(chain: Chain, request: RequestView = aRequest(), proxies = 1): Decision {
    return decide(chain, { request, now: this.now, random: this.random, proxies });
  }

  explain(chain: Chain, request: RequestView = aRequest()): readonly ExplainedStep[] {
    const clock = (): number => 0;
    return explain(chain, { request, now: this.now, seed: 1, proxies: 1, clock }).steps;
  }

  /** A report on one server, from a node of its own. */
  report(id: string, stats: Stats, boot = 'boot-1'): void {
    const report: Report = {
      v: 1,
      node: `node-${id}`,
      boot,
      seq: ++this.#seq,
      stats,
      servers: [{ url: this.server(id).url.href.replace(/\/$/, '') }],
    };
    const refusal = this.board.hear(report, { address: '127.0.0.1', transport: 'memory' }, this.now);
    if (refusal) throw new Error(refusal.message);
  }
}
