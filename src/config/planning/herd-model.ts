import type { Millis } from '../../core/types.ts';

/**
 * What to expect of an order by old reports. Until a server reports again, everybody who looks at it sees the same
 * number, so requests run to those that looked best, and wait there: the work of `choices` servers meets one of them
 * for as long as the report is old.
 *
 * p99 = 6 S + L x min(d, 8) x T, with S the time that one request takes on a free server, L the load as a part of
 * capacity, d the servers that a decision compares, T the time between two reports of a server.
 *
 * Source: fitted to simulated fleets of 5 to 100 servers, half of them at half speed, 4 proxies, 10 ms requests, 80 %
 * load, reports every 5 ms to 2 s, each server at its own time; it lies within a factor of 2 of every one of them. The
 * growth with d and T is that of Mitzenmacher, "How useful is old information?", TPDS 2000, and Dahlin, TPDS 2000.
 */

/** The 99th percentile where choices are fresh, in service times: queueing at 80 % load and a spread of the work. */
const FRESH_P99 = 6;
/** Beyond so many choices it no longer grows: servers report one after the other, and the herd moves on with each. */
const MOST_CHOICES = 8;

/** The load that warnings are told for, as a part of capacity. */
export const MODEL_LOAD = 0.8;
/** The time of one request that warnings are told for. */
export const MODEL_SERVICE: Millis = 10;
/** How often agents report unless they are told otherwise. */
export const REPORT_PERIOD: Millis = 250;
/** How often mod_heartbeat reports. */
export const HEARTBEAT_PERIOD: Millis = 1000;

/** What the model goes by. */
export interface HerdFacts {
  /** Servers that a decision compares, at least 1. */
  readonly choices: number;
  /** Time between two reports of a server. */
  readonly period: Millis;
  /** Part of capacity, 0..1. */
  readonly load?: number;
  /** Time of one request on a free server. */
  readonly service?: Millis;
}

/** The 99th percentile of response times to expect. With one choice there is no herd, and nothing is said of chance. */
export const herdP99 = ({
  choices,
  period,
  load = MODEL_LOAD,
  service = MODEL_SERVICE,
}: HerdFacts): Millis => {
  const fresh = FRESH_P99 * service;
  return choices <= 1 ? fresh : fresh + load * Math.min(choices, MOST_CHOICES) * period;
};

/** The same as a multiple of what fresh numbers would give. */
export const herdFactor = (facts: HerdFacts): number =>
  herdP99(facts) / (FRESH_P99 * (facts.service ?? MODEL_SERVICE));
