import type { ReportSource } from '../core/board.ts';
import type { Refusal, Report } from '../core/report.ts';

/** The proxy's side of a driver: where reports go, and where refusals are counted. */
export interface Subscriber {
  /** Takes a report that has passed checkReport. The refusal, if any, goes back to the sender where it can. */
  hear(report: Report, source: ReportSource): Refusal | undefined;
  /** Counts what was refused before it was a report: malformed, wrong token, bad signature, too many. */
  refused(refusal: Refusal, source: Pick<ReportSource, 'address' | 'transport'>): void;
}

export interface DriverHealth {
  readonly up: boolean;
  /** For people: where it listens or sends to, and the last fault. */
  readonly detail: string;
}

/** How reports travel from agents to proxies. One conformance suite holds for all of them. */
export interface StateDriver {
  /** Agent's side. Rejects when the report surely did not arrive; a datagram never knows. */
  publish(report: Report): Promise<void>;
  /** Proxy's side: starts to listen. Call at most once. */
  subscribe(subscriber: Subscriber): Promise<void>;
  /** The last report of every node that this driver itself can still tell, for a late proxy. */
  snapshot(): readonly Report[];
  health(): DriverHealth;
  close(): Promise<void>;
}
