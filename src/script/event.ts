import type { FaultKind } from '../core/chain.ts';
import type { Place } from '../core/errors.ts';
import type { Millis } from '../core/types.ts';

/** What happens to users' functions, for the event log and the dashboard. `name` is the reference as written. */
export type ScriptEvent =
  | {
      readonly kind: 'script_loaded';
      readonly name: string;
      readonly hash: string;
      /** Modules loaded since the process started. None is ever unloaded: each changed version costs its size. */
      readonly modules: number;
    }
  | {
      readonly kind: 'script_fault';
      readonly name: string;
      readonly fault: FaultKind;
      readonly message: string;
      /** The author's line, if the fault has one. */
      readonly place?: Place;
      /** Faults of this kind since the last such event that were counted but not told. */
      readonly untold: number;
    }
  | {
      readonly kind: 'handler_fault';
      readonly name: string;
      readonly message: string;
      readonly place?: Place;
      readonly untold: number;
    }
  | {
      readonly kind: 'script_bypassed';
      readonly name: string;
      readonly why: string;
      /** Null: until the content of the script changes. */
      readonly for: Millis | null;
    }
  | { readonly kind: 'script_resumed'; readonly name: string };
