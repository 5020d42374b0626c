import { messageOf } from '../core/errors.ts';
import type { Report } from '../core/report.ts';
import type { DriverHealth, StateDriver } from './driver.ts';
import { PublishError } from './publish-error.ts';

/** The way to one proxy: one report at a time, and at most one waits, which is always the newest. */
class Lane {
  readonly driver: StateDriver;
  #newest: Report | undefined;
  #sending: Promise<void> = Promise.resolve();
  #waiting: Promise<void> | undefined;

  constructor(driver: StateDriver) {
    this.driver = driver;
  }

  /** A report that a newer one replaces has the fate of the newer one. */
  send(report: Report): Promise<void> {
    this.#newest = report;
    this.#waiting ??= this.#sending.then(() => this.#sendNewest());
    return this.#waiting;
  }

  async #sendNewest(): Promise<void> {
    const report = this.#newest;
    this.#waiting = undefined;
    this.#newest = undefined;
    if (!report) return;
    const sent = this.driver.publish(report);
    this.#sending = sent.catch(() => undefined);
    await sent;
  }
}

/** Sends every report to several proxies. One that is slow or gone holds up none of the others. */
export class FanOut implements StateDriver {
  readonly #lanes: readonly Lane[];

  constructor(drivers: readonly StateDriver[]) {
    this.#lanes = drivers.map((driver) => new Lane(driver));
  }

  /** Rejects if any of the proxies did not take the report, with what each of those said. */
  async publish(report: Report): Promise<void> {
    const results = await Promise.allSettled(this.#lanes.map((lane) => lane.send(report)));
    const faults: unknown[] = results.flatMap((result) =>
      result.status === 'rejected' ? [result.reason] : [],
    );
    if (faults.length === 0) return;
    if (faults.length === 1) throw faults[0];
    const first = faults.find((fault) => fault instanceof PublishError);
    throw new PublishError(first?.code ?? 'unreachable', faults.map(messageOf).join('; '), {
      cause: new AggregateError(faults),
    });
  }

  subscribe(): Promise<void> {
    return Promise.reject(new TypeError('this driver only sends reports'));
  }

  snapshot(): readonly Report[] {
    return [];
  }

  /** Up if at least one proxy is reached. */
  health(): DriverHealth {
    const each = this.#lanes.map(({ driver }) => driver.health());
    return { up: each.some(({ up }) => up), detail: each.map(({ detail }) => detail).join('; ') };
  }

  async close(): Promise<void> {
    await Promise.all(this.#lanes.map(({ driver }) => driver.close()));
  }
}
