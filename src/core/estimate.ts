import type { Estimate, Server } from './types.ts';

/**
 * Whether a server counts less than half of the requests that this proxy alone has under way there, and had when the
 * count came. Then its numbers are not those of the server, and what it says of its speed is worth no more. Half,
 * because some may have been on their way.
 */
export const isContradicted = ({ stats, inFlight, inFlightAtReport }: Server): boolean =>
  stats?.inFlight !== undefined && 2 * stats.inFlight < Math.min(inFlight, inFlightAtReport);

/**
 * Requests in flight at a server as believed now: what was reported, corrected by what this proxy has sent and
 * got back since, times the number of proxies (mean field: the others do as we do), and never less than what this
 * proxy has under way itself. A count that came with an answer or a probe is corrected by this proxy's own alone: in
 * so short a time the others have done something, but hardly the same. Without a reported count every proxy is taken
 * to have as many as this one.
 * Source: concurrency compensation of C3 (NSDI '15); mod_cluster's "elected since last status".
 */
export const correctedRequests: Estimate = (server, { proxies }) => {
  const reported = server.stats?.inFlight;
  if (reported === undefined) return proxies * server.inFlight;
  const since = server.inFlight - server.inFlightAtReport;
  return Math.max(server.inFlight, reported + (server.isCountFresh ? since : proxies * since));
};

/** Requests that came or went since the last report, over all proxies. Never below 0. */
export const requestsSinceReport: Estimate = (server, { proxies }) =>
  Math.max(0, proxies * (server.inFlight - server.inFlightAtReport));
