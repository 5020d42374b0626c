import type { Refusal, Report } from '../core/report.ts';
import type { Claim, ReportSource } from '../core/report-source.ts';
import type { SharedHands } from './shared-hands.ts';

/** The proxy's side of a driver: where reports go, and where refusals are counted. */
export interface Subscriber {
  /** Takes a report that has passed checkReport. The refusal, if any, goes back to the sender where it can. */
  hear(report: Report, source: ReportSource): Refusal | undefined;
  /**
   * Counts what was refused before it was heard: malformed, wrong token, bad signature, too many. `claim`: what the
   * message says it is about, where that could be read.
   */
  refused(refusal: Refusal, source: Pick<ReportSource, 'address' | 'transport'>, claim?: Claim): void;
  /** The stream on which a node reported has ended, for whatever reason. */
  left?(node: string): void;
}

export interface DriverHealth {
  readonly up: boolean;
  /** For people: where it listens or sends to, and the last fault. */
  readonly detail: string;
  /** How often a connection that was lost was made again; left out where nothing is kept open. */
  readonly reconnects?: number;
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
  /** Proxy's side: how many proxies are alive, this one included, as far as this driver can tell; 1 if it cannot. */
  readonly proxies?: number;
  /** Proxy's side: states set by hand, where this driver keeps them for all proxies. */
  readonly hands?: SharedHands;
  close(): Promise<void>;
}
