import type { Refusal, RefusalCode } from '../core/report.ts';
import type { RefusalView } from './views.ts';

const MESSAGE_LENGTH = 300;

/** Counts refused reports by reason and remembers the last of each. Bounded: there are as many as there are reasons. */
export class Refusals {
  readonly #byCode = new Map<RefusalCode, RefusalView>();

  add(refusal: Refusal, source: string, at: number): void {
    const count = (this.#byCode.get(refusal.code)?.count ?? 0) + 1;
    const lastMessage = refusal.message.slice(0, MESSAGE_LENGTH);
    this.#byCode.set(refusal.code, {
      code: refusal.code,
      count,
      lastAt: at,
      lastSource: source,
      lastMessage,
    });
  }

  list(): readonly RefusalView[] {
    return [...this.#byCode.values()];
  }
}
