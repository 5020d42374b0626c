import { decodeReport, isRefusal, type Refusal, type Report } from '../core/report.ts';
import type { Claim, ReportSource } from '../core/report-source.ts';
import { claimOf } from './claim.ts';
import type { Clock } from './clock.ts';
import type { Subscriber } from './driver.ts';
import { LastReports } from './last-reports.ts';
import { RateLimit } from './rate-limit.ts';

/**
 * Refused messages that are looked into, to say whom they are about. Whoever sends more is not an agent with a fault
 * but a flood, and reading it would cost more than refusing it.
 */
const CLAIMS_READ = { perSecond: 200, burst: 400 };

/**
 * What a refused message is about: the report in it, which is not looked into during a flood of refusals, or a way to
 * get at that, or whom it is about, where that is known without it.
 */
type About = string | (() => string | undefined) | Claim;

/** What every receiver does once a message has passed its own door: read, check, hand on, remember. */
export class Intake {
  readonly #clock: Clock;
  readonly #last = new LastReports();
  readonly #claims = new RateLimit(CLAIMS_READ);
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
    if (isRefusal(report)) return this.refuse(report, source, text);
    const refusal = this.#subscriber?.hear(report, source);
    if (!refusal) this.#last.remember(report, this.#clock.now(), text);
    return refusal;
  }

  /** Counts a refusal. */
  refuse(refusal: Refusal, source: Pick<ReportSource, 'address' | 'transport'>, about?: About): Refusal {
    const claim = typeof about === 'object' ? about : this.#read(about);
    // A refusal is kept, so nothing may come with it that holds on to the message.
    const { code, message } = refusal;
    this.#subscriber?.refused({ code, message }, source, ...(claim ? [claim] : []));
    return refusal;
  }

  recent(): readonly Report[] {
    return this.#last.recent(this.#clock.now());
  }

  #read(about: Exclude<About, Claim> | undefined): Claim | undefined {
    if (about === undefined || !this.#claims.allows('', this.#clock.now())) return undefined;
    const text = typeof about === 'string' ? about : about();
    return text === undefined ? undefined : claimOf(text);
  }
}
