/** What the proxy's own checks of a server have found. */
export interface HealthView {
  readonly kind: 'http' | 'tcp';
  /** `unknown` before the first check has ended. */
  readonly state: 'up' | 'down' | 'unknown';
  /** Good and bad checks in a row; one of them is 0. */
  readonly passes: number;
  readonly fails: number;
  /** What the last check found: `200 in 3 ms`, `connect refused`; null before the first. */
  readonly lastResult: string | null;
  readonly lastAt: number | null;
  readonly nextAt: number | null;
  /** Since when it is up or down; null before the first check. */
  readonly since: number | null;
}
