/** How large a head may be. What is larger is refused, never cut. */
export interface HeadLimits {
  /** Bytes of the whole head, the empty line that ends it included. */
  readonly bytes: number;
  /** Field lines. */
  readonly count: number;
  /** Bytes of the request target. No meaning for responses. */
  readonly target: number;
}
