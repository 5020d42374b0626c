import type { Refusal, RefusalCode, Report } from '../../src/core/report.ts';
import type { Claim, ReportSource } from '../../src/core/report-source.ts';
import type { Clock } from '../../src/state/clock.ts';
import type { Subscriber } from '../../src/state/driver.ts';
import { Tokens } from '../../src/state/tokens.ts';

export const TOKEN = 'the-token-of-the-tests';
/** The tokens of a proxy that knows these, under the name `agents`; without any, TOKEN. */
export const theTokens = (...tokens: readonly string[]): Tokens =>
  new Tokens((tokens.length > 0 ? tokens : [TOKEN]).map((token) => ({ name: 'agents', token })));
/** Tokens that share one key id; found by trying. */
export const SAME_KEY_ID = ['token33697', 'token45436'] as const;
export const NO_LIMIT = { perSecond: 1e9, burst: 1e9 };

/** A report that every proxy takes. */
export const aReport = (facts: Partial<Report> = {}): Report => ({
  v: 1,
  node: 'web1',
  boot: 'boot1',
  seq: 1,
  stats: { load1: 0.5, cpuIdle: 0.75, cpus: 2, inFlight: 3 },
  servers: [{ url: 'http://10.0.0.1:3001', pool: 'web', tags: ['big'] }],
  ...facts,
});

/** A subscriber that writes down what it is told, and lets a test wait for it. */
export class Listener implements Subscriber {
  readonly reports: { readonly report: Report; readonly source: ReportSource }[] = [];
  readonly refusals: {
    readonly refusal: Refusal;
    readonly source: Pick<ReportSource, 'address' | 'transport'>;
    readonly claim: Claim | undefined;
  }[] = [];
  /** What the board behind it would say. */
  verdict: (report: Report) => Refusal | undefined = () => undefined;
  #waiting: (() => void)[] = [];

  hear(report: Report, source: ReportSource): Refusal | undefined {
    this.reports.push({ report, source });
    this.#wake();
    return this.verdict(report);
  }

  refused(refusal: Refusal, source: Pick<ReportSource, 'address' | 'transport'>, claim?: Claim): void {
    this.refusals.push({ refusal, source, claim });
    this.#wake();
  }

  get total(): number {
    return this.reports.length + this.refusals.length;
  }

  get codes(): readonly RefusalCode[] {
    return this.refusals.map(({ refusal }) => refusal.code);
  }

  /** Resolves once so many messages, heard or refused, have come. */
  async until(count: number): Promise<void> {
    while (this.total < count) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** A clock that stands still until it is turned. Both of its faces move together. */
export const aClock = (): Clock & { turn(millis: number): void } => {
  let now = 1_000_000;
  return {
    now: () => now,
    epoch: () => 1_750_000_000_000 + now,
    turn: (millis) => {
      now += millis;
    },
  };
};
