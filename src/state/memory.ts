import { encodeReport, type Report } from '../core/report.ts';
import type { ReportSource } from '../core/report-source.ts';
import { type Clock, systemClock } from './clock.ts';
import type { DriverHealth, StateDriver, Subscriber } from './driver.ts';
import { Intake } from './intake.ts';
import { PublishError } from './publish-error.ts';

const SOURCE: ReportSource = { address: 'local', transport: 'memory' };

/**
 * Agent and proxy in one process. A report is written as JSON and read again all the same: what would be refused on
 * the way from another machine is refused here, and nobody shares an object with the board.
 */
export class MemoryDriver implements StateDriver {
  readonly #intake: Intake;
  #closed = false;

  constructor({ clock = systemClock }: { readonly clock?: Clock } = {}) {
    this.#intake = new Intake(clock);
  }

  async publish(report: Report): Promise<void> {
    if (this.#closed) throw new PublishError('closed', 'memory: the driver is closed');
    const refusal = this.#intake.take(encodeReport(report), SOURCE);
    if (refusal) throw new PublishError(refusal.code, `memory: ${refusal.code}: ${refusal.message}`);
  }

  async subscribe(subscriber: Subscriber): Promise<void> {
    this.#intake.subscribe(subscriber);
  }

  snapshot(): readonly Report[] {
    return this.#intake.recent();
  }

  health(): DriverHealth {
    return { up: !this.#closed, detail: this.#closed ? 'memory: closed' : 'memory: in this process' };
  }

  async close(): Promise<void> {
    this.#closed = true;
  }
}
