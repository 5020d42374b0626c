import type { Config } from '../config/schema.ts';
import type { Board } from '../core/board.ts';
import type { DriverHealth, StateDriver, Subscriber } from '../state/driver.ts';
import { receiverAt } from '../state/driver-from-url.ts';
import type { Refusals } from './refusals.ts';
import type { Trace } from './trace.ts';
import { traceRefusal, traceReport } from './trace-reports.ts';

/** Where reports are received: a URL, or a socket that a parent holds. */
export type ReceiverPlace = string | { readonly fd: number };

export interface ReceiverParts {
  readonly board: Board;
  readonly refusals: Refusals;
  /** Told of each report, taken or refused. */
  readonly trace?: Trace | undefined;
  /** Called after each report that was taken. */
  readonly heard?: (() => void) | undefined;
  readonly now: () => number;
  readonly wallClock: () => number;
  readonly tokens: readonly string[];
  /** Reports a second that one address may send; twice as many at once after a silence. */
  readonly rate: number;
}

const subscriberOf = ({ board, refusals, trace, heard, now, wallClock }: ReceiverParts): Subscriber => {
  const refused: Subscriber['refused'] = (refusal, source) => {
    const from = `${source.transport} ${source.address}`;
    refusals.add(refusal, from, wallClock());
    traceRefusal(trace, refusal, from);
  };
  return {
    hear: (report, source) => {
      const refusal = board.hear(report, source, now());
      if (refusal) refused(refusal, source);
      else {
        traceReport(trace, report, `${source.transport} ${source.address}`);
        heard?.();
      }
      return refusal;
    },
    refused,
  };
};

/** Everything that listens for reports. */
export class Receivers {
  readonly #drivers: StateDriver[] = [];

  /** Starts all of them; if one cannot listen, those before it are closed again. */
  async start(places: readonly ReceiverPlace[], parts: ReceiverParts): Promise<void> {
    const subscriber = subscriberOf(parts);
    const rate = { perSecond: parts.rate, burst: 2 * parts.rate };
    try {
      for (const place of places) {
        const driver = receiverAt(place, { tokens: parts.tokens, rate });
        this.#drivers.push(driver);
        await driver.subscribe(subscriber);
      }
    } catch (thrown) {
      await this.close();
      throw thrown;
    }
  }

  health(): readonly DriverHealth[] {
    return this.#drivers.map((driver) => driver.health());
  }

  async close(): Promise<void> {
    await Promise.all(this.#drivers.splice(0).map((driver) => driver.close()));
  }
}

/** What the receivers of a configuration need; none listen where it has no `agents`. */
export const startReceivers = (
  receivers: Receivers,
  { agents }: Config,
  parts: Omit<ReceiverParts, 'tokens' | 'rate'>,
  places: readonly ReceiverPlace[] = agents?.listen ?? [],
): Promise<void> =>
  receivers.start(places, { ...parts, tokens: agents?.token ? [agents.token] : [], rate: agents?.rate ?? 1 });
