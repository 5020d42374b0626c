import type { Chain } from '../../src/core/chain.ts';
import { seededRandom } from '../../src/core/random.ts';
import type { Done } from '../../src/core/types.ts';
import { Bench, type Written } from './support.ts';

/** Requests that each server got of 1,000 a server, of which `atOnce` are under way at any time and end in random order. */
export interface Spread {
  readonly fewest: number;
  readonly most: number;
  readonly mean: number;
  readonly byId: ReadonlyMap<string, number>;
}

const REQUESTS_EACH = 1000;

export const spreadOf = (bench: Bench, chain: Chain, atOnce = 30): Spread => {
  const { next } = seededRandom(11);
  const open: Done[] = [];
  const byId = new Map(bench.pool.servers.map(({ id }) => [id, 0]));
  for (let i = 0; i < REQUESTS_EACH * bench.pool.servers.length; i++) {
    bench.now += 1;
    const server = bench.decide(chain).chosen!;
    byId.set(server.id, byId.get(server.id)! + 1);
    open.push(bench.board.begin(server, bench.now));
    if (open.length < atOnce) continue;
    const [done] = open.splice(Math.floor(next() * open.length), 1);
    done?.({ kind: 'answered', status: 200, firstByte: 5, total: 5 }, bench.now);
  }
  const counts = [...byId.values()];
  return { fewest: Math.min(...counts), most: Math.max(...counts), mean: REQUESTS_EACH, byId };
};

/** Requests of a server of weight 0.5 as a share of the mean of four others like it, with enough under way to tell. */
export const shareOfHalf = (links: readonly Written[]): number => {
  const bench = new Bench(['half', 'a', 'b', 'c', 'd'].map((id) => ({ id })));
  for (const { id } of bench.pool.servers) bench.report(id, { cpus: 2, arriba: 1000 });
  bench.board.setHand('web', 'half', { state: 'ready', weight: 0.5, reason: '' });
  const { byId } = spreadOf(bench, bench.chain(links), 100);
  const half = byId.get('half')!;
  const others = [...byId.values()].reduce((sum, count) => sum + count, 0) - half;
  return half / (others / 4);
};
