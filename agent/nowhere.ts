import type { Report } from '../src/core/report.ts';
import type { DriverHealth, StateDriver } from '../src/state/driver.ts';

/** The driver of an agent that no proxy hears: it answers only those who ask. */
export class Nowhere implements StateDriver {
  readonly #onReport: (report: Report) => void;

  constructor(onReport: (report: Report) => void = () => undefined) {
    this.#onReport = onReport;
  }

  async publish(report: Report): Promise<void> {
    this.#onReport(report);
  }

  subscribe(): Promise<void> {
    return Promise.reject(new TypeError('this driver only takes reports'));
  }

  snapshot(): readonly Report[] {
    return [];
  }

  health(): DriverHealth {
    return { up: true, detail: 'reports to nobody' };
  }

  async close(): Promise<void> {}
}
