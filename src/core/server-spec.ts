/** What a configuration or a report says a server is. */
export interface ServerSpec {
  readonly id: string;
  readonly url: URL;
  readonly tags: readonly string[];
  /** Speed that beats the reported one. */
  readonly arriba?: number;
}

/** What an operator set by hand. */
export interface HandState {
  readonly state: 'ready' | 'drain' | 'maint';
  /** 1 if left out; 0..256. At 0 the server gets no new requests. */
  readonly weight?: number;
  readonly reason: string;
  /** Epoch ms; then it is lifted. It holds until somebody lifts it if left out. */
  readonly until?: number;
}

/** What the server's own agent-check said of it. */
export interface ToldState {
  readonly state: 'ready' | 'drain' | 'maint' | 'down';
  /** 0..256 */
  readonly weight: number;
  readonly reason: string;
  /** Its own numbers, for `stats.custom` beside those of reports. */
  readonly custom?: Readonly<Record<string, number>>;
}
