import type { Millis } from '../core/types.ts';
import type { SessionData } from './session-data.ts';

/** Where sessions are kept, by id. Nothing here ever throws or rejects. */
export interface SessionStore {
  /**
   * What is known at once: the data, or `none` where it is sure that there is no such session. Undefined: it has to be
   * loaded. A session that is looked at lives on for its whole time.
   */
  peek(id: string): SessionData | 'none' | undefined;
  /** Loads what is not known at once; undefined if there is none, or if it did not come in time. */
  load(id: string): Promise<SessionData | undefined>;
  /** Keeps it from now on. */
  save(id: string, data: SessionData): void;
  remove(id: string): void;
  close(): Promise<void>;
}

/** What happened to sessions since the start. */
export interface SessionCounts {
  /** Requests that went on without their session, because it did not come in time. */
  readonly lateLoads: number;
  /** Changes that could not be kept. */
  readonly lostWrites: number;
}

/** Longest that a request waits for its session, ms. */
export const LOAD_LIMIT: Millis = 100;
