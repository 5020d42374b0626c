import type { ReportSource } from '../core/board.ts';
import { decodeReport, isRefusal, type Refusal, type Report } from '../core/report.ts';
import type { Clock } from './clock.ts';
import type { Subscriber } from './driver.ts';
import { LastReports } from './last-reports.ts';

/** What every receiver does once a message has passed its own door: read, check, hand on, remember. */
export class Intake {
  readonly #clock: Clock;
  readonly #last = new LastReports();
  #subscriber: Subscriber | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Throws on a second call: two boards behind one door would each see every report as the other's replay. */
  subscribe(subscriber: Subscriber): void {
    if (this.#subscriber) throw new Error('this driver has a subscriber already');
    this.#subscriber = subscriber;
  }

  /** Takes the text of one report. What the subscriber refuses it counts itself; the rest is counted here. */
  take(text: string, source: ReportSource): Refusal | undefined {
    const report = decodeReport(text);
    if (isRefusal(report)) return this.refuse(report, source);
    const refusal = this.#subscriber?.hear(report, source);
    if (!refusal) this.#last.remember(report, this.#clock.now());
    return refusal;
  }

  refuse(refusal: Refusal, source: Pick<ReportSource, 'address' | 'transport'>): Refusal {
    this.#subscriber?.refused(refusal, source);
    return refusal;
  }

  recent(): readonly Report[] {
    return this.#last.recent(this.#clock.now());
  }
}
