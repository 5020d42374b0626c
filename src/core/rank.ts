import type { Chain } from './chain.ts';
import { pickAtRandom } from './making.ts';
import { seededRandom } from './random.ts';
import { type Cut, callLink, type Run, shuffled } from './run-links.ts';
import type { Millis, RequestView, Server } from './types.ts';

/** What a ranking needs to know of its decision. */
export interface Ranked {
  readonly chosen: Server;
  readonly seed: number;
  readonly now: Millis;
  readonly request: RequestView;
}

/** Where the last link only had to find the best, the others are put in order now. */
const orderLeft = (chain: Chain, run: Run, left: readonly Server[]): readonly Server[] => {
  const last = chain.links.at(-1);
  if (!run.best || !last) return left;
  return callLink(chain, last, shuffled(run, left, chain.moment.random)) ?? [];
};

/** Filters behind a cut never saw what it removed, so they are asked now: what they drop must not be tried. */
const throughLaterFilters = (chain: Chain, cut: Cut, removed: readonly Server[]): readonly Server[] =>
  chain.links
    .slice(cut.link + 1)
    .filter(({ kind }) => kind === 'filter')
    .reduce((list, link) => callLink(chain, link, list) ?? [], removed);

/**
 * Where to try, best first: the chosen, what else is left, then what each cut removed, latest cut first; never what a
 * filter dropped. What a cut removed keeps the order that links before it gave; without one it comes at random, so
 * that the requests of a failed server do not all move to the same next one. Servers that have left are left out.
 */
export const rank = (chain: Chain, run: Run, { chosen, seed, now, request }: Ranked): readonly Server[] => {
  const { moment, pool } = chain;
  const random = seededRandom(seed).next;
  moment.arm(request, now, random, moment.proxies);
  const present = (list: readonly Server[]): Server[] =>
    list.filter((server) => pool.table[server.slot] === server);
  const ranked = new Set([chosen, ...orderLeft(chain, run, present(run.list))]);
  for (let cut = run.cuts; cut; cut = cut.earlier) {
    const kept = new Set(cut.after);
    const removed = present(cut.before).filter((server) => !kept.has(server));
    const ordered = cut.inOrder ? removed : pickAtRandom(removed, removed.length, random);
    for (const server of throughLaterFilters(chain, cut, ordered)) ranked.add(server);
  }
  return [...ranked];
};
