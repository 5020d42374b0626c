import type { Config } from '../../config/schema/schema.ts';
import type { Board } from '../../core/board.ts';
import type { DriverHealth, StateDriver, Subscriber } from '../../state/driver.ts';
import { receiverAt } from '../../state/driver-from-url.ts';
import { serversAtOf } from '../../state/heartbeat-servers.ts';
import type { Receiver } from '../../state/receiver.ts';
import { Tokens } from '../../state/tokens.ts';
import type { Refusals } from '../events/refusals.ts';
import type { Trace } from '../logs/trace.ts';
import { senderText, traceRefusal, traceReport } from '../logs/trace-reports.ts';
import { agentTokens } from './token-specs.ts';

/** Where reports are received: a URL, and the socket for it where a parent holds one. */
export interface ReceiverPlace {
  readonly url: string;
  readonly fd: number | undefined;
}

export interface SubscriberParts {
  readonly board: Board;
  readonly refusals: Refusals;
  /** Told of each report, taken or refused. */
  readonly trace?: Trace | undefined;
  /** Called after each report that was taken. */
  readonly heard?: (() => void) | undefined;
  /** Called when the stream on which a node reported has ended. */
  readonly left?: ((node: string) => void) | undefined;
  readonly now: () => number;
  readonly wallClock: () => number;
}

/** What takes the reports of every driver: the board, and those who count what is refused. */
export const subscriberOf = (parts: SubscriberParts): Subscriber => {
  const { board, refusals, trace, heard, left, now, wallClock } = parts;
  const refused: Subscriber['refused'] = (refusal, source, claim) => {
    const from = senderText(source);
    refusals.add(refusal, from, wallClock(), claim);
    if (claim) board.refuse(claim, refusal);
    traceRefusal(trace, refusal, from);
  };
  return {
    hear: (report, source) => {
      const refusal = board.hear(report, source, now());
      if (refusal) refused(refusal, source, { node: report.node, servers: report.servers });
      else {
        traceReport(trace, report, source);
        heard?.();
      }
      return refusal;
    },
    refused,
    ...(left ? { left } : {}),
  };
};

/** Everything that listens for reports. */
export class Receivers {
  readonly #drivers: Receiver[] = [];
  readonly #tokens = new Tokens();
  #asksForCertificates = false;

  /** Starts all of them; if one cannot listen, those before it are closed again. */
  async start(
    places: readonly ReceiverPlace[],
    { config, board, subscriber }: { config: Config; board: Board; subscriber: Subscriber },
  ): Promise<void> {
    const perSecond = config.agents?.rate ?? 1;
    const tls = config.agents?.tls;
    this.#asksForCertificates = tls?.clientCa !== undefined;
    this.#tokens.take(agentTokens(config));
    const common = {
      tokens: this.#tokens,
      rate: { perSecond, burst: 2 * perSecond },
      serversAt: serversAtOf(board),
    };
    try {
      for (const { url, fd } of places) {
        const secure = tls && /^https:/i.test(url) ? { tls } : {};
        const driver = receiverAt(fd === undefined ? url : { fd }, { ...common, ...secure });
        this.#drivers.push(driver);
        await driver.subscribe(subscriber);
      }
    } catch (thrown) {
      await this.close();
      throw thrown;
    }
  }

  /** Takes tokens and certificates from a new configuration. */
  follow(config: Config): void {
    this.#tokens.take(agentTokens(config));
    const tls = config.agents?.tls;
    // To begin to ask agents for certificates, or to end that, takes a restart, which the reload says.
    if (tls && (tls.clientCa === undefined) === !this.#asksForCertificates)
      for (const driver of this.#drivers) if (driver.address?.startsWith('https:')) driver.setTls?.(tls);
  }

  get drivers(): readonly StateDriver[] {
    return this.#drivers;
  }

  health(): readonly DriverHealth[] {
    return this.#drivers.map((driver) => driver.health());
  }

  async close(): Promise<void> {
    await Promise.all(this.#drivers.splice(0).map((driver) => driver.close()));
  }
}
