import type { Chain, FaultKind, Link } from '../core/chain.ts';
import type { Decision } from '../core/decide.ts';
import type { ChainView, LinkView } from './views.ts';

interface LinkCount {
  calls: number;
  serversIn: number;
  serversOut: number;
  emptied: number;
  readonly faults: Record<FaultKind, number>;
  lastFault: string | null;
}

const newCount = (): LinkCount => ({
  calls: 0,
  serversIn: 0,
  serversOut: 0,
  emptied: 0,
  faults: { throw: 0, bad_result: 0, timeout: 0 },
  lastFault: null,
});

/** What every link of every chain did since it was loaded: the funnel of the status page and the metrics. */
export class ChainCounts {
  #counts = new Map<Chain, readonly LinkCount[]>();

  /** Starts to count for the chains of a new configuration; what was counted for the old ones goes. */
  follow(chains: readonly Chain[]): void {
    this.#counts = new Map(chains.map((chain) => [chain, chain.links.map(newCount)]));
  }

  decided({ chain, steps }: Decision): void {
    const counts = this.#counts.get(chain);
    if (!counts) return;
    const skipped = steps.length - counts.length;
    for (let i = 0; i < counts.length; i++) {
      const count = counts[i];
      const step = steps[i + skipped];
      if (!count || !step) continue;
      count.calls += 1;
      count.serversIn += step.before;
      count.serversOut += step.after;
      if (step.after === 0 && step.before > 0) count.emptied += 1;
    }
  }

  fault(chain: Chain, link: Link, kind: FaultKind, message: string): void {
    const count = this.#counts.get(chain)?.[chain.links.indexOf(link)];
    if (!count) return;
    count.faults[kind] += 1;
    count.lastFault = message;
  }

  list(): readonly ChainView[] {
    return [...this.#counts].map(([chain, counts]) => ({
      name: chain.name,
      pool: chain.pool.name,
      whenEmpty: chain.whenEmpty,
      links: chain.links.map((link, i): LinkView => {
        const { faults, ...count } = counts[i] ?? newCount();
        return {
          name: link.name,
          kind: link.kind,
          ...count,
          faults: { ...faults },
          bypassed: link.guard?.bypassed ?? false,
        };
      }),
    }));
  }
}
