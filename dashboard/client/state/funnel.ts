import type { ChainView, LinkView } from '../../../src/control/views/views.ts';

/** What one link did over a stretch of time. */
export interface LinkCounts {
  readonly calls: number;
  readonly serversIn: number;
  readonly serversOut: number;
  readonly emptied: number;
  /** ms over all calls. */
  readonly spentMs: number;
}

/** What a chain did lately, a count for each link. */
export interface RecentCounts {
  /** How long the stretch is; 0 while there is one snapshot only, and the counts are those since the load. */
  readonly seconds: number;
  readonly links: readonly LinkCounts[];
}

interface Sample {
  readonly at: number;
  readonly links: readonly LinkCounts[];
}

const WINDOW_MS = 10_000;

const countsOf = ({ calls, serversIn, serversOut, emptied, spentMs }: LinkView): LinkCounts => ({
  calls,
  serversIn,
  serversOut,
  emptied,
  spentMs,
});

const difference = (now: LinkCounts, before: LinkCounts | undefined): LinkCounts =>
  before
    ? {
        calls: now.calls - before.calls,
        serversIn: now.serversIn - before.serversIn,
        serversOut: now.serversOut - before.serversOut,
        emptied: now.emptied - before.emptied,
        spentMs: now.spentMs - before.spentMs,
      }
    : now;

const nameOf = ({ pool, name }: ChainView): string => `${pool} ${name}`;

/** What chains did in the last ten seconds, from counts that only grow; a new configuration begins them again. */
export class ChainWindows {
  #samples = new Map<string, readonly Sample[]>();

  /** `at`: epoch ms of the snapshot. */
  take(at: number, chains: readonly ChainView[]): void {
    this.#samples = new Map(
      chains.map((chain) => [
        nameOf(chain),
        this.#next(this.#samples.get(nameOf(chain)) ?? [], at, chain.links),
      ]),
    );
  }

  of(chain: ChainView): RecentCounts {
    const samples = this.#samples.get(nameOf(chain)) ?? [];
    const [first, last] = [samples[0], samples.at(-1)];
    if (!first || !last || first === last) return { seconds: 0, links: chain.links.map(countsOf) };
    const links = last.links.map((link, i) => difference(link, first.links[i]));
    return { seconds: (last.at - first.at) / 1000, links };
  }

  #next(samples: readonly Sample[], at: number, links: readonly LinkView[]): readonly Sample[] {
    const last = samples.at(-1);
    const isNew =
      last === undefined ||
      last.links.length !== links.length ||
      last.links.some(({ calls }, i) => calls > (links[i]?.calls ?? 0));
    const all = [...(isNew ? [] : samples), { at, links: links.map(countsOf) }];
    const kept = all.findLastIndex((sample) => at - sample.at >= WINDOW_MS);
    return all.slice(Math.max(0, kept));
  }
}
