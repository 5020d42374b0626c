import type { Decision } from './decide.ts';
import type { ExchangeTrace } from './trace-context.ts';
import type { Millis } from './types.ts';

/** Who or what ended an exchange. */
export type Termination =
  | 'ok'
  | 'client_abort'
  | 'server_abort'
  | 'connect_timeout'
  | 'header_timeout'
  | 'idle_timeout'
  | 'no_server'
  | 'no_route'
  | 'bad_request'
  | 'redirect'
  | 'local'
  | 'rule'
  | 'overload'
  | 'queue_full';

/** How a request went, told once, however it ended. */
export interface FinishedExchange {
  readonly kind: 'request' | 'upgrade';
  /** Name of the listener that it came in by; undefined where the server is the application's. */
  readonly listener?: string | undefined;
  readonly requestId: string;
  readonly method: string;
  readonly scheme: string;
  readonly host: string;
  readonly path: string;
  readonly clientIp: string;
  readonly peerIp: string;
  readonly route?: string | undefined;
  readonly pool?: string | undefined;
  readonly server?: string | undefined;
  /** 0 if no answer began. */
  readonly status: number;
  readonly startedAt: Millis;
  readonly duration: Millis;
  readonly firstByte?: Millis | undefined;
  readonly attempts: number;
  /** Copies sent to a second server while the first was silent: 0 or 1; not counted among the attempts. */
  readonly hedges?: number | undefined;
  /** Of these, those whose server's answer was the answer. */
  readonly hedgesWon?: number | undefined;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly termination: Termination;
  readonly decision?: Decision | undefined;
  /** Of the trace that it belongs to; undefined where that is not known. */
  readonly traceId?: string | undefined;
  /** Where traces are begun, or looked after. */
  readonly trace?: ExchangeTrace | undefined;
  /** How long the connection to its server took; undefined where an open one was used. */
  readonly connectMs?: Millis | undefined;
  /** How long the chain took, microseconds; undefined where nobody measures that. */
  readonly decisionUs?: number | undefined;
}
