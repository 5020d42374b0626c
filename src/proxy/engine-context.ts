import type { RetryBudgets } from '../core/retry-budget.ts';
import type { Hedging } from './hedging.ts';
import type { Outbox } from './outbox.ts';
import type { PoolLines } from './pool-lines.ts';
import type { ExchangeRecord } from './record.ts';
import type { RequestIds } from './request-id.ts';
import type { RouteCounts } from './route-counts.ts';
import type { ServerPools } from './server-pools.ts';
import type { EngineParts, EngineSettings } from './settings.ts';
import type { Sweep } from './sweep.ts';

/** A connection that a client has opened, or one request of several at a time on it. */
export interface Client {
  readonly isIdle: boolean;
  /** Name of the listener that accepted it. */
  readonly listener: string;
  /** What it is used for at the moment. A stream is one of several on a connection, which is a client by itself. */
  readonly carries: 'http1' | 'http2' | 'tunnel' | 'stream' | 'nothing';
  /** No further request: ends it if it is idle, else behind what is under way. */
  retire(): void;
  /** Ends it now. */
  close(): void;
}

/** What the parts of a running engine share. */
export interface EngineContext {
  readonly parts: EngineParts;
  /** Those that hold now. */
  readonly settings: EngineSettings;
  readonly sweep: Sweep;
  readonly ids: RequestIds;
  readonly outbox: Outbox;
  readonly budgets: RetryBudgets;
  readonly pools: ServerPools;
  /** Who waits for a connection, by pool. */
  readonly lines: PoolLines;
  readonly hedging: Hedging;
  readonly clients: Set<Client>;
  /** Requests under way on routes that limit them. */
  readonly routes: RouteCounts;
  /** Requests and tunnels under way. */
  open: number;
  /** No request is to follow on any connection. */
  readonly isDraining: boolean;
  /** An exchange has ended. */
  finished(record: ExchangeRecord): void;
  /** Something that was no request was answered with this status. */
  refused(status: number): void;
}
