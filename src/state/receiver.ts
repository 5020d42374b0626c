import type { StateDriver } from './driver.ts';
import type { ReceiverTls } from './http-server.ts';

/** A driver that listens. Its `publish` rejects. */
export interface Receiver extends StateDriver {
  /** Where it listens, as a URL that agents can send to; undefined before `subscribe` and after `close`. */
  readonly address: string | undefined;
  /** Shows another certificate from now on. Only of a receiver that speaks TLS. */
  setTls?(tls: ReceiverTls): void;
}
