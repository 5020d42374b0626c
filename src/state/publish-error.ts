import type { Fault } from './http-protocol.ts';

/**
 * Why a report did not arrive: the proxy's own refusal, or `unreachable` (no connection, or cut), `timeout`,
 * `bad_answer` (something else than a proxy answered), `closed` (this driver was).
 */
export type PublishFault = Fault['code'] | 'unreachable' | 'timeout' | 'bad_answer' | 'closed';

/** A report that surely did not arrive, or was not taken. */
export class PublishError extends Error {
  readonly code: PublishFault;
  constructor(code: PublishFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PublishError';
    this.code = code;
  }
}
