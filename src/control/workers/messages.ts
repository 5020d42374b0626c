import type { ListenerConfig } from '../../config/schema/schema.ts';
import type { Millis } from '../../core/types.ts';
import type { Sign } from '../health/signs.ts';
import type { HandedConfig } from '../loading/config-inputs.ts';
import type { LogLevel } from '../logs/log.ts';
import type { TraceClass } from '../logs/trace.ts';
import type { TrafficSnapshot } from '../metrics/traffic-counts.ts';
import type { StuckFunction } from '../process/stuck.ts';
import type { PlaneLoad } from '../series/plane-load.ts';
import type {
  AccessLogView,
  DecisionView,
  ExplainAnswer,
  ExplainQuestion,
  KeptDecisions,
  KeptKind,
} from '../views/views.ts';
import type { BoardBatch } from './board-feed.ts';
import type { CountPairs } from './in-flight-sums.ts';
import type { HeardLoad, LoadNews } from './load-news.ts';

/**
 * What control and its workers say to each other over the channel that Node opens between a process and its child.
 * Messages in one direction arrive in the order in which they were sent.
 */

/** A configuration and which one it is: control counts those that it takes. */
export interface NumberedConfig {
  readonly version: number;
  readonly config: HandedConfig;
}

/** What the other workers have under way, to be taken before the batch that comes with it. */
export interface Others {
  /** Requests at each server. */
  readonly inFlight: CountPairs;
  /** Connections of clients, by number of worker: of those that take more; those that are on the way included. */
  readonly connections: CountPairs;
}

/** What only a worker can say. */
export type WorkerQuestion =
  | { readonly about: 'explain'; readonly question: ExplainQuestion }
  | { readonly about: 'decisions'; readonly kind: KeptKind; readonly newest: number };

export type WorkerAnswer =
  /** Null if no route matches. */
  | { readonly about: 'explain'; readonly answer: ExplainAnswer | null }
  | { readonly about: 'decisions'; readonly decisions: KeptDecisions };

export type ToWorker =
  /** The first message: begin to serve. */
  | ({ readonly kind: 'start'; readonly number: number; readonly place: number } & NumberedConfig &
      BoardNews &
      WorkerSettings)
  | ({ readonly kind: 'config' } & NumberedConfig)
  | ({ readonly kind: 'board' } & BoardNews)
  /** The answer to each pulse, and when a worker has come. */
  | ({ readonly kind: 'others' } & Others)
  /** What servers have said of their load to another worker. */
  | { readonly kind: 'load'; readonly heard: readonly HeardLoad[] }
  /** A function that another process got stuck in. */
  | { readonly kind: 'stuck'; readonly stuck: StuckFunction }
  | { readonly kind: 'trace'; readonly classes: readonly TraceClass[] }
  | { readonly kind: 'ticketKeys'; readonly ticketKeys: Uint8Array }
  /** Log files have new names. */
  | { readonly kind: 'reopenLogs' }
  /** Somebody wants to see what was counted, now. */
  | { readonly kind: 'look'; readonly look: number }
  | { readonly kind: 'question'; readonly number: number; readonly question: WorkerQuestion }
  /** With a handle: a connection that another worker accepted on this listener. */
  | { readonly kind: 'connection'; readonly listener: number }
  /** Accept no more, end what is under way within this time, and exit. */
  | { readonly kind: 'drain'; readonly grace: Millis };

export interface BoardNews {
  readonly batch: BoardBatch;
  readonly others: Others;
}

/** What a worker has to know besides its configuration. */
export interface WorkerSettings {
  /** What its sockets are for, in their order. A new configuration may want others, which wait for a restart. */
  readonly listeners: readonly ListenerConfig[];
  readonly stuck: readonly StuckFunction[];
  readonly trace: readonly TraceClass[];
  /** For session tickets, where the configuration gives none. */
  readonly ticketKeys: Uint8Array;
  /** What cookies are signed with where the configuration names nothing: the same in all workers. */
  readonly secret: Uint8Array;
}

/** What a worker has counted and seen since it started. */
export interface WorkerCount {
  readonly traffic: TrafficSnapshot;
  /** What it has seen of servers, as packFacts makes it. */
  readonly facts: Float64Array;
  /** Decisions that are new or have ended since it last said so. */
  readonly decisions: readonly DecisionView[];
  readonly usage: WorkerUsage;
}

export interface WorkerUsage {
  readonly connections: number;
  /** What is under way on it. */
  readonly load: PlaneLoad;
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  /** Null where none is kept. */
  readonly accessLog: AccessLogView | null;
}

export type ToControl =
  /** It accepts connections. `addresses`: where, in the order of the configuration. */
  | { readonly kind: 'ready'; readonly version: number; readonly addresses: readonly string[] }
  /** It cannot start, and ends. */
  | { readonly kind: 'failed'; readonly text: string }
  /** What became of a new configuration; where it is refused, the one before stays in use. */
  | { readonly kind: 'configured'; readonly version: number; readonly ok: boolean; readonly text: string }
  /** Ten times a second: what is under way. */
  | {
      readonly kind: 'pulse';
      readonly inFlight: CountPairs;
      readonly connections: number;
      /** Connections that others have passed on and that have arrived, since it started. */
      readonly adopted: number;
      /** What servers have said of their load with their answers since the pulse before; absent for nothing. */
      readonly load?: LoadNews;
    }
  /** Once a second, at the end, and when somebody looks. */
  | { readonly kind: 'counted'; readonly count: WorkerCount; readonly look?: number }
  | { readonly kind: 'answer'; readonly number: number; readonly answer: WorkerAnswer }
  /** Servers that may be gone, or back. */
  | { readonly kind: 'signs'; readonly signs: readonly Sign[] }
  /** A line for the log. With the field `event`, it is an event too. */
  | {
      readonly kind: 'said';
      readonly level: Exclude<LogLevel, 'silent' | 'trace'>;
      readonly message: string;
      readonly fields: object;
    }
  /** With a handle: a connection for another worker, accepted on this listener. */
  | { readonly kind: 'connection'; readonly to: number; readonly listener: number }
  /** It was told to end by somebody else, and takes no more connections. */
  | { readonly kind: 'leaving' }
  /** The last message. `clean`: nothing had to be cut. */
  | { readonly kind: 'drained'; readonly clean: boolean };
