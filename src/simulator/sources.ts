/** Who acts in a simulation, by place in its agenda; each server has three more behind these. */
export const Source = {
  ARRIVAL: 0,
  PROBE: 1,
  REPORT: 2,
  SCRIPT: 3,
  TIMEOUT: 4,
  /** Answers that take no work: errors, refused connections. */
  QUICK: 5,
  /** Long polls. */
  HELD: 6,
  /** Requests that wait for probes. */
  PARKED: 7,
  /** Boards forget numbers that have grown old. */
  LAPSE: 8,
  /** Ends of requests, by server; behind them their reports, and their antagonists. */
  FIRST_SERVER: 9,
} as const;
