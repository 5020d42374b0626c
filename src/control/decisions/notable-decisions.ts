import type { Millis } from '../../core/types.ts';
import { Ring } from '../events/ring.ts';
import type { NotableDecision } from '../views/views.ts';
import type { EndedExchange } from './ended-exchange.ts';
import { SlowLimits } from './slow-limits.ts';

/** So many slow ones are kept, and so many failed ones: either would push out the other. */
export const MOST_NOTABLE = 1000;
/** Characters kept of a path, which may have 8 KiB. */
const PATH_KEPT = 512;

type Termination = EndedExchange['termination'];

/** Ends that are nobody's failure, or the client's own. */
const SOUND: ReadonlySet<Termination> = new Set([
  'ok',
  'redirect',
  'local',
  'client_abort',
  'bad_request',
  'no_route',
]);

const isFailed = ({ status, termination }: EndedExchange): boolean =>
  status >= 500 || !SOUND.has(termination);

/** Decisions whose requests were slow for their route, or failed; with what the request was and what each link did. */
export class NotableDecisions {
  readonly #slow = new Ring<NotableDecision>(MOST_NOTABLE);
  readonly #failed = new Ring<NotableDecision>(MOST_NOTABLE);
  readonly #limits = new SlowLimits();
  #kept = 0;

  /** `epochOffset` makes a date of a monotonic time. */
  consider(exchange: EndedExchange, epochOffset: () => Millis): void {
    const { decision, status, duration, startedAt } = exchange;
    if (!decision) return;
    if (isFailed(exchange)) {
      this.#failed.push(this.#view(exchange, decision, epochOffset()));
      return;
    }
    // A tunnel is as long as its client likes.
    if (status === 0 || exchange.kind === 'upgrade') return;
    if (this.#limits.isSlow(exchange.route ?? '', duration, startedAt + duration))
      this.#slow.push(this.#view(exchange, decision, epochOffset()));
  }

  /** Newest first. */
  newest(kind: 'slow' | 'failed', count: number): readonly NotableDecision[] {
    return (kind === 'slow' ? this.#slow : this.#failed).newest(count);
  }

  #view(
    { route, method, host, path, clientIp, status, termination, duration, attempts }: EndedExchange,
    decision: NonNullable<EndedExchange['decision']>,
    epochOffset: Millis,
  ): NotableDecision {
    this.#kept += 1;
    return {
      id: String(this.#kept),
      at: Math.round(decision.now + epochOffset),
      pool: decision.chain.pool.name,
      route: route ?? '',
      request: { method, host, path: path.slice(0, PATH_KEPT), clientIp },
      seed: decision.seed,
      chosen: decision.chosen?.id ?? null,
      delivery: decision.delivery,
      steps: decision.steps,
      outcome: { status, termination, durationMs: duration, attempts },
    };
  }
}
