import type { StateDriver } from './driver.ts';

/** A driver that listens. Its `publish` rejects. */
export interface Receiver extends StateDriver {
  /** Where it listens, as a URL that agents can send to; undefined before `subscribe` and after `close`. */
  readonly address: string | undefined;
}
