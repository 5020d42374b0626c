/** What went through lately, second by second. */
export interface TrafficView {
  /** Epoch ms of the end of the last second in the lists. */
  readonly at: number;
  /** The seconds of the last minute, oldest first; at most 60. */
  readonly seconds: readonly TrafficSecond[];
  /** Upper bounds of the rows of `latency`, ms, rising; the last row is for everything above. 23 numbers for 24 rows. */
  readonly latencyBoundsMs: readonly number[];
  readonly inFlight: number;
  readonly tunnels: number;
  readonly openConnections: number;
}

export interface TrafficSecond {
  readonly requests: number;
  /** By class of status: `2xx`, `3xx`, `4xx`, `5xx`; `none` where no answer began. */
  readonly byClass: Readonly<Record<string, number>>;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Requests by time until they ended, a number a row. */
  readonly latency: readonly number[];
}
