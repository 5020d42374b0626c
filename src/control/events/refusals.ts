import { keepNewest } from '../../core/keep-newest.ts';
import type { Refusal, RefusalCode } from '../../core/report.ts';
import type { Claim } from '../../core/report-source.ts';
import type { RefusalView, SenderView } from '../views/views.ts';

const MESSAGE_LENGTH = 300;
const NODE_LENGTH = 128;
/** Most senders that are remembered; the one that was refused the longest ago leaves. */
export const MAX_SENDERS = 256;

/**
 * Counts refused reports by reason and by sender, and remembers the last of each. Bounded: there are as many as there
 * are reasons, and senders up to MAX_SENDERS.
 */
export class Refusals {
  readonly #byCode = new Map<RefusalCode, RefusalView>();
  /** In the order of their last refusal. */
  readonly #bySender = new Map<string, SenderView>();

  /** `source`: `http 10.0.0.7`. `claim`: what the report says it is about, which nobody has checked. */
  add({ code, message }: Refusal, source: string, at: number, claim?: Claim): void {
    const lastMessage = message.slice(0, MESSAGE_LENGTH);
    const count = (this.#byCode.get(code)?.count ?? 0) + 1;
    this.#byCode.set(code, { code, count, lastAt: at, lastSource: source, lastMessage });
    this.#noteSender({ code, message: lastMessage }, source, at, claim?.node?.slice(0, NODE_LENGTH) ?? null);
  }

  list(): readonly RefusalView[] {
    return [...this.#byCode.values()];
  }

  /** The one that was refused last comes first. */
  senders(): readonly SenderView[] {
    return [...this.#bySender.values()].toReversed();
  }

  #noteSender(lastRefusal: Refusal, source: string, at: number, node: string | null): void {
    const { code } = lastRefusal;
    const key = `${source} ${node ?? ''}`;
    const before = this.#bySender.get(key);
    const byCode = { ...before?.byCode, [code]: (before?.byCode[code] ?? 0) + 1 };
    const refused = (before?.refused ?? 0) + 1;
    keepNewest(this.#bySender, key, { source, node, refused, byCode, lastAt: at, lastRefusal }, MAX_SENDERS);
  }
}
