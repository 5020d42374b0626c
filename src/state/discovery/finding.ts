import type { ServerSpec } from '../../core/server-spec.ts';
import type { Millis } from '../../core/types.ts';

/** Why a source said less than it should have. */
export interface Trouble {
  /** `empty`: it answered, and named no server. */
  readonly kind: 'failed' | 'empty';
  /** What is told again when it changes, while the trouble goes on. Messages of a network change all the time. */
  readonly key: string;
  /** Lower case, without pool and source. */
  readonly message: string;
}

/** What one look at a source gave. */
export interface Finding {
  /** All its servers, sorted by id, each address once; undefined: those of the last good look are to be kept. */
  readonly servers: readonly ServerSpec[] | undefined;
  readonly trouble: Trouble | undefined;
}

/** Looks at one place where servers are listed, again and again, until it is closed. */
export interface DiscoverySource {
  close(): void;
}

/** Runs something once after so long, and gives what calls that off. */
export type After = (millis: Millis, run: () => void) => () => void;

/** Does not keep the process alive. */
export const systemAfter: After = (millis, run) => {
  const timer = setTimeout(run, millis).unref();
  return () => clearTimeout(timer);
};

export const failed = (message: string, key = 'failed'): Trouble => ({ kind: 'failed', key, message });

export const empty = (message: string): Trouble => ({ kind: 'empty', key: 'empty', message });
