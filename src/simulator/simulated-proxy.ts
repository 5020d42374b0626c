import { Board } from '../core/board.ts';
import { type Chain, compileChain, NO_REQUEST } from '../core/chain.ts';
import { type Decision, decide } from '../core/decide.ts';
import { type Random, seededRandom } from '../core/random.ts';
import type { Report } from '../core/report.ts';
import type { ReportSource } from '../core/report-source.ts';
import { RetryBudget } from '../core/retry-budget.ts';
import type { ServerSpec } from '../core/server-spec.ts';
import type { Millis, RequestView, Server, Stats } from '../core/types.ts';
import type { Policy } from './policy.ts';

/** The one pool of a simulation. */
export const POOL = 'simulated';

/** The address of a server; no two have the same. */
export const urlOf = (server: number): string =>
  `http://10.${server >> 16}.${(server >> 8) & 255}.${server & 255}:80`;

/** The servers as a configuration would name them, for every proxy the same. */
export const specsOf = (servers: number): readonly ServerSpec[] =>
  Array.from({ length: servers }, (_, i) => ({ id: `s${i}`, url: new URL(urlOf(i)), tags: [] }));

/** What every proxy of a simulation is made of. */
export interface ProxyParts {
  readonly specs: readonly ServerSpec[];
  readonly policy: Policy;
  readonly proxies: number;
  readonly seed: number;
  readonly onFault: (link: string, message: string) => void;
}

/** One proxy, as it is in the product: its own board, its own chain, decisions from its own seed. */
export class SimulatedProxy {
  readonly board = new Board();
  readonly chain: Chain;
  readonly budget = new RetryBudget(0);
  /** By the number of the server: the pool gives out slots in order. */
  readonly servers: readonly Server[];
  /** The same for all decisions: `decide` keeps none of it. */
  readonly #context: { request: RequestView; now: Millis; readonly random: Random; readonly proxies: number };

  constructor({ specs, policy, proxies, seed, onFault }: ProxyParts) {
    this.board.proxies = proxies;
    this.board.configure([{ name: POOL, servers: specs, accept: [] }]);
    const pool = this.board.pool(POOL);
    if (!pool) throw new TypeError(`the board has no pool ${POOL}`);
    this.servers = pool.servers;
    this.chain = compileChain(policy.name, policy.links, pool, policy.whenEmpty, (link, _, message) =>
      onFault(link.name, message),
    );
    this.#context = { request: NO_REQUEST, now: 0, random: seededRandom(seed), proxies };
  }

  decide(request: RequestView, now: Millis): Decision {
    this.#context.request = request;
    this.#context.now = now;
    return decide(this.chain, this.#context);
  }

  /** Nothing speaks against a report that was made here: a refusal would make the run worthless. */
  hear(report: Report, source: ReportSource, now: Millis): void {
    const refusal = this.board.hear(report, source, now);
    if (refusal) throw new TypeError(`a simulated report was refused: ${refusal.message}`);
  }

  /** Numbers that came with an answer or for a probe. */
  hearInBand(server: number, stats: Stats, by: 'answer' | 'probe', now: Millis): void {
    this.board.hearInBand(this.servers[server] as Server, { stats, heardAt: now, by });
  }

  refuseInBand(server: number): void {
    this.board.refuseInBand(this.servers[server] as Server);
  }
}
