import type { CheckFacts } from '../../core/server-spec.ts';
import type { Millis, Server } from '../../core/types.ts';

/** How the checks of one server ended since it is watched. */
export interface CheckTotals {
  readonly pool: string;
  readonly id: string;
  readonly passed: number;
  readonly failed: number;
}

interface Counted {
  passed: number;
  failed: number;
  lastAt: Millis | undefined;
}

/** Counts the checks of servers. */
export class CheckCounts {
  readonly #counts = new Map<Server, Counted>();

  /** Takes how the checks of a server go: told after each of them, and now and then in between. Undefined: it has left. */
  heard(server: Server, facts: Pick<CheckFacts, 'passes' | 'lastAt'> | undefined): void {
    if (!facts) {
      this.#counts.delete(server);
      return;
    }
    const counted = this.#counts.get(server) ?? { passed: 0, failed: 0, lastAt: undefined };
    this.#counts.set(server, counted);
    if (facts.lastAt === undefined || facts.lastAt === counted.lastAt) return;
    counted.lastAt = facts.lastAt;
    counted[facts.passes > 0 ? 'passed' : 'failed'] += 1;
  }

  totals(): readonly CheckTotals[] {
    return [...this.#counts].map(([{ pool, id }, { passed, failed }]) => ({ pool, id, passed, failed }));
  }
}
